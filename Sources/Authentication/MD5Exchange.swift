/// PostgreSQL's `md5` method: the client answers a salt of 4 bytes with
/// `md5(hex(md5(password + user)) + salt)` (src/backend/libpq/crypt.c). The stored hash is as good
/// as the password to whoever steals it.
package enum MD5Exchange {
    package static let saltBytes = 4

    /// What is stored of a password: 32 hexadecimal digits, without the `md5` before them; nil
    /// where libcrypto refuses MD5.
    package static func hash(password: [UInt8], user: String) -> [UInt8]? {
        Hashes.md5(password, Array(user.utf8)).map(hexadecimal)
    }

    /// The answer to `salt` of whoever knows `hash`, with its `md5` and without a NUL; nil where
    /// libcrypto refuses MD5.
    package static func answer(hash: [UInt8], salt: [UInt8]) -> [UInt8]? {
        Hashes.md5(hash, salt).map { Array("md5".utf8) + hexadecimal($0) }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }
    }
}
