/// How much a connection insists on TLS. Towards servers these are libpq's `sslmode`, towards
/// clients PgBouncer's `client_tls_sslmode`.
package enum SSLMode: String, Sendable, Hashable, CaseIterable {
    case disable, allow, prefer, require
    /// TLS, and the peer's certificate must come from an authority that is trusted.
    case verifyCA = "verify-ca"
    /// `verify-ca`, and the certificate must be that of the host (of a server) or the user (of a
    /// client).
    case verifyFull = "verify-full"

    /// Nothing goes through unencrypted.
    package var requiresTLS: Bool {
        switch self {
        case .disable, .allow, .prefer: false
        case .require, .verifyCA, .verifyFull: true
        }
    }

    /// The peer's certificate must be a good one.
    package var verifiesPeer: Bool {
        switch self {
        case .disable, .allow, .prefer, .require: false
        case .verifyCA, .verifyFull: true
        }
    }
}

/// The lowest version of TLS that is spoken, as in PostgreSQL's `ssl_min_protocol_version`. Older
/// ones are broken (RFC 8996), and OpenSSL 3 does not speak them by default either.
package enum TLSVersion: String, Sendable, Hashable, CaseIterable {
    case tls12 = "TLSv1.2"
    case tls13 = "TLSv1.3"
}

/// How TLS towards a server begins: libpq's `sslnegotiation`.
package enum SSLNegotiation: String, Sendable, Hashable, CaseIterable {
    /// With an SSLRequest, which every server understands.
    case postgres
    /// At once, which saves a round trip: PostgreSQL 17 and later.
    case direct
}
