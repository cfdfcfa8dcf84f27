import Telemetry

/// SHOW SHADOW: one row per statement of a database in shadow mode, those first that a replica
/// would do worst.
enum ShowShadow: AdminReporting {
    static let columns = [
        AdminColumn("database"), AdminColumn("fingerprint"), AdminColumn("verdict"),
        AdminColumn("reason"), AdminColumn("calls", .int8), AdminColumn("reads", .int8),
        AdminColumn("compared", .int8), AdminColumn("same", .int8), AdminColumn("failed", .int8),
        AdminColumn("stale", .int8), AdminColumn("differing", .int8),
        AdminColumn("unsteady", .int8), AdminColumn("sqlstate"), AdminColumn("stale_ms", .int8),
        AdminColumn("primary_us", .int8), AdminColumn("replica_us", .int8),
        AdminColumn("too_large", .int8), AdminColumn("too_slow", .int8),
        AdminColumn("lost", .int8), AdminColumn("query"),
    ]

    static func rows(_ facts: AdminFacts) -> [[AdminValue]] {
        facts.work.shadows.sorted { $0.key < $1.key }.flatMap { database, shadow in
            ordered(shadow.statements).map { row(database, $0.key, $0.value) }
        }
    }

    /// By verdict, the worst first, then by calls.
    private static func ordered(
        _ statements: [UInt64: ShadowStatement]
    ) -> [(key: UInt64, value: ShadowStatement)] {
        let ranks = ShadowStatement.Verdict.allCases
        return statements.sorted { one, other in
            let (rank, otherRank) = (
                ranks.firstIndex(of: one.value.verdict) ?? 0,
                ranks.firstIndex(of: other.value.verdict) ?? 0
            )
            if rank != otherRank { return rank < otherRank }
            if one.value.calls != other.value.calls { return one.value.calls > other.value.calls }
            return one.key < other.key
        }
    }

    private static func row(
        _ database: String, _ fingerprint: UInt64, _ statement: ShadowStatement
    ) -> [AdminValue] {
        let isEndless = statement.staleIsEndless
        return [
            .text(database), .text(fingerprint.hexadecimal), .text(statement.verdict.rawValue),
            .text(statement.reason), .count(statement.calls), .count(statement.reads),
            .count(statement.compared), .count(statement.same), .count(statement.failed),
            .count(statement.stale), .count(statement.differing), .count(statement.unsteady),
            .optional(statement.state),
            statement.stale > 0 && !isEndless ? .count(statement.staleMilliseconds) : .null,
            .optional(statement.primaryTimes.median), .optional(statement.replicaTimes.median),
            .count(statement.tooLarge), .count(statement.tooSlow), .count(statement.lost),
            .optional(statement.text),
        ]
    }
}

extension ShadowStatement {
    /// What its verdict means, in words that an operator reads.
    fileprivate var reason: String {
        switch verdict {
        case .differs: "a replica that has caught up gives another answer, for good"
        case .wouldFail: "a replica refuses it: SQLSTATE \(state ?? "not known")"
        case .wouldBeStale:
            staleIsEndless
                ? "a replica was too far behind to be waited for"
                : "a replica was up to \(staleMilliseconds) ms behind"
        case .unsteady: "another answer each time, on the primary too, as random() and now() give"
        case .safe: "a replica gave the same answer each time"
        case .notCompared: whyNot
        case .primary: cause ?? "not known"
        }
    }

    private var whyNot: String {
        if tooLarge > 0 { return "its answers are too large to be compared" }
        if tooSlow > 0 { return "a replica takes too long for it" }
        return lost > 0 ? "no comparison came to an end" : "no sample was taken"
    }
}

/// SHOW SHADOW_TOTALS: one row per database in shadow mode.
enum ShowShadowTotals: AdminReporting {
    static let columns = [
        AdminColumn("database"), AdminColumn("since_seconds", .int8),
        AdminColumn("sample_rate"), AdminColumn("statements", .int8),
        AdminColumn("calls", .int8), AdminColumn("reads", .int8), AdminColumn("compared", .int8),
        AdminColumn("same", .int8), AdminColumn("failed", .int8), AdminColumn("stale", .int8),
        AdminColumn("differing", .int8), AdminColumn("unsteady", .int8),
        AdminColumn("too_large", .int8), AdminColumn("too_slow", .int8),
        AdminColumn("lost", .int8), AdminColumn("forgotten", .int8),
    ]

    static func rows(_ facts: AdminFacts) -> [[AdminValue]] {
        facts.work.shadows.sorted { $0.key < $1.key }.map { database, shadow in
            var sum = ShadowStatement()
            for statement in shadow.statements.values { sum.add(statement) }
            return [
                .text(database), .count(shadow.sinceMilliseconds / 1_000),
                .text("\(shadow.sampleRate)"), .count(shadow.statements.count),
                .count(sum.calls), .count(sum.reads), .count(sum.compared), .count(sum.same),
                .count(sum.failed), .count(sum.stale), .count(sum.differing),
                .count(sum.unsteady), .count(sum.tooLarge), .count(sum.tooSlow),
                .count(sum.lost), .count(shadow.forgotten),
            ]
        }
    }
}
