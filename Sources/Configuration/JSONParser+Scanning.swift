/// How the parser moves over the bytes, and how it reports.
extension JSONParser {
    /// The byte at hand; nil at the end.
    var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    /// The byte at hand as error messages show it.
    var shown: String {
        guard let byte = current else { return "the end of the file" }
        guard byte < 0x80 else { return "a character that is not ASCII" }
        guard byte > 0x20, byte < 0x7F else {
            return "the control character 0x" + String(byte, radix: 16)
        }
        return "`\(Character(UnicodeScalar(byte)))`"
    }

    /// Steps over the byte at hand and keeps count of lines and columns.
    mutating func advance() {
        guard let byte = current else { return }
        offset += 1
        if byte == UInt8(ascii: "\n") {
            position = TextPosition(line: position.line + 1, column: 1)
        } else if byte & 0xC0 != 0x80 {  // not a continuation byte of UTF-8
            position.column += 1
        }
    }

    mutating func take(_ byte: UInt8, _ name: String) throws(Abandoned) {
        guard current == byte else { throw fail("\(shown) is out of place", name) }
        advance()
    }

    /// Steps over white space, and over comments, which it reports.
    mutating func skipSpace() throws(Abandoned) {
        while let byte = current {
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D: advance()
            case UInt8(ascii: "#"): skipComment()
            case UInt8(ascii: "/"):
                let next = offset + 1 < bytes.count ? bytes[offset + 1] : 0
                if next == UInt8(ascii: "*") {
                    try skipBlockComment()
                } else if next == UInt8(ascii: "/") {
                    skipComment()
                } else {
                    return
                }
            default: return
            }
        }
    }

    private mutating func skipComment() {
        report(position, "JSON has no comments", "it left out")
        while let byte = current, byte != UInt8(ascii: "\n") { advance() }
    }

    private mutating func skipBlockComment() throws(Abandoned) {
        report(position, "JSON has no comments", "it left out")
        advance()
        advance()
        while current != UInt8(ascii: "*") || offset + 1 >= bytes.count
            || bytes[offset + 1] != UInt8(ascii: "/")
        {
            guard current != nil else { throw Abandoned() }
            advance()
        }
        advance()
        advance()
    }

    mutating func report(_ position: TextPosition, _ message: String, _ expected: String) {
        problems.append(
            ConfigurationProblem(
                .error, at: position, path: path.description, message, expected: expected))
    }

    /// Reports a problem at the byte at hand; to be thrown.
    mutating func fail(_ message: String, _ expected: String) -> Abandoned {
        report(position, message, expected)
        return Abandoned()
    }
}
