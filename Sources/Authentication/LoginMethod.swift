/// How a client proves who it is; names as in pg_hba.conf.
package enum LoginMethod: String, Sendable, Hashable, CaseIterable {
    case trust, reject, password, md5
    case scramSHA256 = "scram-sha-256"
}

/// Who asks to log in, as far as the startup packet and the socket tell.
package struct LoginAttempt: Sendable, Hashable {
    package let user: String
    package let database: String
    /// The client's address as error messages show it, without a port; `[local]` for the
    /// Unix-domain socket.
    package let host: String
    package let isEncrypted: Bool

    package init(user: String, database: String, host: String, isEncrypted: Bool = false) {
        self.user = user
        self.database = database
        self.host = host
        self.isEncrypted = isEncrypted
    }

    /// The refusal where no rule matches, or the one that does says `reject`
    /// (`ClientAuthentication` in src/backend/libpq/auth.c).
    func refusal(byRule isRejected: Bool) -> AuthenticationFailure {
        let what = isRejected ? "pg_hba.conf rejects connection" : "no pg_hba.conf entry"
        let encryption = isEncrypted ? "SSL encryption" : "no encryption"
        return AuthenticationFailure(
            .invalidAuthorization,
            "\(what) for host \"\(host)\", user \"\(user)\", database \"\(database)\","
                + " \(encryption)")
    }
}
