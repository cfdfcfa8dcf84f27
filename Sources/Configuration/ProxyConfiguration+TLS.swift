import Vocabulary

extension ProxyConfiguration {
    /// TLS towards clients. All paths are of PEM files.
    package struct ListenTLS: Sendable, Hashable {
        package var mode = SSLMode.disable
        /// The certificate with its chain, and its private key; both or neither.
        package var certificate: String?
        package var key: String?
        /// The authorities of clients' certificates; nil: clients are asked for none.
        package var clientCA: String?
        package var minimumVersion = TLSVersion.tls12
        /// OpenSSL's cipher list for TLS 1.2; nil: its default.
        package var ciphers: String?
        package init() {}
    }

    /// TLS towards one server. All paths are of PEM files.
    package struct ServerTLS: Sendable, Hashable {
        package var mode = SSLMode.prefer
        /// The authorities of servers' certificates.
        package var rootCertificate: String?
        /// A certificate that the proxy shows, and its private key; both or neither.
        package var certificate: String?
        package var key: String?
        package var minimumVersion = TLSVersion.tls12
        package var negotiation = SSLNegotiation.postgres
        package init() {}

        /// As libpq understands it: root certificates are there to be used (PostgreSQL
        /// documentation, "Protection Provided in Different Modes").
        package var effectiveMode: SSLMode {
            mode == .require && rootCertificate != nil ? .verifyCA : mode
        }
    }
}
