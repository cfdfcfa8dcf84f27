import Vocabulary

/// The answer to EXPLAIN ROUTE: where a statement would run now, and each rule that was asked, in
/// the order of deciding.
package struct ExplainedRoute: Sendable, Hashable {
    /// Fixed, so that the command can be described before it is run.
    package static let columns = [
        AdminColumn("step", .int4), AdminColumn("rule"), AdminColumn("finding"),
        AdminColumn("effect"), AdminColumn("change"),
    ]

    /// The node, or `nowhere`.
    package var destination: String
    /// Why there, in words.
    package var reason: String
    package var steps: [ExplainedStep]

    package init(destination: String, reason: String, steps: [ExplainedStep]) {
        self.destination = destination
        self.reason = reason
        self.steps = steps
    }

    /// The destination first, as step 0.
    package var table: AdminTable {
        let head: [AdminValue] = [
            .integer(0), .text("route"), .text(destination), .text(reason), .null,
        ]
        let rows = steps.enumerated().map { index, step -> [AdminValue] in
            [
                .count(index + 1), .text(step.rule), .text(step.finding), .text(step.effect),
                .optional(step.change),
            ]
        }
        return AdminTable(columns: Self.columns, rows: [head] + rows)
    }
}
