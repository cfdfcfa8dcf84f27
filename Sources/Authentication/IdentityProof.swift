/// What a rule demands of the client's certificate besides its method: `clientcert` of pg_hba.conf.
package enum CertificateDemand: String, Sendable, Hashable, CaseIterable {
    case none
    /// One that is signed by a trusted authority.
    case verifyCA = "verify-ca"
    /// And whose common name is the user's.
    case verifyFull = "verify-full"
}

/// What is known of a client without asking it: its certificate, or who it is on this machine.
package struct IdentityProof: Sendable, Hashable {
    package var certificate: ClientCertificate?
    package var demand: CertificateDemand
    /// The user of the operating system at the other end of a Unix-domain socket; nil: not known.
    package var systemUser: String?
    package var map: IdentityMap?

    package static let nothing = IdentityProof()

    package init(
        certificate: ClientCertificate? = nil, demand: CertificateDemand = .none,
        systemUser: String? = nil, map: IdentityMap? = nil
    ) {
        self.certificate = certificate
        self.demand = demand
        self.systemUser = systemUser
        self.map = map
    }
}

// The methods that ask the client nothing: `cert` and `peer`.
extension ClientAuthentication {
    /// The refusal of a client without a certificate where one is demanded
    /// (`ClientAuthentication` in src/backend/libpq/auth.c).
    var missingCertificate: AuthenticationFailure? {
        let isDemanded = identity.demand != .none || method == .cert
        guard isDemanded, identity.certificate?.isVerified != true else { return nil }
        return AuthenticationFailure(
            .invalidAuthorization, "connection requires a valid client certificate")
    }

    /// Why the certificate does not let this user in; nil: it does (`CheckCertAuth`).
    var certificateFault: String? {
        let name = identity.certificate?.commonName ?? ""
        guard !name.isEmpty else { return "The client certificate contains no user name." }
        return fault(of: name, map: method == .cert ? identity.map : nil)
    }

    mutating func enterByCertificate() -> Verdict {
        if let fault = certificateFault {
            return refuse(identityFailure("certificate authentication failed", fault))
        }
        return enterUnasked()
    }

    /// `auth_peer` in src/backend/libpq/auth.c.
    mutating func enterAsPeer() -> Verdict {
        let fault =
            identity.systemUser.map { self.fault(of: $0, map: identity.map) }
            ?? "The user at the other end of the socket is not known."
        if let fault { return refuse(identityFailure("Peer authentication failed", fault)) }
        return enterUnasked()
    }

    /// `check_usermap` in src/backend/libpq/hba.c.
    private func fault(of name: String, map: IdentityMap?) -> String? {
        guard let map else {
            return name == attempt.user
                ? nil
                : "Provided user name (\(attempt.user)) and authenticated user name (\(name)) do"
                    + " not match."
        }
        return map.admits(name, as: attempt.user)
            ? nil
            : "No match in identity map \"\(map.name)\" for user \"\(attempt.user)\""
                + " authenticated as \"\(name)\"."
    }

    /// Of a client that has proven all but its certificate: the words are those of the method
    /// (`auth_failed`).
    func unprovenCertificate(_ fault: String) -> AuthenticationFailure {
        switch method {
        case .password, .md5, .scramSHA256: .wrongPassword(attempt.user, log: fault)
        case .trust: identityFailure("\"trust\" authentication failed", fault)
        case .peer: identityFailure("Peer authentication failed", fault)
        case .cert, .reject, nil: identityFailure("certificate authentication failed", fault)
        }
    }

    private func identityFailure(_ what: String, _ log: String) -> AuthenticationFailure {
        AuthenticationFailure(
            .invalidAuthorization, "\(what) for user \"\(attempt.user)\"", logDetail: log)
    }
}
