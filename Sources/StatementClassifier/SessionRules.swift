/// Statements that change what the server session holds.
extension StatementReader {
    /// One of SET, RESET, DISCARD, DEALLOCATE, CLOSE, LISTEN, UNLISTEN, PREPARE, DECLARE.
    func judgeSession(_ findings: inout Findings) {
        switch keyword(start) {
        case .set: judgeSet(&findings)
        case .reset: judgeReset(&findings)
        case .discard: judgeDiscard(&findings)
        case .deallocate:
            let named = keyword(start + 1) == .prepare ? start + 2 : start + 1
            let isAll = endsWith(.all, named)
            findings.effects.formUnion([.mayRelease, isAll ? .deallocateAll : .usesPreparedName])
            take(.sqlPrepared, &findings)
        case .close:
            findings.effects.insert(.mayRelease)
            if endsWith(.all, start + 1) { findings.effects.insert(.closeAll) }
            take(.cursor, &findings)
        case .listen:
            findings.effects.insert(.listen)
            take(.notification, &findings)
        case .unlisten:
            findings.effects.insert(.mayRelease)
            if stop == start + 2, kind(start + 1) == .ownOperator {
                findings.effects.insert(.unlistenAll)
            }
            take(.notification, &findings)
        case .prepare: judgePrepare(&findings)
        default: judgeDeclare(&findings)
        }
    }

    /// Whether `word` stands at `index` and ends the statement.
    private func endsWith(_ word: Keyword, _ index: Int) -> Bool {
        keyword(index) == word && index + 1 == stop
    }

    /// PREPARE TRANSACTION is transaction control, though `transaction` may also name a statement:
    /// `PREPARE transaction AS SELECT 1`.
    private func judgePrepare(_ findings: inout Findings) {
        if keyword(start + 1) == .transaction, kind(start + 2) == .literal {
            findings.transaction = .other
            findings.require(.transactionControl, start, start + 1)
        } else {
            findings.effects.formUnion([.sqlPrepared, .usesPreparedName])
            take(.sqlPrepared, &findings)
            // What is prepared has its effects whenever it is executed, of which no text tells.
            if !findings.effects.isDisjoint(with: Self.leftByCalls) {
                findings.effects.insert(.unexamined)
            }
        }
    }

    /// What a call inside a query may leave behind.
    private static let leftByCalls: SessionEffects = [
        .setting, .role, .temporaryObject, .advisoryLock,
    ]

    private func judgeDeclare(_ findings: inout Findings) {
        for index in start..<stop where keyword(index) == .with && keyword(index + 1) == .hold {
            findings.effects.insert(.holdCursor)
        }
        take(.cursor, &findings)
    }

    private func judgeDiscard(_ findings: inout Findings) {
        findings.effects.insert(.mayRelease)
        if endsWith(.all, start + 1) { findings.effects.insert(.discardAll) }
        if endsWith(.temp, start + 1) || endsWith(.temporary, start + 1) {
            findings.effects.insert(.discardTemporary)
        }
        findings.require(.discards, start)
    }

    private func judgeReset(_ findings: inout Findings) {
        findings.require(.changesSetting, start)
        if endsWith(.all, start + 1) {
            findings.effects.insert(.resetAll)
        } else if meansRole(start + 1) || isSessionAuthorization(start + 1) != nil {
            findings.effects.insert(.resetRole)
        } else {
            findings.effects.insert(.setting)
        }
    }

    private func judgeSet(_ findings: inout Findings) {
        findings.require(.changesSetting, start)
        let scope = keyword(start + 1)
        // SESSION is also the start of SESSION AUTHORIZATION and SESSION CHARACTERISTICS.
        let hasScope =
            (scope == .local || scope == .session) && isName(start + 2)
            && keyword(start + 2) != .to && keyword(start + 2) != .authorization
            && keyword(start + 2) != .characteristics
        let name = hasScope ? start + 2 : start + 1
        switch keyword(name) {
        case .transaction where kind(name + 1) == .word && keyword(name + 1) != .to:
            return judgeSetTransaction(name, hasScope: hasScope, &findings)
        case .constraints where keyword(name + 1) != .to && kind(name + 1) != .ownOperator:
            return
        default: break
        }
        scan(judging: false, into: &findings)
        if hasScope, scope == .local { return }
        noteSetting(name, &findings)
    }

    /// What a SET for the session leaves behind.
    private func noteSetting(_ name: Int, _ findings: inout Findings) {
        if let value = isSessionAuthorization(name) {
            // RESET ROLE does not take this back, so nothing short of DISCARD ALL may seem to.
            let isReset = keyword(value) == .default && value + 1 == stop
            findings.effects.formUnion(isReset ? .resetRole : [.role, .unexamined])
        } else if meansRole(name), kind(name + 1) != .dot {
            let isReset = keyword(name + 1) == .none_ && name + 2 == stop
            findings.effects.insert(isReset ? .resetRole : .role)
        } else {
            findings.effects.insert(.setting)
        }
    }

    /// ROLE, or the setting "role" by its name.
    private func meansRole(_ index: Int) -> Bool { spells("role", index) }

    /// The index after SESSION AUTHORIZATION or the setting's name; nil if it is neither.
    private func isSessionAuthorization(_ index: Int) -> Int? {
        if keyword(index) == .session, keyword(index + 1) == .authorization { return index + 2 }
        return spells("session_authorization", index) ? index + 1 : nil
    }
}
