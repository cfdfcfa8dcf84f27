import ArgumentParser

/// `proxyctl shadow`
struct ShadowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shadow",
        abstract: "Tells what reads would do on replicas, of databases in shadow mode.",
        discussion: """
            Exit codes: 0 nothing would fail or give another answer, 1 something would, \
            2 unreachable.
            """)

    @ParentCommand var parent: Proxyctl
    @OptionGroup var place: ConfigurationOption

    @Option(name: .shortAndLong, help: "Only this database, as clients name it.")
    var database: String?

    @Flag(help: "Print a JSON object.")
    var json = false

    func run() throws {
        let place = self.place.or(parent.place)
        let report = ShadowReport(
            totals: try place.ask("SHOW SHADOW_TOTALS"), statements: try place.ask("SHOW SHADOW"),
            only: database)
        if json {
            Terminal.show(report.json.written())
        } else {
            for line in ShadowText(report: report, colour: Terminal.hasColour).lines {
                Terminal.show(line)
            }
        }
        if report.isAlarming { throw Outcome.degraded }
    }
}

extension ShadowReport {
    /// The object of `shadow --json`. Keys are only ever added; what is unknown is null.
    var json: JSONText { .object([("databases", .list(databases.map(\.json)))]) }
}

extension ShadowReport.Database {
    fileprivate var json: JSONText {
        .object([
            ("database", .text(name)), ("sinceSeconds", .number(sinceSeconds)),
            ("sampleRate", .text(sampleRate)), ("calls", .number(calls)),
            ("reads", .number(reads)), ("compared", .number(compared)), ("lost", .number(lost)),
            ("forgotten", .number(forgotten)), ("statements", .list(statements.map(\.json))),
        ])
    }
}

extension ShadowReport.Statement {
    fileprivate var json: JSONText {
        .object([
            ("fingerprint", .text(fingerprint)), ("verdict", .text(verdict)),
            ("reason", .text(reason)), ("calls", .number(calls)), ("reads", .number(reads)),
            ("compared", .number(compared)), ("same", .number(same)), ("failed", .number(failed)),
            ("stale", .number(stale)), ("differing", .number(differing)),
            ("unsteady", .number(unsteady)), ("sqlstate", .optional(sqlState)),
            ("staleMillis", .optional(staleMilliseconds)),
            ("primaryMicros", .optional(primaryMicroseconds)),
            ("replicaMicros", .optional(replicaMicroseconds)), ("tooLarge", .number(tooLarge)),
            ("tooSlow", .number(tooSlow)), ("lost", .number(lost)), ("query", .optional(query)),
        ])
    }
}
