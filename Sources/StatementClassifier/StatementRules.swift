/// Judges one statement by the word it starts with.
extension StatementReader {
    /// What is found out about the statement, which holds at least one token.
    func judge() -> Findings {
        var findings = Findings()
        if kind(start) == .open {
            judgeParenthesised(&findings)
            return findings
        }
        switch keyword(start) {
        case .select, .values, .table: scan(judging: true, into: &findings)
        case .with: judgeWith(&findings)
        case .insert, .update, .delete, .merge, .truncate: take(.writesRows, &findings)
        case .begin, .start, .commit, .end, .rollback, .abort, .savepoint, .release:
            judgeTransaction(&findings)
        case .set, .reset, .discard, .deallocate, .close, .unlisten, .listen, .prepare, .declare:
            judgeSession(&findings)
        case .explain: judgeExplain(&findings)
        case .copy: judgeCopy(&findings)
        default: judgeOther(&findings)
        }
        return findings
    }

    /// A statement that goes to the primary whatever it holds; its calls still have effects.
    func take(_ reason: VerdictReason, _ findings: inout Findings) {
        findings.require(reason, start)
        scan(judging: false, into: &findings)
    }

    /// The findings of a statement inside another one. COPY and EXPLAIN cannot be inside any.
    func judgeInner() -> Findings {
        switch keyword(start) {
        case .copy, .explain:
            var findings = Findings()
            findings.effects.insert(.unexamined)
            findings.require(.unknownSyntax, start)
            return findings
        default: return judge()
        }
    }

    /// Statements without a rule of their own.
    private func judgeOther(_ findings: inout Findings) {
        switch keyword(start) {
        case .create: judgeCreate(&findings)
        case .drop:
            findings.effects.formUnion([.mayRelease, .changesCatalog])
            take(.changesSchema, &findings)
        case .alter, .import:
            findings.effects.insert(.changesCatalog)
            take(.changesSchema, &findings)
        case .comment, .security, .refresh: take(.changesSchema, &findings)
        case .grant, .revoke, .reassign: take(.changesPrivileges, &findings)
        case .vacuum, .analyze, .analyse, .reindex, .cluster, .checkpoint:
            take(.maintenance, &findings)
        case .show: take(.showsSetting, &findings)
        case .notify: take(.notification, &findings)
        case .fetch, .move: take(.cursor, &findings)
        case .execute:
            findings.effects.insert(.usesPreparedName)
            take(.sqlPrepared, &findings)
        case .call: take(.callsProcedure, &findings)
        case .do: judgeBlock(&findings)
        case .lock: take(.locksTable, &findings)
        case .load:
            findings.effects.insert(.load)
            take(.loadsLibrary, &findings)
        default:
            findings.effects.insert(.unexamined)
            findings.require(.unknownStatement, start)
        }
    }

    /// `(SELECT ...) UNION ...`
    private func judgeParenthesised(_ findings: inout Findings) {
        var first = start
        while kind(first) == .open { first += 1 }
        switch keyword(first) {
        case .select, .values, .table, .with: scan(judging: true, into: &findings)
        default:
            findings.effects.insert(.unexamined)
            findings.require(.unknownStatement, start, first)
        }
    }

    /// `WITH ... SELECT`, or a write: at the top the first of these words after the queries' names
    /// and bodies decides. A body in parentheses can only read.
    private func judgeWith(_ findings: inout Findings) {
        var index = start + 1
        var afterQuery = false
        while index < stop {
            switch keyword(index) {
            case .insert, .update, .delete, .merge:
                findings.require(.writesRows, index)
                return scan(judging: false, into: &findings)
            case .select, .values, .table: return scan(judging: true, into: &findings)
            default: break
            }
            if kind(index) == .open {
                if afterQuery { return scan(judging: true, into: &findings) }
                let before = keyword(index - 1)
                afterQuery = before == .as || before == .materialized
                index = partner(index)
            } else {
                afterQuery = false
            }
            index += 1
        }
        findings.require(.unknownSyntax, start)
        findings.effects.insert(.unexamined)
    }

    /// CREATE: temporary objects belong to the connection.
    private func judgeCreate(_ findings: inout Findings) {
        var index = start + 1
        if keyword(index) == .or, keyword(index + 1) == .replace { index += 2 }
        noteTemporary(index, &findings)
        // An index is nothing that a statement names, and may take hours to be made.
        let isTemporary = findings.effects.contains(.temporaryObject)
        if !isTemporary, !spells("index", index), !spells("unique", index) {
            findings.effects.insert(.changesCatalog)
        }
        for word in index..<stop {
            switch keyword(word) {
            case .execute where keyword(word - 1) == .as:
                findings.effects.insert(.usesPreparedName)
            case .commit where keyword(word - 1) == .on && keyword(word + 1) == .drop:
                findings.effects.insert(.mayRelease)
            default: break
            }
        }
        take(.changesSchema, &findings)
    }
}
