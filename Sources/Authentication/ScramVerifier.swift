/// What a server keeps of a password to check SCRAM-SHA-256 logins with: PostgreSQL's
/// `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>` (pg_authid). Does not let anybody
/// log in, but lets passwords be guessed offline: never shown.
package struct ScramVerifier: Sendable, Equatable {
    /// PostgreSQL's default (`SCRAM_SHA_256_DEFAULT_ITERATIONS` in src/include/common).
    package static let defaultIterations = 4_096
    /// PostgreSQL's `SCRAM_DEFAULT_SALT_LEN`.
    package static let saltBytes = 16

    package let iterations: Int
    package let salt: [UInt8]
    package let storedKey: [UInt8]
    package let serverKey: [UInt8]

    package init(iterations: Int, salt: [UInt8], storedKey: [UInt8], serverKey: [UInt8]) {
        self.iterations = iterations
        self.salt = salt
        self.storedKey = storedKey
        self.serverKey = serverKey
    }

    /// Of a plain password. Costly: to be done once, not at each login.
    package init(
        password: [UInt8], salt: [UInt8], iterations: Int = ScramVerifier.defaultIterations
    ) {
        let keys = ScramKeys(password: password, salt: salt, iterations: iterations)
        self.init(
            iterations: iterations, salt: salt, storedKey: keys.storedKey,
            serverKey: keys.serverKey)
    }

    /// - Returns: nil unless `text` is a verifier in PostgreSQL's form.
    package init?(text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "SCRAM-SHA-256" else { return nil }
        let first = parts[1].split(separator: ":", omittingEmptySubsequences: false)
        let keys = parts[2].split(separator: ":", omittingEmptySubsequences: false)
        guard first.count == 2, keys.count == 2, let iterations = Int(first[0]), iterations > 0,
            let salt = Base64.decode(first[1].utf8), !salt.isEmpty,
            let storedKey = Base64.decode(keys[0].utf8), storedKey.count == Hashes.sha256Bytes,
            let serverKey = Base64.decode(keys[1].utf8), serverKey.count == Hashes.sha256Bytes
        else { return nil }
        self.init(iterations: iterations, salt: salt, storedKey: storedKey, serverKey: serverKey)
    }

    /// Whether it was made of this password. Costly.
    package func matches(password: [UInt8]) -> Bool {
        let keys = ScramKeys(password: password, salt: salt, iterations: iterations)
        return Hashes.areEqual(keys.serverKey, serverKey)
    }
}

extension ScramVerifier: Redacted {}
