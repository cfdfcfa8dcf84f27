/// Strings and numbers.
extension JSONParser {
    /// A string literal, from its opening quote to behind its closing one.
    mutating func string() throws(Abandoned) -> String {
        let start = position
        advance()
        var content: [UInt8] = []
        while true {
            guard let byte = current, byte != UInt8(ascii: "\n") else {
                report(start, "a string that does not end on its line", "a closing `\"`")
                throw Abandoned()
            }
            switch byte {
            case UInt8(ascii: "\""):
                advance()
                return try decoded(content, from: start)
            case UInt8(ascii: "\\"):
                content.append(contentsOf: Array(String(try escape()).utf8))
            case 0..<0x20:
                throw fail("\(shown) within a string", "an escape such as \\t or \\u0009")
            default:
                content.append(byte)
                advance()
            }
        }
    }

    private mutating func decoded(
        _ content: [UInt8], from start: TextPosition
    ) throws(Abandoned) -> String {
        if let text = String(validating: content, as: UTF8.self) { return text }
        report(start, "a string that is not valid UTF-8", "the file in UTF-8")
        throw Abandoned()
    }

    private mutating func escape() throws(Abandoned) -> UnicodeScalar {
        advance()
        let simple: UnicodeScalar
        switch current {
        case UInt8(ascii: "\""): simple = "\""
        case UInt8(ascii: "\\"): simple = "\\"
        case UInt8(ascii: "/"): simple = "/"
        case UInt8(ascii: "b"): simple = "\u{8}"
        case UInt8(ascii: "f"): simple = "\u{C}"
        case UInt8(ascii: "n"): simple = "\n"
        case UInt8(ascii: "r"): simple = "\r"
        case UInt8(ascii: "t"): simple = "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default:
            throw fail("\(shown) after `\\`", "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX")
        }
        advance()
        return simple
    }

    /// `XXXX` of `\uXXXX`, with the second half where it is the first of a surrogate pair.
    private mutating func unicodeEscape() throws(Abandoned) -> UnicodeScalar {
        let unit = try codeUnit()
        if let scalar = UnicodeScalar(unit) { return scalar }
        guard UTF16.isLeadSurrogate(unit), current == UInt8(ascii: "\\") else {
            throw fail("half of a surrogate pair", "\\uD800-\\uDBFF and then \\uDC00-\\uDFFF")
        }
        advance()
        guard current == UInt8(ascii: "u") else { throw fail("half of a surrogate pair", "\\u") }
        let trail = try codeUnit()
        let value = 0x10000 + (UInt32(unit) & 0x3FF) << 10 + UInt32(trail) & 0x3FF
        guard UTF16.isTrailSurrogate(trail), let scalar = UnicodeScalar(value) else {
            throw fail("half of a surrogate pair", "\\uDC00-\\uDFFF as its second half")
        }
        return scalar
    }

    /// Four hexadecimal digits after the `u` at hand.
    private mutating func codeUnit() throws(Abandoned) -> UInt16 {
        advance()
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = current, byte < 0x80,
                let digit = Character(UnicodeScalar(byte)).hexDigitValue
            else { throw fail("\(shown) within \\uXXXX", "four hexadecimal digits") }
            unit = unit << 4 | UInt16(digit)
            advance()
        }
        return unit
    }

    /// A number literal, as written.
    mutating func number() throws(Abandoned) -> String {
        let start = offset
        if current == UInt8(ascii: "-") { advance() }
        if current == UInt8(ascii: "0") {
            advance()
            if let byte = current, byte.isDigit {
                throw fail("a number that begins with 0", "no leading zeros")
            }
        } else {
            try digits()
        }
        if current == UInt8(ascii: ".") {
            advance()
            try digits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            advance()
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { advance() }
            try digits()
        }
        if let byte = current, byte.isWordByte || byte == UInt8(ascii: ".") {
            throw fail("\(shown) within a number", "digits")
        }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    private mutating func digits() throws(Abandoned) {
        guard let byte = current, byte.isDigit else {
            throw fail("\(shown) in a number", "a digit")
        }
        while let byte = current, byte.isDigit { advance() }
    }
}
