/// Names, keywords and the strings that start with a letter.
extension Lexer {
    /// A word, unless its single letter is the prefix of a string: `E'`, `B'`, `X'`, `U&'`, `U&"`.
    /// (`N'` is the keyword NCHAR and a plain string, so it needs no rule here.)
    @inline(__always)
    mutating func wordOrPrefixedString(_ byte: UInt8, onto tape: inout TokenTape) {
        let next = text.byteOrZero(at &+ 1)
        if next == UInt8(ascii: "'") || next == UInt8(ascii: "&"),
            prefixedString(RawSpan.lowercased(byte), next, onto: &tape)
        {
            return
        }
        word(onto: &tape)
    }

    /// Reads a string with a prefix; false if it is none.
    private mutating func prefixedString(
        _ letter: UInt8, _ next: UInt8, onto tape: inout TokenTape
    ) -> Bool {
        switch (letter, next) {
        case (UInt8(ascii: "e"), UInt8(ascii: "'")):
            escapeString(onto: &tape)
        case (UInt8(ascii: "b"), UInt8(ascii: "'")), (UInt8(ascii: "x"), UInt8(ascii: "'")):
            quotedString(from: at, open: at &+ 1, literal: .other, onto: &tape)
        case (UInt8(ascii: "u"), UInt8(ascii: "&")):
            switch text.byteOrZero(at &+ 2) {
            case UInt8(ascii: "'"):
                quotedString(from: at, open: at &+ 2, literal: .other, onto: &tape)
            case UInt8(ascii: "\""):
                quotedName(.unicodeName, prefix: 2, onto: &tape)
            default: return false
            }
        default: return false
        }
        return true
    }

    /// An unquoted name, eight bytes at a time.
    @inline(__always)
    private mutating func word(onto tape: inout TokenTape) {
        let start = at
        var first: UInt64 = 0
        var second: UInt64 = 0
        var third: UInt64 = 0
        var lanes = 0
        while true {
            let (lane, count) = Self.nameBytes(text.lane(at))
            if count > 0 {
                switch lanes {
                case 0: first = lane
                case 1: second = lane
                case 2: third = lane
                default: break
                }
                fingerprint.absorb(lane)
            }
            at &+= count
            lanes &+= 1
            if count < 8 { break }
        }
        let length = at &- start
        let entry =
            length <= KeywordTable.longestWord
            ? keywords.find(first, second, third) : .plainName
        tape.append(
            Token(
                name: .word, at: start, length: length, keyword: entry,
                startsWithPg: first & 0xFF_FFFF == Self.pgPrefix))
        fingerprint.end(.word, length: length)
    }

    /// `pg_` as the low bytes of a lane.
    private static var pgPrefix: UInt64 { 0x5F_6770 }

    /// The bytes at the start of `lane` that may continue a name, folded to lower case, zeros after
    /// them, and how many they are.
    @inline(__always)
    static func nameBytes(_ lane: UInt64) -> (lane: UInt64, count: Int) {
        let high = lane & 0x8080_8080_8080_8080
        let low = lane & 0x7F7F_7F7F_7F7F_7F7F
        // Adding 0x80 - n to a 7-bit byte sets its high bit exactly if the byte is n or more.
        let upper = (low &+ 0x3F3F_3F3F_3F3F_3F3F) & ~(low &+ 0x2525_2525_2525_2525)
        let lower = (low &+ 0x1F1F_1F1F_1F1F_1F1F) & ~(low &+ 0x0505_0505_0505_0505)
        let digit = (low &+ 0x5050_5050_5050_5050) & ~(low &+ 0x4646_4646_4646_4646)
        let underscore = (low &+ 0x2121_2121_2121_2121) & ~(low &+ 0x2020_2020_2020_2020)
        let dollar = (low &+ 0x5C5C_5C5C_5C5C_5C5C) & ~(low &+ 0x5B5B_5B5B_5B5B_5B5B)
        let inName = (high | upper | lower | digit | underscore | dollar) & 0x8080_8080_8080_8080
        let folded = lane | (upper & ~high & 0x8080_8080_8080_8080) &>> 2
        let outside = ~inName & 0x8080_8080_8080_8080
        if outside == 0 { return (folded, 8) }
        let bits = outside.trailingZeroBitCount &- 7
        return (folded & ((1 &<< UInt64(truncatingIfNeeded: bits)) &- 1), bits &>> 3)
    }

    /// `"..."` with `""` for a quote, or the same after `U&`.
    mutating func quotedName(_ kind: TokenKind, prefix: Int, onto tape: inout TokenTape) {
        let start = at
        guard let close = closingQuote(UInt8(ascii: "\""), after: at &+ prefix) else {
            return fault = .malformed
        }
        let inner = start &+ prefix &+ 1
        absorb(from: inner, to: close)
        at = close &+ 1
        let length = at &- start
        fingerprint.end(kind, length: length)
        tape.append(
            Token(
                name: kind, at: start, length: length,
                keyword: meaning(from: inner, to: close),
                startsWithPg: text.lane(inner) & 0xFF_FFFF == Self.pgPrefix))
    }

    /// Quoted names are never keywords; those that mean something by their name still do.
    private func meaning(from start: Int, to close: Int) -> KeywordEntry {
        guard close - start <= 16 else { return .plainName }
        let first = Self.cut(text.lane(start), close - start)
        let second = close - start > 8 ? Self.cut(text.lane(start + 8), close - start - 8) : 0
        let entry = keywords.find(first, second, 0)
        return entry.wordClass == .name ? entry : .plainName
    }

    /// The first `count` bytes of `lane`.
    static func cut(_ lane: UInt64, _ count: Int) -> UInt64 {
        count >= 8 ? lane : lane & ((1 &<< UInt64(truncatingIfNeeded: count &* 8)) &- 1)
    }

    /// Feeds the bytes of a quoted name or parameter to the fingerprint as they are.
    mutating func absorb(from start: Int, to close: Int) {
        var index = start
        while index < close {
            fingerprint.absorb(Self.cut(text.lane(index), close - index))
            index += 8
        }
    }
}
