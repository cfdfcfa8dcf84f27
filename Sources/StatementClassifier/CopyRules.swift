/// COPY: only what goes out to the client can be a read.
extension StatementReader {
    /// Judges a COPY of a table or a query, to the client or elsewhere.
    func judgeCopy(_ findings: inout Findings) {
        let subject = keyword(start + 1) == .binary ? start + 2 : start + 1
        if kind(subject) == .open {
            let close = partner(subject)
            let query = part(from: subject + 1, to: close)
            guard close > subject + 1 else { return malformedCopy(&findings) }
            let inner = query.judgeInner()
            findings.include(inner, running: true)
            judgeDirection(close + 1, inner, &findings)
        } else {
            judgeTable(subject, &findings)
        }
    }

    /// `COPY schema.table (columns) TO ...`
    private func judgeTable(_ subject: Int, _ findings: inout Findings) {
        var last = subject
        while kind(last + 1) == .dot { last += 2 }
        guard isName(last) else { return malformedCopy(&findings) }
        var inner = Findings()
        part(from: subject, to: last + 1).scan(judging: true, into: &inner)
        findings.include(inner, running: true)
        judgeDirection(after(last + 1) == last + 2 ? last + 1 : after(last + 1), inner, &findings)
    }

    /// TO or FROM at `index`. `TO STDIN` means the same as `TO STDOUT`.
    private func judgeDirection(_ index: Int, _ inner: Findings, _ findings: inout Findings) {
        switch keyword(index) {
        case .from: findings.require(.copiesIn, index)
        case .to:
            guard keyword(index + 1) == .stdout || keyword(index + 1) == .stdin else {
                return findings.require(.copiesToServer, index, index + 1)
            }
            if !inner.isRead { findings.take(inner) }
        default: malformedCopy(&findings)
        }
    }

    private func malformedCopy(_ findings: inout Findings) {
        findings.effects.insert(.unexamined)
        findings.require(.unknownSyntax, start)
    }
}
