/// Transaction control. A verb is reported only if the statement is well formed to its last token:
/// whoever answers it in the server's place must not accept what the server would refuse.
extension StatementReader {
    /// Judges a statement that begins, ends or marks a transaction.
    func judgeTransaction(_ findings: inout Findings) {
        findings.require(.transactionControl, start, stop - 1)
        findings.transaction = transactionVerb() ?? .other
    }

    private func transactionVerb() -> TransactionVerb? {
        switch keyword(start) {
        case .begin:
            modes(from: afterNoise(start + 1), mayBeEmpty: true).map(TransactionVerb.begin)
        case .start:
            keyword(start + 1) == .transaction
                ? modes(from: start + 2, mayBeEmpty: true).map(TransactionVerb.begin) : nil
        case .commit, .end: endsPlainly(afterNoise(start + 1)) ? .commit : nil
        case .rollback, .abort: endsPlainly(afterNoise(start + 1)) ? .rollback : nil
        default: nil
        }
    }

    /// SET TRANSACTION with the word TRANSACTION at `index`.
    func judgeSetTransaction(_ index: Int, hasScope: Bool, _ findings: inout Findings) {
        let modes = hasScope ? nil : modes(from: index + 1, mayBeEmpty: false)
        findings.transaction = modes.map(TransactionVerb.setTransaction) ?? .other
    }

    /// The index after WORK or TRANSACTION, if one of them is at `index`.
    private func afterNoise(_ index: Int) -> Int {
        keyword(index) == .work || keyword(index) == .transaction ? index + 1 : index
    }

    /// Whether nothing, or AND NO CHAIN, is left from `index` on.
    private func endsPlainly(_ index: Int) -> Bool {
        index == stop
            || keyword(index) == .and && keyword(index + 1) == .no && keyword(index + 2) == .chain
                && index + 3 == stop
    }

    /// The modes from `index` to the end, with optional commas between them; nil if malformed or if
    /// one is given twice, which the server may refuse by where it runs.
    func modes(from first: Int, mayBeEmpty: Bool) -> TransactionModes? {
        var modes = TransactionModes()
        var deferrableGiven = false
        var index = first
        if index == stop { return mayBeEmpty ? modes : nil }
        while true {
            switch keyword(index) {
            case .isolation:
                guard keyword(index + 1) == .level, modes.isolation == .unspecified,
                    let (level, next) = isolation(index + 2)
                else { return nil }
                modes.isolation = level
                index = next
            case .read:
                guard modes.access == .unspecified else { return nil }
                switch keyword(index + 1) {
                case .only: modes.access = .readOnly
                case .write: modes.access = .readWrite
                default: return nil
                }
                index += 2
            case .not, .deferrable:
                let negated = keyword(index) == .not
                if negated { index += 1 }
                guard keyword(index) == .deferrable, !deferrableGiven else { return nil }
                deferrableGiven = true
                modes.isDeferrable = !negated
                index += 1
            default: return nil
            }
            if index == stop { return modes }
            if kind(index) == .comma { index += 1 }
        }
    }

    /// The isolation level at `index` and the index after it.
    private func isolation(_ index: Int) -> (TransactionModes.Isolation, Int)? {
        switch (keyword(index), keyword(index + 1)) {
        case (.serializable, _): (.serializable, index + 1)
        case (.read, .uncommitted): (.readUncommitted, index + 2)
        case (.read, .committed): (.readCommitted, index + 2)
        case (.repeatable, .read): (.repeatableRead, index + 2)
        default: nil
        }
    }
}
