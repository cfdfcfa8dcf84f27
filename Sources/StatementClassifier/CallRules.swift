/// Tells calls of functions from everything else that is written as a name and a parenthesis.
extension StatementReader {
    /// The name at `index` is followed by `(`.
    func examineCall(
        _ index: Int, judging: Bool, grouping: GroupingClause, into findings: inout Findings
    ) {
        // COALESCE(...), VALUES (...) and the like are syntax, unless a schema comes first.
        if tokens[index].wordClass == .columnName, kind(index - 1) != .dot { return }
        let known = knownName(index)
        if let known { noteEffects(of: known, index, &findings) }
        if known == .harmless, asksForClock(index) { findings.readsClock = true }
        guard judging, findings.yields, !isNoCall(index, grouping) else { return }
        let first = startOfName(index)
        if let scope, examineKnownCall(index, first, known, scope, &findings) {
            // A function of a user's: nobody knows whether it asks for it.
            findings.callsDeclared = true
            return findings.readsClock = true
        }
        if first < index, !isOwnSchema(first, index) {
            return findings.require(.unknownFunction, first, index)
        }
        guard let known else {
            let (offset, _) = nameBytes(index)
            let isActivity = tokens[index].startsWithPg && text.hasPrefix("pg_stat_", at: offset)
            return findings.require(isActivity ? .nodeState : .unknownFunction, first, index)
        }
        if known == .readsSetting {
            return examineCurrentSetting(index, &findings)
        }
        if let reason = known.reason { findings.require(reason, first, index) }
    }

    /// `pg_catalog.f` and `information_schema.f` are PostgreSQL's own.
    func isOwnSchema(_ first: Int, _ index: Int) -> Bool {
        first == index - 2
            && (meaning(first) == .pgCatalog || meaning(first) == .informationSchema)
    }

    /// What a call does to the session.
    private func noteEffects(of known: KnownName, _ index: Int, _ findings: inout Findings) {
        switch known {
        case .setConfig: noteSetConfig(index + 1, &findings)
        case .sessionState:
            if spells("setseed", index) { findings.effects.insert(.setting) }
            if text.hasPrefix("pg_replication_origin_", at: nameBytes(index).offset) {
                findings.effects.insert(.unexamined)
            }
        case .advisoryUnlockAll:
            findings.effects.insert(.mayRelease)
            if isWholeSelect(index) { findings.effects.insert(.unlockAll) }
        case .advisoryOther:
            if text.hasPrefix("pg_advisory_unlock", at: nameBytes(index).offset) {
                findings.effects.insert(.mayRelease)
            }
        case .notifies:
            if spells("pg_listening_channels", index) { findings.effects.insert(.readsChannels) }
        case .readsSequence:
            if spells("currval", index) || spells("lastval", index) {
                findings.effects.insert(.readsSequence)
            }
        case .harmless, .readsSetting, .advisorySessionLock, .advancesSequence, .largeObject,
            .transactionState, .recoveryState,
            .heldByConnection, .nodeState, .nodeView, .runsText, .eventTrigger, .otherVolatile:
            findings.effects.formUnion(known.effects)
        }
    }

    /// Whether the statement is `SELECT f()` with `f` at `index`, so that it surely ran once.
    private func isWholeSelect(_ index: Int) -> Bool {
        let first = startOfName(index)
        return first == start + 1 && keyword(start) == .select
            && (first == index || isOwnSchema(first, index))
            && partner(index + 1) == index + 2 && index + 3 == stop
    }

    /// `set_config(name, value, is_local)`: no effect beyond the transaction if the third argument
    /// is the word TRUE. The first may name the role, which RESET ALL does not take back.
    private func noteSetConfig(_ open: Int, _ findings: inout Findings) {
        let close = partner(open)
        if keyword(close - 1) == .true, kind(close - 2) == .comma { return }
        findings.effects.insert(.setting)
        findings.dependsOnLiterals = true
        guard kind(open + 1) == .literal, kind(open + 2) == .comma else {
            return findings.effects.formUnion([.role, .unexamined])
        }
        if literal(open + 1, is: "role") { findings.effects.insert(.role) }
        if literal(open + 1, is: "session_authorization") || !isPlain(open + 1) {
            findings.effects.formUnion([.role, .unexamined])
        }
    }

    /// `current_setting('a.b')` reads a setting of the application's own, which the session itself
    /// has set or not; the server's version is the same everywhere. Other settings may differ.
    private func examineCurrentSetting(_ index: Int, _ findings: inout Findings) {
        findings.dependsOnLiterals = true
        let argument = index + 2
        // Views and policies are stored with the cast spelled out.
        let isCast = kind(argument + 1) == .typecast && spells("text", argument + 2)
        let next = kind(isCast ? argument + 3 : argument + 1)
        guard kind(argument) == .literal, isPlain(argument), next == .close || next == .comma,
            hasDot(argument) || literal(argument, is: "server_version")
                || literal(argument, is: "server_version_num")
        else { return findings.require(.readsSetting, index, partner(index + 1)) }
    }

    /// Whether the literal at `index` is a '...' whose value can be read.
    func isPlain(_ index: Int) -> Bool { tokens[index].literalKind == .plain }

    /// Whether the literal at `index` is '`word`', letter case aside.
    func literal(_ index: Int, is word: StaticString) -> Bool {
        guard kind(index) == .literal, isPlain(index) else { return false }
        let token = tokens[index]
        return token.length == word.utf8CodeUnitCount + 2
            && text.hasPrefix(word, at: Int(token.offset) + 1)
    }

    private func hasDot(_ index: Int) -> Bool {
        let token = tokens[index]
        for offset in Int(token.offset)..<Int(token.offset) + token.length
        where text.byte(offset) == UInt8(ascii: ".") {
            return true
        }
        return false
    }
}
