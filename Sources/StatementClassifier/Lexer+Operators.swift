/// Operators and comments.
extension Lexer {
    /// What starts with a byte of an operator; any other byte starts no token at all.
    mutating func operatorOrComment(_ byte: UInt8, onto tape: inout TokenTape) {
        guard Self.isOperator(byte) else { return fault = .malformed }
        let next = text.byteOrZero(at &+ 1)
        if byte == UInt8(ascii: "-"), next == byte { return at = endOfLine(from: at) }
        if byte == UInt8(ascii: "/"), next == UInt8(ascii: "*") { return blockComment() }
        guard Self.isOperator(next) else { return finishOperator(length: 1, onto: &tape) }
        finishOperator(length: operatorLength(), onto: &tape)
    }

    /// The longest run of operator bytes, cut where a comment starts, and without a trailing `+` or
    /// `-` unless one of its bytes allows it (`operator` in scan.l): `=-1` is `=` and `-1`.
    private func operatorLength() -> Int {
        var length = 0
        var mayEndInSign = false
        while Self.isOperator(text.byteOrZero(at &+ length)), !startsComment(at &+ length) {
            mayEndInSign = mayEndInSign || Self.allowsTrailingSign(text.byte(at &+ length))
            length &+= 1
        }
        // The byte that allows a trailing sign must not be that sign itself, and none of them is.
        while !mayEndInSign, length > 1, Self.isSign(text.byte(at &+ length &- 1)) {
            length &-= 1
        }
        return length
    }

    private func startsComment(_ index: Int) -> Bool {
        let byte = text.byte(index)
        let next = text.byteOrZero(index &+ 1)
        return byte == UInt8(ascii: "-") && next == byte
            || byte == UInt8(ascii: "/") && next == UInt8(ascii: "*")
    }

    private mutating func finishOperator(length: Int, onto tape: inout TokenTape) {
        var name: UInt64 = 0
        for index in 0..<min(length, 8) {
            name = name &<< 8 | UInt64(text.byte(at &+ index))
        }
        if length == 2, name == 0x3D3E { return punctuation(.arrow, length: 2, onto: &tape) }
        let kind: TokenKind =
            length == 1 && Self.isOwnSingle(text.byte(at)) || OwnOperators.contains(name, length)
            ? .ownOperator : .foreignOperator
        tape.append(Token(kind, at: at, length: length))
        absorb(from: at, to: at &+ length)
        fingerprint.end(kind, length: length)
        at &+= length
    }

    /// `/* ... */`, which nests. Unterminated: malformed.
    private mutating func blockComment() {
        guard let after = Self.endOfBlockComment(in: text, from: at) else {
            return fault = .malformed
        }
        at = after
    }

    /// The index behind the block comment that begins at `start`; nil: it is not closed.
    static func endOfBlockComment(in text: RawSpan, from start: Int) -> Int? {
        var depth = 1
        var index = start &+ 2
        while index < text.byteCount {
            let byte = text.byte(index)
            let next = text.byteOrZero(index &+ 1)
            if byte == UInt8(ascii: "*"), next == UInt8(ascii: "/") {
                depth &-= 1
                index &+= 2
                if depth == 0 { return index }
            } else if byte == UInt8(ascii: "/"), next == UInt8(ascii: "*") {
                depth &+= 1
                index &+= 2
            } else {
                index &+= 1
            }
        }
        return nil
    }

    /// ~ ! @ # ^ & | ` ? + - * / % < > =
    private static func isOperator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "="), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "/"), UInt8(ascii: "<"), UInt8(ascii: ">"):
            true
        default: allowsTrailingSign(byte)
        }
    }

    private static func allowsTrailingSign(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "@"), UInt8(ascii: "#"),
            UInt8(ascii: "^"), UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "`"),
            UInt8(ascii: "?"), UInt8(ascii: "%"):
            true
        default: false
        }
    }

    private static func isSign(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
    }

    /// The commonest operators, told without a look-up.
    private static func isOwnSingle(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "=") || byte == UInt8(ascii: "*") || byte == UInt8(ascii: "<")
            || byte == UInt8(ascii: ">")
    }
}
