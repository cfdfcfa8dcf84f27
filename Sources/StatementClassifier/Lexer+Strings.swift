/// Strings in all quotes, numbers and parameters.
extension Lexer {
    /// `'...'` that starts a token. While `standard_conforming_strings` is off a backslash in it
    /// may hide the closing quote, and what follows cannot be told.
    mutating func plainString(from start: Int, onto tape: inout TokenTape) {
        quotedString(from: start, open: start, literal: .plain, onto: &tape)
    }

    /// A string whose only escape is the doubled quote, and its continuation on further lines.
    mutating func quotedString(
        from start: Int, open: Int, literal: LiteralKind, onto tape: inout TokenTape
    ) {
        var kind = literal
        var quote = open
        while true {
            guard let close = closingQuote(UInt8(ascii: "'"), after: quote) else {
                return fault = standardConformingStrings ? .malformed : .ambiguousQuoting
            }
            if !standardConformingStrings, hasBackslash(from: quote, to: close) {
                return fault = .ambiguousQuoting
            }
            guard let next = continuation(after: close) else {
                return finishLiteral(kind, from: start, to: close &+ 1, onto: &tape)
            }
            kind = .other
            quote = next
        }
    }

    /// `E'...'`: a backslash takes the next byte with it, whatever it is.
    mutating func escapeString(onto tape: inout TokenTape) {
        let start = at
        var index = at &+ 2
        while index < end {
            let byte = text.byte(index)
            if byte == UInt8(ascii: "\\") {
                index &+= 2
            } else if byte != UInt8(ascii: "'") {
                index &+= 1
            } else if text.byteOrZero(index &+ 1) == UInt8(ascii: "'") {
                index &+= 2
            } else if let next = continuation(after: index) {
                index = next &+ 1
            } else {
                return finishLiteral(.other, from: start, to: index &+ 1, onto: &tape)
            }
        }
        fault = .malformed
    }

    /// Records a literal; its bytes do not count for the fingerprint.
    mutating func finishLiteral(
        _ kind: LiteralKind, from start: Int, to close: Int, onto tape: inout TokenTape
    ) {
        tape.append(Token(literal: kind, at: start, length: close &- start))
        fingerprint.end(.literal)
        at = close
    }

    /// The index of the quote that closes what was opened at `open`; a doubled quote does not.
    func closingQuote(_ quote: UInt8, after open: Int) -> Int? {
        var index = text.next(quote, from: open &+ 1)
        while index < end {
            if text.byteOrZero(index &+ 1) != quote { return index }
            index = text.next(quote, from: index &+ 2)
        }
        return nil
    }

    private func hasBackslash(from start: Int, to close: Int) -> Bool {
        text.next(UInt8(ascii: "\\"), from: start) < close
    }

    /// The index of a quote that goes on with the string closed at `close`: only white space and
    /// `--` comments between them, and at least one line break (`quotecontinue` in scan.l).
    private func continuation(after close: Int) -> Int? {
        var index = close &+ 1
        var sawLineBreak = false
        while index < end {
            switch text.byte(index) {
            case 0x0A, 0x0D: sawLineBreak = true
            case 0x20, 0x09, 0x0B, 0x0C: break
            case UInt8(ascii: "-"):
                guard text.byteOrZero(index &+ 1) == UInt8(ascii: "-") else { return nil }
                index = endOfLine(from: index)
                continue
            case UInt8(ascii: "'"): return sawLineBreak ? index : nil
            default: return nil
            }
            index &+= 1
        }
        return nil
    }

    /// The index of the line break that ends the line, or the end of the text.
    func endOfLine(from start: Int) -> Int { Self.endOfLine(in: text, from: start) }

    /// The same of any text.
    static func endOfLine(in text: RawSpan, from start: Int) -> Int {
        var index = start
        while index < text.byteCount, text.byte(index) != 0x0A, text.byte(index) != 0x0D {
            index &+= 1
        }
        return index
    }

    /// `$1`, or `$tag$...$tag$`. A `$` after a name's byte never gets here: it belongs to the name.
    mutating func dollar(onto tape: inout TokenTape) {
        let start = at
        var index = at &+ 1
        if text.byteOrZero(index) &- UInt8(ascii: "0") < 10 {
            while text.byteOrZero(index) &- UInt8(ascii: "0") < 10 { index &+= 1 }
            absorb(from: start, to: index)
            tape.append(Token(.parameter, at: start, length: index &- start))
            fingerprint.end(.parameter, length: index &- start)
            return at = index
        }
        while index < end, Self.continuesTag(text.byte(index)) { index &+= 1 }
        guard text.byteOrZero(index) == UInt8(ascii: "$"),
            let close = closingTag(from: start, length: index &+ 1 &- start)
        else { return fault = .malformed }
        finishLiteral(.dollarQuoted, from: start, to: close, onto: &tape)
    }

    private static func continuesTag(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
            || byte == UInt8(ascii: "_") || byte >= 0x80
    }

    /// The index after the tag at `start` when it comes again.
    private func closingTag(from start: Int, length: Int) -> Int? {
        var index = text.next(UInt8(ascii: "$"), from: start &+ length)
        while index &+ length <= end {
            if sameBytes(start, index, count: length) { return index &+ length }
            index = text.next(UInt8(ascii: "$"), from: index &+ 1)
        }
        return nil
    }

    private func sameBytes(_ first: Int, _ second: Int, count: Int) -> Bool {
        var index = 0
        while index < count {
            if text.byte(first &+ index) != text.byte(second &+ index) { return false }
            index &+= 1
        }
        return true
    }
}
