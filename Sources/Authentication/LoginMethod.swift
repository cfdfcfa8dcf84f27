/// How a client proves who it is; names as in pg_hba.conf.
package enum LoginMethod: String, Sendable, Hashable, CaseIterable {
    case trust, reject, password, md5
    case scramSHA256 = "scram-sha-256"
    /// The client's certificate names the user.
    case cert
    /// The operating system names the user at the other end of the Unix-domain socket.
    case peer

    /// Whether the client may be asked for something that fresh random bytes go into.
    package var mayChallenge: Bool {
        switch self {
        case .md5, .scramSHA256: true
        case .trust, .reject, .password, .cert, .peer: false
        }
    }
}

/// Who asks to log in, as far as the startup packet and the socket tell.
package struct LoginAttempt: Sendable, Hashable {
    package let user: String
    package let database: String
    /// The client's address as error messages show it, without a port; `[local]` for the
    /// Unix-domain socket.
    package let host: String
    package let isEncrypted: Bool
    /// A walsender without a database; see `ConnectionFacts`.
    package let isPhysicalReplication: Bool

    package init(
        user: String, database: String, host: String, isEncrypted: Bool = false,
        isPhysicalReplication: Bool = false
    ) {
        self.user = user
        self.database = database
        self.host = host
        self.isEncrypted = isEncrypted
        self.isPhysicalReplication = isPhysicalReplication
    }

    /// The refusal where no rule matches, or the one that does says `reject`
    /// (`ClientAuthentication` in src/backend/libpq/auth.c).
    func refusal(byRule isRejected: Bool) -> AuthenticationFailure {
        let encryption = isEncrypted ? "SSL encryption" : "no encryption"
        let what = isRejected ? "pg_hba.conf rejects" : "no pg_hba.conf entry for"
        let who =
            switch (isPhysicalReplication, isRejected) {
            case (true, true): " replication connection for host \"\(host)\", user \"\(user)\""
            case (true, false): " replication connection from host \"\(host)\", user \"\(user)\""
            case (false, true):
                " connection for host \"\(host)\", user \"\(user)\", database \"\(database)\""
            case (false, false):
                " host \"\(host)\", user \"\(user)\", database \"\(database)\""
            }
        return AuthenticationFailure(.invalidAuthorization, "\(what)\(who), \(encryption)")
    }
}
