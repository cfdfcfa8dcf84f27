/// Walks a SCRAM message, which is a list of `a=value` with commas between (RFC 5802, section 7).
/// What it finds wrong it words as `read_attr_value` in src/backend/libpq/auth-scram.c does.
struct ScramAttributes {
    let bytes: [UInt8]
    /// Where the next attribute begins.
    private(set) var offset = 0

    /// - Throws: for an empty message and for one with a NUL, which no C implementation could read.
    init(_ bytes: [UInt8]) throws(AuthenticationFailure) {
        if bytes.isEmpty { throw .malformedScram("The message is empty.") }
        if bytes.contains(0) {
            throw .malformedScram("Message length does not match input length.")
        }
        self.bytes = bytes
    }

    /// The byte at hand; nil at the end.
    var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    var rest: [UInt8] { Array(bytes[offset...]) }

    mutating func skipByte() { offset = min(offset + 1, bytes.count) }

    /// The value of the attribute that must come next.
    mutating func value(of name: UInt8) throws(AuthenticationFailure) -> [UInt8] {
        let shown = Self.shown(name)
        guard current == name else {
            throw .malformedScram(
                "Expected attribute \"\(shown)\" but found \"\(Self.sanitized(current))\".")
        }
        return try valueAfterName(shown)
    }

    /// The next attribute, whatever it is.
    mutating func next() throws(AuthenticationFailure) -> (name: UInt8, value: [UInt8]) {
        guard let name = current else {
            throw .malformedScram("Attribute expected, but found end of string.")
        }
        let isLetter =
            UInt8(ascii: "A")...UInt8(ascii: "Z") ~= name
            || UInt8(ascii: "a")...UInt8(ascii: "z") ~= name
        guard isLetter else {
            throw .malformedScram(
                "Attribute expected, but found invalid character \"\(Self.sanitized(name))\".")
        }
        return (name, try valueAfterName(Self.shown(name)))
    }

    private mutating func valueAfterName(
        _ shown: Character
    ) throws(AuthenticationFailure) -> [UInt8] {
        skipByte()
        guard current == UInt8(ascii: "=") else {
            throw .malformedScram("Expected character \"=\" for attribute \"\(shown)\".")
        }
        skipByte()
        let start = offset
        while let byte = current, byte != UInt8(ascii: ",") { offset += 1 }
        defer { skipByte() }
        return Array(bytes[start..<offset])
    }

    private static func shown(_ byte: UInt8) -> Character { Character(UnicodeScalar(byte)) }

    /// A byte of the client as error texts may show it (`sanitize_char`).
    static func sanitized(_ byte: UInt8?) -> String {
        let byte = byte ?? 0
        if 0x21...0x7E ~= byte { return "'\(Character(UnicodeScalar(byte)))'" }
        let digits = String(byte, radix: 16)
        return "0x" + (digits.count < 2 ? "0" : "") + digits
    }
}
