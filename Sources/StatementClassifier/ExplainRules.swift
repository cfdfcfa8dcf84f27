/// EXPLAIN: only planned, unless ANALYZE runs the statement.
extension StatementReader {
    /// Judges an EXPLAIN by the statement it explains.
    func judgeExplain(_ findings: inout Findings) {
        let (analyzes, first) = explainOptions(&findings)
        guard first < stop else {
            findings.effects.insert(.unexamined)
            return findings.require(.unknownSyntax, start)
        }
        let inner = part(from: first, to: stop).judgeInner()
        findings.include(inner, running: analyzes)
        guard !inner.isRead else { return }
        if analyzes {
            findings.take(inner)
        } else {
            findings.require(
                .explainsNoRead, inner.firstToken, inner.lastToken, object: inner.object)
        }
    }

    /// Whether ANALYZE is on, and the index of the explained statement.
    private func explainOptions(_ findings: inout Findings) -> (analyzes: Bool, first: Int) {
        if kind(start + 1) == .open, !startsQuery(start + 2) {
            let close = partner(start + 1)
            return (optionsAnalyze(start + 2, close, &findings), close + 1)
        }
        var index = start + 1
        var analyzes = false
        if isAnalyze(index) {
            analyzes = true
            index += 1
        }
        if keyword(index) == .verbose { index += 1 }
        return (analyzes, index)
    }

    /// `EXPLAIN (SELECT ...)` has no options.
    func startsQuery(_ index: Int) -> Bool {
        switch keyword(index) {
        case .select, .with, .table: true
        case .values: kind(index + 1) == .open
        default: kind(index) == .open
        }
    }

    private func isAnalyze(_ index: Int) -> Bool {
        keyword(index) == .analyze || keyword(index) == .analyse
            || kind(index) == .quotedName && spells("analyze", index)
    }

    /// Whether ANALYZE is on in a list of options. Given more than once, or with a value that is
    /// not plainly false, it counts as on.
    private func optionsAnalyze(_ open: Int, _ close: Int, _ findings: inout Findings) -> Bool {
        var analyzes = false
        var index = open
        while index < close {
            if isAnalyze(index), kind(index - 1) == .comma || kind(index - 1) == .open {
                analyzes = analyzes || !isFalse(index + 1, &findings)
            }
            index = after(index)
        }
        return analyzes
    }

    /// FALSE, OFF and 0, also as strings (`defGetBoolean`), with nothing after them.
    private func isFalse(_ index: Int, _ findings: inout Findings) -> Bool {
        guard kind(index + 1) == .comma || kind(index + 1) == .close else { return false }
        if kind(index) == .literal {
            findings.dependsOnLiterals = true
            let token = tokens[index]
            if token.literalKind == .number {
                return token.length == 1 && text.byte(Int(token.offset)) == UInt8(ascii: "0")
            }
            return literal(index, is: "false") || literal(index, is: "off")
        }
        return keyword(index) == .false || keyword(index) == .off
    }
}
