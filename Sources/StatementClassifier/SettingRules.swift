/// SET and RESET to their last token (`VariableSetStmt` in src/backend/parser/gram.y).
extension StatementReader {
    /// What a SET changes; nil if it cannot be told or does not have the shape.
    func setChanges() -> [SettingChange]? {
        let scope = scopeOfSet()
        let name = scope.name
        switch keyword(name) {
        case .transaction where isWord(name + 1): return []
        case .constraints where keyword(name + 1) != .to && kind(name + 1) != .ownOperator:
            return []
        case .session where keyword(name + 1) == .characteristics:
            return characteristics(from: name + 2, isLocal: scope.isLocal)
        default: break
        }
        guard let (setting, value) = settingAndValue(name) else { return nil }
        if Self.isOfTransaction(setting) { return [] }
        if setting == "seed" { return nil }
        if value == stop || isDefault(value, of: setting) {
            guard value + 1 >= stop else { return nil }
            if scope.isLocal { return [.resetLocal(name: setting)] }
            return [Self.reset(setting)]
        }
        guard isValueList(from: value) else { return nil }
        let statement = statementBytes()
        if setting == "datestyle" {
            return dateStyle(from: value, statement, isLocal: scope.isLocal).map { [$0] }
        }
        if setting.hasPrefix(SettingStatement.ownPrefix), let single = singleValue(value) {
            return [.setConfig(name: setting, value: single, isLocal: scope.isLocal)]
        }
        return [.set(name: setting, statement: statement, isLocal: scope.isLocal)]
    }

    /// What a RESET with its operand at `index` changes; nil if it cannot be told.
    func resetChange(_ index: Int) -> [SettingChange]? {
        if keyword(index) == .all { return index + 1 == stop ? [.resetAll] : nil }
        if keyword(index) == .time, keyword(index + 1) == .zone {
            return index + 2 == stop ? [.reset(name: "timezone")] : nil
        }
        if keyword(index) == .session, keyword(index + 1) == .authorization {
            return index + 2 == stop ? [.resetSessionAuthorization] : nil
        }
        if keyword(index) == .transaction, isWord(index + 1) { return [] }
        guard let (setting, next) = settingName(index), next == stop else { return nil }
        if Self.isOfTransaction(setting) { return [] }
        return setting == "seed" ? nil : [Self.reset(setting)]
    }

    /// The setting that a SHOW names; nil: none, or several.
    func shownSetting() -> String? {
        guard keyword(start) == .show, let (setting, next) = settingName(start + 1), next == stop
        else { return nil }
        return setting
    }

    /// What the only token behind TO stands for; nil: there are more, or it is not plain to see.
    private func singleValue(_ index: Int) -> [UInt8]? {
        guard index + 1 == stop else { return nil }
        guard isName(index) else {
            guard kind(index) == .literal, tokens[index].literalKind == .number else {
                return literalValue(index)
            }
            let first = Int(tokens[index].offset)
            return bytes(first, first + tokens[index].length)
        }
        let (offset, length) = nameBytes(index)
        let name = bytes(offset, offset + length)
        return kind(index) == .word ? name.map(RawSpan.lowercased) : name
    }

    /// Whether LOCAL or SESSION is given, and the index of what is set.
    private func scopeOfSet() -> (isLocal: Bool, name: Int) {
        let scope = keyword(start + 1)
        let hasScope =
            (scope == .local || scope == .session) && isName(start + 2)
            && keyword(start + 2) != .to && keyword(start + 2) != .authorization
            && keyword(start + 2) != .characteristics
        return hasScope ? (scope == .local, start + 2) : (false, start + 1)
    }

    /// The setting's name and the index of its value. The forms with words of their own first.
    private func settingAndValue(_ index: Int) -> (String, Int)? {
        let next = index + 1
        let isAssigned = keyword(next) == .to || isEquals(next) || kind(next) == .dot
        if isWord(index), !isAssigned {
            switch keyword(index) {
            case .time where keyword(next) == .zone: return ("timezone", next + 1)
            case .session where keyword(next) == .authorization:
                return ("session_authorization", next + 1)
            case .role: return ("role", next)
            default: break
            }
            if spells("names", index) { return ("client_encoding", next) }
            if spells("schema", index) { return ("search_path", next) }
            if spells("xml", index), spells("option", next) { return ("xmloption", next + 1) }
        }
        guard let (name, after) = settingName(index), keyword(after) == .to || isEquals(after),
            after + 1 < stop
        else { return nil }
        return (name, after + 1)
    }

    /// A dotted name that starts at `index`, in lower case, and the index after it. Nil if it is
    /// none, or one that PostgreSQL would cut or spell otherwise.
    private func settingName(_ index: Int) -> (String, Int)? {
        var name: [UInt8] = []
        var next = index
        while isName(next) {
            let (offset, length) = nameBytes(next)
            guard length > 0, length < 64 else { return nil }
            for byte in bytes(offset, offset + length) {
                guard byte < 0x80, byte != UInt8(ascii: "\"") else { return nil }
                name.append(RawSpan.lowercased(byte))
            }
            next += 1
            guard kind(next) == .dot else {
                return (Self.canonicalSetting(String(decoding: name, as: UTF8.self)), next)
            }
            name.append(UInt8(ascii: "."))
            next += 1
        }
        return nil
    }

    /// The one name of a setting that has two (`map_old_guc_names` in
    /// src/backend/utils/misc/guc.c).
    static func canonicalSetting(_ name: String) -> String {
        switch name {
        case "sort_mem": "work_mem"
        case "vacuum_mem": "maintenance_work_mem"
        default: name
        }
    }

    /// Settings that every transaction begins with anew.
    static func isOfTransaction(_ name: String) -> Bool {
        name == "transaction_isolation" || name == "transaction_read_only"
            || name == "transaction_deferrable"
    }

    private static func reset(_ name: String) -> SettingChange {
        name == "session_authorization" ? .resetSessionAuthorization : .reset(name: name)
    }

    /// DEFAULT, and LOCAL of a time zone.
    private func isDefault(_ index: Int, of setting: String) -> Bool {
        keyword(index) == .default
            || keyword(index) == .local && setting == "timezone"
                && keyword(index - 1) == .zone
    }

    private func isEquals(_ index: Int) -> Bool {
        kind(index) == .ownOperator && tokens[index].length == 1
            && text.byte(Int(tokens[index].offset)) == UInt8(ascii: "=")
    }

    /// Whether the token at `index` is an unquoted word.
    private func isWord(_ index: Int) -> Bool { kind(index) == .word }
}
