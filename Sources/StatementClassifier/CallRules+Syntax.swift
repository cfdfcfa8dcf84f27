/// The places where a name and a parenthesis are no call (src/backend/parser/gram.y).
extension StatementReader {
    /// Whether the name at `index`, which a `(` follows, surely calls nothing. False when in doubt.
    func isNoCall(_ index: Int, _ grouping: GroupingClause) -> Bool {
        // The arguments of a call are expressions: a bare subquery is none.
        switch keyword(index + 2) {
        case .select, .with, .table: return true
        default: break
        }
        let first = startOfName(index)
        // x::name(...), CAST(x AS name(...)), FROM f() AS alias(...), WITH a AS MATERIALIZED (...).
        // A sampling method is judged where TABLESAMPLE is.
        switch keyword(first - 1) {
        case .as, .tablesample: return true
        default: if kind(first - 1) == .typecast { return true }
        }
        guard first == index else { return false }
        switch tokens[index].wordClass {
        case .reserved: return true
        case .columnName: return true
        case .unreserved:
            return endsOperand(index - 1) && !isAliasLike(index - 1) || isSyntax(index, grouping)
                || isAlias(index) || isQueryName(index)
        case .functionName:
            return isInfix(index)
        case .name: return isAlias(index) || isQueryName(index)
        }
    }

    /// Whether the operand that ends at `index` could also be a word of a syntax that is not known
    /// here, so that what follows it needs a second look.
    private func isAliasLike(_ index: Int) -> Bool {
        kind(index) == .word || kind(index) == .quotedName
    }

    /// `FROM f() t(a, b)`, `FROM x t(a int, b text)`: an operand, a name, and in the parentheses a
    /// list of names.
    private func isAlias(_ index: Int) -> Bool {
        guard endsOperand(index - 1), isName(index + 2) else { return false }
        let next = kind(index + 3)
        return next == .comma || next == .close || isName(index + 3)
    }

    /// `WITH t(a, b) AS (SELECT ...)`, also after a comma.
    private func isQueryName(_ index: Int) -> Bool {
        let before = keyword(index - 1)
        guard before == .with || before == .recursive || kind(index - 1) == .comma else {
            return false
        }
        var next = partner(index + 1) + 1
        guard keyword(next) == .as else { return false }
        next += 1
        if keyword(next) == .not { next += 1 }
        if keyword(next) == .materialized { next += 1 }
        guard kind(next) == .open else { return false }
        while kind(next) == .open { next += 1 }
        switch keyword(next) {
        case .select, .with, .table: return true
        case .values: return kind(next + 1) == .open
        case .insert, .update, .delete, .merge: return true
        default: return false
        }
    }

    /// Unreserved keywords that a parenthesis follows by the grammar.
    private func isSyntax(_ index: Int, _ grouping: GroupingClause) -> Bool {
        let before = keyword(index - 1)
        switch keyword(index) {
        case .by: return before == .order || before == .group || before == .partition
        case .first, .next: return before == .fetch
        case .value, .ref: return before == .by && keyword(index - 2) == .passing
        case .operator:
            let last = kind(partner(index + 1) - 1)
            return last == .ownOperator || last == .foreignOperator
        case .zone: return before == .time
        case .sets: return before == .grouping
        case .cube, .rollup:
            let startsItem =
                kind(index - 1) == .comma || kind(index - 1) == .open || before == .by
                || before == .distinct || before == .all
            return startsItem && (grouping.isDirect || keyword(grouping.enclosing - 1) == .sets)
        case .materialized: return before == .not && keyword(index - 2) == .as
        case .varying:
            return before == .char || before == .character || before == .nchar || before == .bit
        case .second:
            return (before == .interval || before == .to) && kind(index + 2) == .literal
                && kind(index + 3) == .close
        default: return false
        }
    }

    /// Words that may name functions but stand between two operands here: `a LIKE (...)`,
    /// `a JOIN (...)`.
    private func isInfix(_ index: Int) -> Bool {
        let before = keyword(index - 1)
        switch keyword(index) {
        case .like, .ilike: return endsOperand(index - 1) || before == .not
        case .join:
            switch before {
            case .left, .right, .full, .inner, .outer, .cross, .natural: return true
            default: return endsOperand(index - 1)
            }
        default: return false
        }
    }
}
