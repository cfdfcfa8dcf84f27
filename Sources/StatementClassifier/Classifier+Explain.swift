import Vocabulary

/// Something in a text that keeps it from replicas.
package struct TextFinding: Sendable, Hashable {
    /// Which statement of the string, from 1.
    package var statement: Int
    package var reason: VerdictReason
    /// The bytes that it is about (offset and length); both 0 if there are none in particular.
    package var offset = 0
    package var length = 0
    /// Of the catalog facts: the object that is the matter; -1: none is.
    package var object: Int32 = -1

    package init(statement: Int, reason: VerdictReason, offset: Int = 0, length: Int = 0) {
        self.statement = statement
        self.reason = reason
        self.offset = offset
        self.length = length
    }
}

extension Classifier {
    /// All that keeps a text from replicas, where `classify` tells the first of it; empty for what
    /// may run there.
    /// - Parameters:
    ///   - scope: what is known of the session's database; nil: nothing.
    ///   - limit: no more than so many.
    package mutating func findings(
        _ text: RawSpan, in scope: CatalogScope? = nil, limit: Int = 20
    ) -> [TextFinding] {
        let verdict = classify(text, in: scope)
        guard verdict.route == .primary, !verdict.reason.isOfWholeText else {
            return verdict.route == .primary
                ? [
                    TextFinding(
                        statement: 1, reason: verdict.reason,
                        offset: verdict.decidingOffset, length: verdict.decidingLength)
                ] : []
        }
        let tokens = tape.tokens.span
        var list = StatementList(tokens)
        var found: [TextFinding] = []
        var number = 0
        while let range = list.nextStatement() {
            number += 1
            let whole = reader(text, tokens, range, scope)
            var next = whole.judge()
            while !next.isRead, found.count < limit {
                let last = max(next.lastToken, next.firstToken)
                found.append(finding(number, next))
                // What a statement is decides alone; what it holds may be there more than once.
                guard next.reason.isOfContent, last >= 0, last + 1 < range.upperBound else {
                    break
                }
                next = Findings()
                whole.part(from: last + 1, to: range.upperBound).scan(judging: true, into: &next)
            }
        }
        return found
    }

    private func finding(_ number: Int, _ findings: Findings) -> TextFinding {
        var finding = TextFinding(statement: number, reason: findings.reason)
        finding.object = findings.object
        guard findings.firstToken >= 0, findings.firstToken < tape.count else { return finding }
        let first = tape.tokens[findings.firstToken]
        let last = tape.tokens[min(findings.lastToken, tape.count - 1)]
        finding.offset = Int(first.offset)
        finding.length = Int(last.offset) + last.length - finding.offset
        return finding
    }
}

extension VerdictReason {
    /// For this reason the tape does not hold the tokens of the whole text.
    fileprivate var isOfWholeText: Bool {
        self == .malformed || self == .ambiguousQuoting || self == .tooLong
            || self == .unsafeEncoding
    }
}
