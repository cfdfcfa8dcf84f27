/// `SELECT set_config('name', 'value', false)`, several of them at once too.
extension StatementReader {
    /// The calls that the whole statement consists of; nil if it is anything else.
    func setConfigCalls() -> [SettingChange]? {
        var changes: [SettingChange] = []
        var index = start + 1
        while true {
            if meaning(index) == .pgCatalog, kind(index + 1) == .dot { index += 2 }
            guard isName(index), spells("set_config", index), kind(index + 1) == .open,
                let call = setConfigCall(index + 1)
            else { return nil }
            changes += call
            index = partner(index + 1) + 1
            index = afterLabel(index)
            if index == stop { return changes }
            guard kind(index) == .comma else { return nil }
            index += 1
        }
    }

    /// The index after a name for the column, if one is at `index`. Without AS, a keyword would be
    /// the start of a clause.
    private func afterLabel(_ index: Int) -> Int {
        if keyword(index) == .as { return isName(index + 1) ? index + 2 : index }
        return isName(index) && tokens[index].wordClass == .name ? index + 1 : index
    }

    /// The call whose arguments start with `(` at `open`: one change, or none if it is of one
    /// transaction's settings.
    private func setConfigCall(_ open: Int) -> [SettingChange]? {
        guard partner(open) == open + 6, kind(open + 2) == .comma, kind(open + 4) == .comma,
            let bytes = literalValue(open + 1), bytes.allSatisfy({ $0 < 0x80 })
        else { return nil }
        let isLocal: Bool
        switch keyword(open + 5) {
        case .true: isLocal = true
        case .false: isLocal = false
        default: return nil
        }
        let name = Self.canonicalSetting(
            String(decoding: bytes.map(RawSpan.lowercased), as: UTF8.self))
        if Self.isOfTransaction(name) { return [] }
        // DateStyle may be changed in part.
        if name == "seed" || name == "datestyle" { return nil }
        if keyword(open + 3) == .null {
            if isLocal { return [.resetLocal(name: name)] }
            return name == "session_authorization"
                ? [.resetSessionAuthorization] : [.reset(name: name)]
        }
        return literalValue(open + 3).map {
            [.setConfig(name: name, value: $0, isLocal: isLocal)]
        }
    }

    /// The bytes that a string constant stands for: '...', $$...$$, and E'...' with the escapes of
    /// one letter. Nil for every other spelling and for numbers.
    func literalValue(_ index: Int) -> [UInt8]? {
        guard kind(index) == .literal else { return nil }
        let first = Int(tokens[index].offset)
        let end = first + tokens[index].length
        switch tokens[index].literalKind {
        case .number: return nil
        case .plain: return unescaped(first + 1, end - 1, backslashes: false)
        case .dollarQuoted:
            let tag = text.next(UInt8(ascii: "$"), from: first + 1) + 1 - first
            return bytes(first + tag, end - tag)
        case .other:
            guard RawSpan.lowercased(text.byte(first)) == UInt8(ascii: "e") else { return nil }
            return unescaped(first + 2, end - 1, backslashes: true)
        }
    }

    private func unescaped(_ first: Int, _ end: Int, backslashes: Bool) -> [UInt8]? {
        var value: [UInt8] = []
        var index = first
        while index < end {
            let byte = text.byte(index)
            let next = index + 1 < end ? text.byte(index + 1) : 0
            if byte == UInt8(ascii: "'") {
                // A single one: the string goes on on a further line.
                guard next == byte else { return nil }
                index += 1
            }
            if byte == UInt8(ascii: "\\"), backslashes {
                guard let escaped = Self.escapes(next) else { return nil }
                value.append(escaped)
                index += 2
                continue
            }
            value.append(byte)
            index += 1
        }
        return value
    }

    /// What a backslash and `letter` stand for (`xeescape` in scan.l).
    private static func escapes(_ letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "\\"), UInt8(ascii: "'"): letter
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        default: nil
        }
    }
}
