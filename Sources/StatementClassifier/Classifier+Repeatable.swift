import Vocabulary

// Whether a text may be parsed once and run many times, for a client that expects it to be parsed
// each time.
extension Classifier {
    /// One SELECT, INSERT, UPDATE, DELETE or VALUES whose meaning does not depend on when it is
    /// parsed: PostgreSQL turns the constant in `date 'today'` into a day when it parses it. Not
    /// one with a name that PostgreSQL cuts off and tells of each time it parses it.
    package mutating func isRepeatable(
        _ text: RawSpan, standardConformingStrings: Bool
    ) -> Bool {
        tape.rewind()
        var lexer = Lexer(
            text: text, standardConformingStrings: standardConformingStrings, keywords: keywords,
            fingerprint: Fingerprint(seed: seed))
        lexer.run(onto: &tape)
        guard lexer.fault == nil,
            let first = tape.tokens.first(where: { $0.kind != .open }), first.kind == .word,
            Self.isOfRows(first.keyword)
        else { return false }
        return tape.tokens.allSatisfy { Self.isConstant($0, in: text) }
    }

    private static func isOfRows(_ keyword: Keyword) -> Bool {
        switch keyword {
        case .select, .insert, .update, .delete, .values, .with: true
        case _: false
        }
    }

    private static func isConstant(_ token: Token, in text: RawSpan) -> Bool {
        switch token.kind {
        case .word: token.length <= Limits.nameBytes
        case .quotedName: token.length <= Limits.nameBytes + 2
        case .unicodeName: false
        case .literal: isConstantLiteral(token, in: text)
        case .parameter, .open, .close, .openBracket, .closeBracket, .comma, .semicolon, .dot,
            .dotDot, .colon, .typecast, .assign, .arrow, .ownOperator, .foreignOperator:
            true
        }
    }

    /// What an escape or a continued line spells is not looked into.
    private static func isConstantLiteral(_ token: Token, in text: RawSpan) -> Bool {
        switch token.literalKind {
        case .number: true
        case .other: false
        case .plain, .dollarQuoted:
            !ClockWords.areInput(
                in: text.extracting(Int(token.offset)..<Int(token.offset) + token.length))
        }
    }
}
