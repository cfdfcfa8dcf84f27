/// The keys of SCRAM-SHA-256 that are made of a password, a salt and an iteration count (RFC 5802,
/// section 3). Whoever has `clientKey` can log in as that user: never shown.
package struct ScramKeys: Sendable, Equatable {
    package let clientKey: [UInt8]
    package let serverKey: [UInt8]

    package init(clientKey: [UInt8], serverKey: [UInt8]) {
        self.clientKey = clientKey
        self.serverKey = serverKey
    }

    /// Costly: see `Hashes.pbkdf2SHA256`.
    package init(password: [UInt8], salt: [UInt8], iterations: Int) {
        let salted = Hashes.pbkdf2SHA256(
            password: SaslPrep.prepared(password), salt: salt, iterations: iterations)
        clientKey = Hashes.hmacSHA256(key: salted, Array("Client Key".utf8))
        serverKey = Hashes.hmacSHA256(key: salted, Array("Server Key".utf8))
    }

    package var storedKey: [UInt8] { Hashes.sha256(clientKey) }
}

extension ScramKeys: Redacted {}
