/// Words that stand for the time at which the transaction began: functions and keywords, and input
/// of dates and times (PostgreSQL documentation, "Current Date/Time" and "Special Values"). Within
/// one transaction their value never changes, so a block that has seen it cannot go on elsewhere.
package enum ClockWords {
    private static let inputs: [StaticString] = ["now", "today", "tomorrow", "yesterday"]

    /// Whether some of the bytes spell such input as a word of its own.
    package static func areInput(in bytes: RawSpan) -> Bool {
        var index = 0
        var isInWord = false
        while index < bytes.byteCount {
            let isLetter = (bytes.byte(index) | 0x20) &- UInt8(ascii: "a") < 26
            if isLetter, !isInWord, begins(bytes, at: index) { return true }
            isInWord = isLetter
            index += 1
        }
        return false
    }

    private static func begins(_ bytes: RawSpan, at index: Int) -> Bool {
        for word in inputs where bytes.hasPrefix(word, at: index) {
            let next = bytes.byteOrZero(index + word.utf8CodeUnitCount)
            if (next | 0x20) &- UInt8(ascii: "a") >= 26 { return true }
        }
        return false
    }
}

extension StatementReader {
    /// Whether a call of the function at `index` asks for the beginning of the transaction.
    func asksForClock(_ index: Int) -> Bool {
        spells("now", index) || spells("transaction_timestamp", index) || spells("age", index)
    }
}
