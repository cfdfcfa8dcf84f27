import StatementClassifier

/// Puts the classifier's verdicts beside the parser's judgements.
struct Comparison {
    struct Report: CustomStringConvertible {
        var parsed = 0
        /// Routed to a replica.
        var reads = 0
        /// Reads by the parser.
        var oracleReads = 0
        /// Reads by the parser that the classifier sends to the primary.
        var cautious = 0
        var obstacles = 0
        var failures: [String] = []

        var description: String {
            "\(parsed) parsed, \(reads) to a replica, \(oracleReads) reads by the parser, "
                + "\(cautious) of them to the primary, \(obstacles) with obstacles"
        }
    }

    private let oracle: ParserOracle

    init() throws { oracle = try ParserOracle() }

    func run(_ statements: [String]) throws -> Report {
        var classifier = Classifier(seed: 99)
        var report = Report()
        for sql in statements {
            guard let judgement = try oracle.judge(sql) else { continue }
            let bytes = Array(sql.utf8)
            let verdict = classifier.classify(bytes.span.bytes)
            report.parsed += 1
            if judgement.obstacle == nil { report.oracleReads += 1 } else { report.obstacles += 1 }
            if verdict.route == .replica { report.reads += 1 }
            if verdict.route == .primary, judgement.obstacle == nil { report.cautious += 1 }
            if let complaint = complaint(verdict, judgement), report.failures.count < 20 {
                report.failures.append("\(complaint): \(sql)")
            }
        }
        print("oracle: \(report)")
        return report
    }

    /// What is wrong with the verdict, if PostgreSQL accepts the text.
    private func complaint(_ verdict: StatementVerdict, _ judgement: OracleJudgement) -> String? {
        if verdict.route == .replica, let obstacle = judgement.obstacle {
            return "a replica got \(obstacle)"
        }
        if verdict.reason == .malformed { return "called malformed" }
        if verdict.statementCount != judgement.statementCount {
            return "\(verdict.statementCount) statements, not \(judgement.statementCount)"
        }
        // A text that was not examined may have done anything.
        if !verdict.effects.contains(.unexamined),
            !verdict.effects.isSuperset(of: judgement.effects.intersection(Self.gains))
        {
            return "effects \(verdict.effects.rawValue) lack \(judgement.effects.rawValue)"
        }
        let losses = verdict.effects.intersection(Self.losses)
        if !losses.isSubset(of: judgement.effects) {
            return "effects \(verdict.effects.rawValue) take away what the statement leaves"
        }
        return transactionComplaint(verdict.transaction, judgement.transaction)
    }

    private func transactionComplaint(
        _ verdict: TransactionVerb, _ judgement: TransactionVerb
    ) -> String? {
        switch verdict {
        case .none: return judgement == .none ? nil : "transaction control overlooked"
        case .setTransaction: return judgement == .other ? nil : "no SET TRANSACTION"
        case .other: return judgement == .none ? "no transaction control" : nil
        case .begin, .commit, .rollback:
            return verdict == judgement ? nil : "\(verdict), not \(judgement)"
        }
    }

    private static let gains: SessionEffects = [
        .setting, .role, .temporaryObject, .listen, .advisoryLock, .holdCursor, .sqlPrepared,
        .load, .sequence,
    ]
    private static let losses: SessionEffects = [
        .discardAll, .deallocateAll, .unlistenAll, .resetAll, .closeAll, .discardTemporary,
    ]
}
