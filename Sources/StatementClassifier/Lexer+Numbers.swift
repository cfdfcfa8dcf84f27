/// Numbers, as PostgreSQL 16 and later write them; older versions read `1_000` as a number and a
/// name, which no statement that they accept makes a difference to.
extension Lexer {
    /// A number that starts with a digit, or with a dot and a digit.
    mutating func number(onto tape: inout TokenTape) {
        let start = at
        var index = at
        if text.byte(index) == UInt8(ascii: "0"), let close = otherRadix(from: index) {
            return finishLiteral(.number, from: start, to: close, onto: &tape)
        }
        index = digits(from: index)
        if text.byteOrZero(index) == UInt8(ascii: "."),
            text.byteOrZero(index &+ 1) != UInt8(ascii: ".")
        {
            index = digits(from: index &+ 1)
        }
        finishLiteral(.number, from: start, to: exponent(from: index), onto: &tape)
    }

    /// The end of `0x1F`, `0o17`, `0b101`; nil if the letter is not followed by a digit of it.
    private func otherRadix(from start: Int) -> Int? {
        let letter = text.byteOrZero(start &+ 1) | 0x20
        guard
            letter == UInt8(ascii: "x") || letter == UInt8(ascii: "o")
                || letter == UInt8(ascii: "b")
        else { return nil }
        var index = start &+ 2
        while true {
            let skipped = text.byteOrZero(index) == UInt8(ascii: "_") ? index &+ 1 : index
            guard Self.isDigit(text.byteOrZero(skipped), radix: letter) else { break }
            index = skipped &+ 1
        }
        return index > start &+ 2 ? index : nil
    }

    private static func isDigit(_ byte: UInt8, radix: UInt8) -> Bool {
        switch radix {
        case UInt8(ascii: "b"): byte &- UInt8(ascii: "0") < 2
        case UInt8(ascii: "o"): byte &- UInt8(ascii: "0") < 8
        default:
            byte &- UInt8(ascii: "0") < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 6
        }
    }

    /// The end of the decimal digits at `start`, single underscores between digits included.
    private func digits(from start: Int) -> Int {
        var index = start
        while true {
            let byte = text.byteOrZero(index)
            if byte &- UInt8(ascii: "0") < 10 {
                index &+= 1
            } else if byte == UInt8(ascii: "_"), index > start,
                text.byteOrZero(index &+ 1) &- UInt8(ascii: "0") < 10
            {
                index &+= 2
            } else {
                return index
            }
        }
    }

    /// The end of an exponent at `start`, or `start` if there is none.
    private func exponent(from start: Int) -> Int {
        guard text.byteOrZero(start) | 0x20 == UInt8(ascii: "e") else { return start }
        var index = start &+ 1
        let sign = text.byteOrZero(index)
        if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { index &+= 1 }
        let close = digits(from: index)
        return close > index ? close : start
    }
}
