import CCrypto

/// The primitives of libcrypto that logins need. The only file that calls it.
package enum Hashes {
    package static let sha256Bytes = 32

    /// Looked up once: libcrypto would do so at each use of `EVP_sha256()`. Never changed and never
    /// freed.
    nonisolated(unsafe) private static let sha256Kind = EVP_MD_fetch(nil, "SHA2-256", nil)

    /// SHA-256 of the parts one after another.
    package static func sha256(_ parts: [UInt8]...) -> [UInt8] {
        sha256(whole: parts.count == 1 ? parts[0] : parts.flatMap(\.self))
    }

    private static func sha256(whole: [UInt8]) -> [UInt8] {
        let digest = digest(whole, sha256Kind ?? EVP_sha256(), count: sha256Bytes)
        // A libcrypto without SHA-256 can do nothing for us; an empty digest would compare equal.
        guard let digest else { fatalError("libcrypto has no SHA-256") }
        return digest
    }

    /// MD5 as PostgreSQL's old hashes use it; nil where libcrypto refuses it (FIPS mode).
    package static func md5(_ parts: [UInt8]...) -> [UInt8]? {
        digest(parts.flatMap(\.self), EVP_md5(), count: 16)
    }

    /// HMAC-SHA-256 (RFC 2104, section 2). Of two digests: libcrypto's own looks the algorithm up
    /// at each use, which costs more than the digests do.
    package static func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        let key = key.count > blockBytes ? sha256(whole: key) : key
        var inner = padded(key, with: 0x36, room: message.count)
        inner.append(contentsOf: message)
        var outer = padded(key, with: 0x5C, room: sha256Bytes)
        outer.append(contentsOf: sha256(whole: inner))
        return sha256(whole: outer)
    }

    private static let blockBytes = 64

    private static func padded(_ key: [UInt8], with byte: UInt8, room: Int) -> [UInt8] {
        var block: [UInt8] = []
        block.reserveCapacity(blockBytes + room)
        for index in 0..<blockBytes { block.append(index < key.count ? key[index] ^ byte : byte) }
        return block
    }

    /// PBKDF2 with HMAC-SHA-256 and 32 bytes of output: `Hi` of RFC 5802. Takes time in proportion
    /// to `iterations`, a millisecond or more for 4,096.
    package static func pbkdf2SHA256(
        password: [UInt8], salt: [UInt8], iterations: Int
    ) -> [UInt8] {
        var key = [UInt8](repeating: 0, count: sha256Bytes)
        let done = password.withUnsafeBytes { bytes in
            PKCS5_PBKDF2_HMAC(
                bytes.bindMemory(to: CChar.self).baseAddress, Int32(clamping: password.count),
                salt, Int32(clamping: salt.count), Int32(clamping: max(iterations, 1)),
                EVP_sha256(), Int32(sha256Bytes), &key)
        }
        // Counts and lengths are in bounds here: only a libcrypto without it fails.
        guard done == 1 else { fatalError("libcrypto has no PBKDF2") }
        return key
    }

    /// Whether both are the same, in a time that depends on their lengths alone. Two empty arrays
    /// are no proof of anything: false.
    package static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        !a.isEmpty && a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
    }

    private static func digest(
        _ bytes: [UInt8], _ kind: OpaquePointer?, count: Int
    ) -> [UInt8]? {
        var digest = [UInt8](repeating: 0, count: count)
        var length: UInt32 = 0
        let done = EVP_Digest(bytes, bytes.count, &digest, &length, kind, nil)
        return done == 1 && Int(length) == count ? digest : nil
    }
}
