/// What may stand behind SET x TO.
extension StatementReader {
    /// Whether from `first` to the end there are only constants: words, strings, numbers with their
    /// signs, commas, and the precision of an INTERVAL.
    func isValueList(from first: Int) -> Bool {
        for index in first..<stop {
            switch kind(index) {
            case .word:
                // `SET x FROM CURRENT` takes the value from elsewhere.
                if keyword(index) == .from || keyword(index) == .default { return false }
            case .literal, .quotedName, .comma: break
            case .ownOperator:
                let sign = text.byte(Int(tokens[index].offset))
                guard tokens[index].length == 1, sign == UInt8(ascii: "-") || sign == 0x2B,
                    kind(index + 1) == .literal
                else { return false }
            case .open, .close:
                guard keyword(first) == .interval else { return false }
            case .unicodeName, .parameter, .openBracket, .closeBracket, .semicolon, .dot, .dotDot,
                .colon, .typecast, .assign, .arrow, .foreignOperator:
                return false
            }
        }
        return true
    }

    /// SET SESSION CHARACTERISTICS with AS at `index`: one change for each mode.
    func characteristics(from index: Int, isLocal: Bool) -> [SettingChange]? {
        guard keyword(index) == .as, keyword(index + 1) == .transaction,
            let modes = modes(from: index + 2, mayBeEmpty: false)
        else { return nil }
        var changes: [SettingChange] = []
        func set(_ name: String, _ value: String) {
            let text = "SET \(isLocal ? "LOCAL " : "")\(name) TO '\(value)'"
            changes.append(.set(name: name, statement: Array(text.utf8), isLocal: isLocal))
        }
        switch modes.isolation {
        case .unspecified: break
        case .readUncommitted: set("default_transaction_isolation", "read uncommitted")
        case .readCommitted: set("default_transaction_isolation", "read committed")
        case .repeatableRead: set("default_transaction_isolation", "repeatable read")
        case .serializable: set("default_transaction_isolation", "serializable")
        }
        switch modes.access {
        case .unspecified: break
        case .readOnly: set("default_transaction_read_only", "on")
        case .readWrite: set("default_transaction_read_only", "off")
        }
        for word in index + 2..<stop where keyword(word) == .deferrable {
            set("default_transaction_deferrable", modes.isDeferrable ? "on" : "off")
        }
        return changes
    }

    /// DateStyle is two values, of which a SET may name one (`check_datestyle` in
    /// src/backend/commands/variable.c): an output style, and the order of day and month.
    func dateStyle(from first: Int, _ statement: [UInt8], isLocal: Bool) -> SettingChange? {
        var hasStyle = false
        var hasOrder = false
        for index in first..<stop where kind(index) != .comma {
            let value =
                isName(index)
                ? bytes(nameBytes(index).offset, nameBytes(index).offset + nameBytes(index).length)
                : literalValue(index)
            guard let value else { return nil }
            for word in value.split(separator: UInt8(ascii: ",")) {
                let word = String(
                    decoding: word.filter { $0 > 0x20 }.map(RawSpan.lowercased), as: UTF8.self)
                switch word {
                case "iso", "sql": hasStyle = true
                // German brings its own order.
                case "german":
                    hasStyle = true
                    hasOrder = true
                case "ymd", "mdy", "us": hasOrder = true
                case _ where word.hasPrefix("postgres"): hasStyle = true
                case _ where word.hasPrefix("dmy"), _ where word.hasPrefix("euro"),
                    _ where word.hasPrefix("noneuro"):
                    hasOrder = true
                default: return nil
                }
            }
        }
        return hasStyle && hasOrder
            ? .set(name: "datestyle", statement: statement, isLocal: isLocal)
            : .amend(name: "datestyle", statement: statement, isLocal: isLocal)
    }
}
