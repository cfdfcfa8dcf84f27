/// Looks through a statement for whatever keeps it from a replica or touches the session.
extension StatementReader {
    /// Collects what the tokens hold. While `judging`, what must run on the primary is recorded as
    /// the reason; otherwise, as in an INSERT, only effects are.
    func scan(judging: Bool, into findings: inout Findings) {
        var grouping = GroupingClause()
        var index = start
        while index < stop {
            let token = tokens[index]
            switch token.kind {
            case .word:
                examineWord(index, token, judging, &grouping, &findings)
            case .quotedName:
                examineName(index, token, judging, grouping, &findings)
            case .unicodeName:
                findings.effects.insert(.unexamined)
                if judging { findings.require(.unicodeName, index) }
            case .foreignOperator:
                if judging { examineOperatorName(index, &findings) }
            case .ownOperator:
                if watchesOwnOperators, judging { examineOperatorName(index, &findings) }
            case .open: grouping.enclosing = index
            case .close: grouping.leave(outer: outer(index))
            case .literal, .parameter, .openBracket, .closeBracket, .comma, .semicolon, .dot,
                .dotDot, .colon, .typecast, .assign, .arrow:
                break
            }
            index &+= 1
        }
    }

    @inline(__always)
    private func examineWord(
        _ index: Int, _ token: Token, _ judging: Bool, _ grouping: inout GroupingClause,
        _ findings: inout Findings
    ) {
        if token.keyword != .none, judging {
            examineKeyword(index, token.keyword, &grouping, &findings)
        }
        if token.wordClass != .reserved {
            examineName(index, token, judging, grouping, &findings)
        }
    }

    /// A name that is followed by `(`, or that means something wherever it stands.
    @inline(__always)
    private func examineName(
        _ index: Int, _ token: Token, _ judging: Bool, _ grouping: GroupingClause,
        _ findings: inout Findings
    ) {
        if watchesNames, judging, findings.isRead {
            examineCatalogName(index, grouping.enclosing, &findings)
        }
        if kind(index &+ 1) == .open {
            examineCall(index, judging: judging, grouping: grouping, into: &findings)
        } else if token.startsWithPg {
            examinePgName(index, judging: judging, into: &findings)
        } else if token.keyword != .none {
            examineColumn(index, token.keyword, judging, &findings)
        }
    }

    /// Keywords that a plain read does not hold, wherever they stand.
    private func examineKeyword(
        _ index: Int, _ keyword: Keyword, _ grouping: inout GroupingClause,
        _ findings: inout Findings
    ) {
        switch keyword {
        case .into:
            noteTemporary(index + 1, &findings)
            findings.require(.selectsInto, index)
        case .for: examineFor(index, &findings)
        case .insert, .update, .delete, .merge:
            // As the name of a column these words are rare: then the primary runs the query.
            if kind(index - 1) != .dot { findings.require(.writingQuery, index) }
        case .operator: examineOperator(index, &findings)
        case .treat:
            if kind(index + 1) == .open { findings.require(.unknownSyntax, index) }
        case .tablesample: examineSampling(index, &findings)
        case .group:
            if self.keyword(index + 1) == .by { grouping.begin() }
        case .currentDate, .currentTime, .currentTimestamp, .localtime, .localtimestamp:
            findings.readsClock = true
        case .having, .window, .order, .limit, .offset, .fetch, .union, .intersect, .except:
            grouping.end()
        default: break
        }
    }

    /// TEMP or TEMPORARY, perhaps after LOCAL or GLOBAL: what is created belongs to the connection.
    func noteTemporary(_ index: Int, _ findings: inout Findings) {
        let word = keyword(index)
        let next = word == .local || word == .global ? keyword(index + 1) : word
        if next == .temp || next == .temporary { findings.effects.insert(.temporaryObject) }
    }

    /// FOR UPDATE, FOR NO KEY UPDATE, FOR SHARE, FOR KEY SHARE; not FOR READ ONLY, nor the FOR of
    /// substring().
    private func examineFor(_ index: Int, _ findings: inout Findings) {
        switch keyword(index + 1) {
        case .update, .share: findings.require(.locksRows, index, index + 1)
        case .no where keyword(index + 2) == .key: findings.require(.locksRows, index, index + 3)
        case .key where keyword(index + 2) == .share:
            findings.require(.locksRows, index, index + 2)
        default: break
        }
    }

    /// OPERATOR(schema.name): only pg_catalog holds PostgreSQL's own.
    private func examineOperator(_ index: Int, _ findings: inout Findings) {
        guard kind(index + 1) == .open, isName(index + 2) else { return }
        if let ruling = qualifiedOperator(index) {
            return apply(ruling, or: .foreignOperator, index, partner(index + 1), &findings)
        }
        if meaning(index + 2) != .pgCatalog || isName(index + 4) {
            findings.require(.foreignOperator, index, partner(index + 1))
        }
    }

    /// TABLESAMPLE method(...): BERNOULLI and SYSTEM are PostgreSQL's own.
    private func examineSampling(_ index: Int, _ findings: inout Findings) {
        let method = meaning(index + 1)
        guard kind(index + 2) == .open, method == .bernoulli || method == .system else {
            return findings.require(.unknownSampling, index, index + 1)
        }
    }

    /// Names that start with `pg_` and call nothing: temporary schemas, views of one server's own
    /// state, and functions written as columns.
    private func examinePgName(_ index: Int, judging: Bool, into findings: inout Findings) {
        guard meaning(index) != .pgCatalog else { return }
        let (offset, length) = nameBytes(index)
        if isTemporarySchema(offset, length) {
            findings.effects.insert(.temporaryObject)
            if judging { findings.require(.temporaryObject, index) }
        } else if text.hasPrefix("pg_stat_", at: offset) || text.hasPrefix("pg_statio_", at: offset)
        {
            if judging { findings.require(.nodeView, index) }
        } else if judging, let known = knownName(index), let reason = known.reason {
            findings.require(reason, index)
        }
    }

    /// `pg_temp`, `pg_temp_3`, `pg_toast_temp_3`.
    private func isTemporarySchema(_ offset: Int, _ length: Int) -> Bool {
        text.hasPrefix("pg_temp", at: offset)
            && (length == 7 || text.byteOrZero(offset + 7) == UInt8(ascii: "_"))
            || text.hasPrefix("pg_toast_temp_", at: offset)
    }

    /// Columns that a sequence has, and functions written as columns.
    private func examineColumn(
        _ index: Int, _ keyword: Keyword, _ judging: Bool, _ findings: inout Findings
    ) {
        switch keyword {
        case .lastValue, .logCount, .isCalled:
            if judging, self.keyword(index - 1) != .as { findings.require(.readsSequence, index) }
        default:
            guard keyword.mayBeCalledAsColumn, kind(index - 1) == .dot else { return }
            let known = knownName(index)
            findings.effects.formUnion(known?.effects ?? [])
            if keyword == .currval { findings.effects.insert(.readsSequence) }
            if judging { findings.require(known?.reason ?? .volatileFunction, index) }
        }
    }
}

/// Whether the scan is inside a GROUP BY clause, where CUBE(...) and ROLLUP(...) are no calls.
struct GroupingClause {
    /// The index of the `(` that the scan is in; -1 at the top.
    var enclosing = -1
    /// The value of `enclosing` where the clause started; nil outside such a clause.
    private var begun: Int?

    /// GROUP BY was read.
    mutating func begin() { begun = enclosing }

    /// A word was read that ends a GROUP BY clause of the same level.
    mutating func end() {
        if begun == enclosing { begun = nil }
    }

    /// A `)` was read; `outer` is the `(` around it.
    mutating func leave(outer: Int) {
        if begun == enclosing { begun = nil }
        enclosing = outer
    }

    /// Whether the scan is in a GROUP BY clause, and not deeper in parentheses.
    var isDirect: Bool { begun == enclosing }
}
