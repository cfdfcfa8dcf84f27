/// What a configured password is by its look; PostgreSQL tells them apart in the same way
/// (`get_password_type` in src/backend/libpq/crypt.c).
package enum PasswordForm: Hashable, Sendable {
    case plain
    /// `md5` and 32 hexadecimal digits.
    case md5
    /// `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`.
    case scram
    /// Begins like a SCRAM verifier, but is none: what is wrong with it.
    case malformedScram(String)

    static let scramPrefix = "SCRAM-SHA-256$"
    /// More would keep a core busy for seconds at each login.
    static let maximumIterations = 10_000_000

    package init(of password: String) {
        let bytes = Array(password.utf8)
        if bytes.count == 35, password.hasPrefix("md5"), bytes[3...].allSatisfy(Self.isHex) {
            self = .md5
        } else if password.hasPrefix(Self.scramPrefix) {
            let fault = Self.fault(inScram: password.dropFirst(Self.scramPrefix.count))
            self = fault.map(Self.malformedScram) ?? .scram
        } else {
            self = .plain
        }
    }

    private static func fault(inScram rest: Substring) -> String? {
        let halves = rest.split(separator: "$", omittingEmptySubsequences: false)
        guard halves.count == 2 else { return "it needs one more `$`, before its keys" }
        let first = halves[0].split(separator: ":", omittingEmptySubsequences: false)
        let keys = halves[1].split(separator: ":", omittingEmptySubsequences: false)
        guard first.count == 2 else { return "it needs `:` between iterations and salt" }
        guard keys.count == 2 else { return "it needs `:` between StoredKey and ServerKey" }
        guard first[0].utf8.allSatisfy(\.isDigit), let count = Int(first[0]),
            1...maximumIterations ~= count
        else { return "its iterations are not a number from 1 to \(maximumIterations)" }
        guard base64Length(first[1]) ?? 0 > 0 else { return "its salt is not base64" }
        guard base64Length(keys[0]) == 32 else { return "its StoredKey is not 32 bytes of base64" }
        guard base64Length(keys[1]) == 32 else { return "its ServerKey is not 32 bytes of base64" }
        return nil
    }

    /// How many bytes the text stands for; nil if it is not base64 with padding.
    private static func base64Length(_ text: Substring) -> Int? {
        let bytes = Array(text.utf8)
        let digits = bytes.prefix { $0 != UInt8(ascii: "=") }
        let padding = bytes.count - digits.count
        guard bytes.count % 4 == 0, padding <= 2,
            bytes.suffix(padding).allSatisfy({ $0 == UInt8(ascii: "=") }),
            digits.allSatisfy({ byte in
                (byte.isWordByte && byte != UInt8(ascii: "_")) || byte == UInt8(ascii: "+")
                    || byte == UInt8(ascii: "/")
            })
        else { return nil }
        return bytes.count / 4 * 3 - padding
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        byte.isDigit || UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte
            || UInt8(ascii: "A")...UInt8(ascii: "F") ~= byte
    }
}
