import COpenSSL
import Vocabulary

/// Certificates, keys and rules of TLS for one role, loaded once: each connection makes its session
/// of them. Never changes; a reload makes a new one, and connections keep theirs.
///
/// Unchecked, because the compiler does not know that an `SSL_CTX` that nobody configures any more
/// may be used by many threads (OpenSSL, `SSL_CTX_new`, "Notes"; it counts references atomically).
package final class TLSContext: @unchecked Sendable {
    /// What a client's side of TLS is checked for.
    package enum Verification: Sendable, Hashable {
        case none
        /// An authority of the root certificates has signed the server's certificate.
        case authority
        /// And the certificate is that of the host.
        case authorityAndHost
    }

    /// Of the side that clients connect to.
    package struct ServerOptions: Sendable, Hashable {
        /// PEM files: the certificate with its chain, and its private key.
        package var certificate: String
        package var key: String
        /// PEM file with the authorities of clients' certificates; nil: none is asked for.
        package var clientCA: String?
        package var minimumVersion = TLSVersion.tls12
        /// OpenSSL's cipher list for TLS 1.2; nil: its default.
        package var ciphers: String?

        package init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// Of the side that connects to servers.
    package struct ClientOptions: Sendable, Hashable {
        package var verification = Verification.none
        /// PEM file with the authorities of servers' certificates.
        package var rootCertificate: String?
        /// PEM files: a certificate to show, and its private key.
        package var certificate: String?
        package var key: String?
        package var minimumVersion = TLSVersion.tls12

        package init() {}
    }

    enum Role { case server, client }

    let handle: OpaquePointer
    let role: Role
    let verification: Verification
    /// Clients' certificates are asked for and checked.
    let asksForCertificate: Bool
    /// A digest of all the files it was made of: two contexts of the same options and digest are
    /// the same.
    package let filesDigest: [UInt8]
    /// The private key, where users other than its owner and group may read it too.
    package let exposedKey: String?
    /// What SCRAM binds a login over TLS to (RFC 5929, `tls-server-end-point`): a hash of our own
    /// certificate. nil: a client's side, or a certificate without such a hash.
    let endPointBinding: [UInt8]?

    /// The side that clients connect to.
    /// - Throws: which file cannot be used, and why.
    package init(server options: ServerOptions) throws(TLSFailure) {
        (handle, filesDigest) = try Self.make(TLS_server_method(), options.minimumVersion) {
            handle, digest throws(TLSFailure) in
            try Self.load(options, into: handle, &digest)
        }
        role = .server
        verification = .none
        asksForCertificate = options.clientCA != nil
        exposedKey = Self.exposed(options.key)
        endPointBinding = SSL_CTX_get0_certificate(handle).flatMap(TLSCertificate.endPointBinding)
    }

    /// The side that connects to servers.
    /// - Throws: which file cannot be used, and why.
    package init(client options: ClientOptions) throws(TLSFailure) {
        (handle, filesDigest) = try Self.make(TLS_client_method(), options.minimumVersion) {
            handle, digest throws(TLSFailure) in
            try Self.load(options, into: handle, &digest)
        }
        role = .client
        verification = options.verification
        asksForCertificate = false
        exposedKey = options.key.flatMap(Self.exposed)
        endPointBinding = nil
    }

    deinit { SSL_CTX_free(handle) }

    private static func make(
        _ method: OpaquePointer?, _ minimum: TLSVersion,
        _ load: (OpaquePointer, inout FilesDigest) throws(TLSFailure) -> Void
    ) throws(TLSFailure) -> (handle: OpaquePointer, filesDigest: [UInt8]) {
        ERR_clear_error()
        guard let handle = SSL_CTX_new(method) else { throw .ofLibrary("cannot set up TLS") }
        do throws(TLSFailure) {
            // Records of several sends are read at once, as plain bytes are.
            sy_prepare(handle, Limits.receiveBytes)
            let version = minimum == .tls13 ? TLS1_3_VERSION : TLS1_2_VERSION
            guard sy_minimum_version(handle, Int32(version)) == 1 else {
                throw .ofLibrary("cannot set the minimum version of TLS")
            }
            var digest = FilesDigest()
            try load(handle, &digest)
            return (handle, digest.value)
        } catch {
            SSL_CTX_free(handle)
            throw error
        }
    }
}
