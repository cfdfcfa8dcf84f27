import Vocabulary

/// What a statement's text says to people who may not see its data.
package struct NormalizedText: Sendable, Hashable {
    /// Without comments, every literal a question mark, white space of any length one blank.
    package var text: String
    /// One statement, with an ORDER BY that is not inside parentheses: the order of its rows is
    /// part of the answer.
    package var isOrdered: Bool
}

extension Classifier {
    /// The text without literals and comments; nil where it cannot be split into tokens: then
    /// nobody knows what of it is a literal.
    /// - Parameter limit: longer results are cut, in bytes.
    package mutating func normalized(
        _ text: RawSpan, standardConformingStrings: Bool = true, limit: Int
    ) -> NormalizedText? {
        guard text.byteCount <= Limits.classifiedTextBytes else { return nil }
        tape.rewind()
        var lexer = Lexer(
            text: text, standardConformingStrings: standardConformingStrings, keywords: keywords,
            fingerprint: Fingerprint(seed: seed))
        lexer.run(onto: &tape)
        guard lexer.fault == nil else { return nil }
        return NormalizedText(text: written(text, limit), isOrdered: isOrdered)
    }

    private func written(_ text: RawSpan, _ limit: Int) -> String {
        var bytes: [UInt8] = []
        var end = 0
        for token in tape.tokens {
            let start = Int(token.offset)
            if start > end, !bytes.isEmpty { bytes.append(UInt8(ascii: " ")) }
            end = start + token.length
            switch token.kind {
            case .literal: bytes.append(UInt8(ascii: "?"))
            case .word, .quotedName, .unicodeName, .parameter, .open, .close, .openBracket,
                .closeBracket, .comma, .semicolon, .dot, .dotDot, .colon, .typecast, .assign,
                .arrow, .ownOperator, .foreignOperator:
                for at in start..<end { bytes.append(text.byte(at)) }
            }
            if bytes.count > limit { return Self.cut(bytes, limit) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The first bytes up to a character's end, and a sign that there was more.
    private static func cut(_ bytes: [UInt8], _ limit: Int) -> String {
        var length = limit
        while length > 0, bytes[length] & 0xC0 == 0x80 { length -= 1 }
        return String(decoding: bytes[..<length], as: UTF8.self) + " ..."
    }

    private var isOrdered: Bool {
        var depth = 0
        var hasOrder = false
        for index in tape.tokens.indices {
            let token = tape.tokens[index]
            if token.kind == .open { depth += 1 }
            if token.kind == .close { depth -= 1 }
            if depth > 0 { continue }
            if token.kind == .semicolon, index < tape.tokens.count - 1 { return false }
            if token.keyword == .order, index + 1 < tape.tokens.count,
                tape.tokens[index + 1].keyword == .by
            {
                hasOrder = true
            }
        }
        return hasOrder
    }
}
