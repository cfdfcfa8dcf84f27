/// What a SCRAM login over TLS is bound to, and how both sides say so (RFC 5802, section 6; RFC
/// 5929; src/backend/libpq/auth-scram.c): the hash of the server's certificate, so that nobody in
/// between can pass the login on.
package enum ScramBinding {
    /// The mechanism with channel binding.
    package static let mechanism = "SCRAM-SHA-256-PLUS"
    /// The one kind of channel binding that PostgreSQL knows.
    static let type = "tls-server-end-point"

    /// `gs2-header` of a client that binds.
    static let header = Array("p=\(type),,".utf8)
    /// Of a client that could, but thinks that the server cannot.
    static let headerOfMissed = Array("y,,".utf8)
    /// Of a client that does not.
    static let headerOfNone = Array("n,,".utf8)

    /// The attribute `c` of the final message: the header once more, and what is bound to.
    static func attribute(header: [UInt8], data: [UInt8] = []) -> [UInt8] {
        Base64.encode(header + data)
    }
}
