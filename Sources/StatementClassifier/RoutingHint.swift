import Vocabulary

/// Where a comment ahead of a statement wants it to run: `/* switchyard: primary */`,
/// `-- switchyard: replica`. White space and letter case do not count, nor do other comments
/// before and after it; a comment behind the first word is no hint.
///
/// A hint is no part of the fingerprint: texts that differ in it share a verdict.
enum RoutingHint {
    /// The hint ahead of `text`; nil: there is none. Of several, `primary` wins, else the first.
    @inline(__always)
    static func find(in text: RawSpan) -> RouteChoice? {
        var start = 0
        while start < text.byteCount, isSpace(text.byte(start)) { start &+= 1 }
        let first = text.byteOrZero(start)
        guard first == UInt8(ascii: "/") || first == UInt8(ascii: "-") else { return nil }
        return search(text, from: start)
    }

    private static func search(_ text: RawSpan, from start: Int) -> RouteChoice? {
        var found: RouteChoice?
        var index = start
        while let comment = comment(text, at: index) {
            if let choice = choice(text, comment.content) {
                if choice == .primary { return .primary }
                found = found ?? choice
            }
            index = skipSpace(text, comment.end, text.byteCount)
        }
        return found
    }

    /// The first byte of `text` that is neither white space nor in a comment; nil: there is none.
    static func firstByte(of text: RawSpan) -> UInt8? {
        var index = skipSpace(text, 0, text.byteCount)
        while let comment = comment(text, at: index) {
            index = skipSpace(text, comment.end, text.byteCount)
        }
        return index < text.byteCount ? text.byte(index) : nil
    }

    /// The comment that begins at `start`: what is in it, and where it ends. Nil: there is none, or
    /// it is not closed.
    private static func comment(
        _ text: RawSpan, at start: Int
    ) -> (content: Range<Int>, end: Int)? {
        let second = text.byteOrZero(start + 1)
        switch text.byteOrZero(start) {
        case UInt8(ascii: "-") where second == UInt8(ascii: "-"):
            let end = Lexer.endOfLine(in: text, from: start)
            return (start + 2..<end, end)
        case UInt8(ascii: "/") where second == UInt8(ascii: "*"):
            guard let end = Lexer.endOfBlockComment(in: text, from: start) else { return nil }
            return (start + 2..<end - 2, end)
        case _: return nil
        }
    }

    /// What the inside of a comment chooses, if it is a hint and nothing else.
    private static func choice(_ text: RawSpan, _ content: Range<Int>) -> RouteChoice? {
        var index = skipSpace(text, content.lowerBound, content.upperBound)
        let name: StaticString = "switchyard"
        guard index + name.utf8CodeUnitCount <= content.upperBound,
            text.hasPrefix(name, at: index)
        else { return nil }
        index = skipSpace(text, index + name.utf8CodeUnitCount, content.upperBound)
        guard index < content.upperBound, text.byte(index) == UInt8(ascii: ":") else { return nil }
        index = skipSpace(text, index + 1, content.upperBound)
        var word: [UInt8] = []
        while index < content.upperBound, !isSpace(text.byte(index)) {
            guard word.count < 16 else { return nil }
            word.append(text.byte(index))
            index += 1
        }
        guard skipSpace(text, index, content.upperBound) == content.upperBound else { return nil }
        return RouteChoice(spelled: word)
    }

    private static func skipSpace(_ text: RawSpan, _ start: Int, _ end: Int) -> Int {
        var index = start
        while index < end, isSpace(text.byte(index)) { index += 1 }
        return index
    }

    @inline(__always)
    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte &- 0x09 < 5
    }
}
