import Testing

@testable import proxyctl

/// A database with one statement of each kind.
private func report() -> ShadowReport {
    let totals = AdminRows(
        columns: [
            "database", "since_seconds", "sample_rate", "calls", "reads", "compared", "lost",
            "too_large", "too_slow", "forgotten",
        ],
        rows: [["app", "7300", "0.1", "12345", "9876", "812", "5", "1", "0", "0"]])
    let columns = [
        "database", "fingerprint", "verdict", "reason", "calls", "reads", "compared", "failed",
        "stale", "differing", "primary_us", "replica_us", "query",
    ]
    let statements = AdminRows(
        columns: columns,
        rows: [
            [
                "app", "01", "would fail", "a replica refuses it: SQLSTATE 25006", "12", "12",
                "5", "5", "0", "0", "1200", "90", "SELECT * FROM invoices",
            ],
            [
                "app", "02", "would be stale", "a replica was up to 29 ms behind", "9000", "9000",
                "700", "0", "12", "0", "310", "290",
                "SELECT name, email, created_at, updated_at FROM users WHERE id = $1 AND "
                    + "deleted_at IS NULL",
            ],
            [
                "app", "03", "safe", "the same", "864", "864", "107", "0", "0", "0", "50", "61",
                "SELECT ?",
            ],
            [
                "app", "04", "primary", "the statement writes rows", "2469", "0", "0", "0", "0",
                "0", nil, nil, nil,
            ],
        ])
    return ShadowReport(totals: totals, statements: statements)
}

@Suite struct ShadowTextTests {
    @Test func asItIsShown() {
        #expect(
            ShadowText(report: report()).lines.joined(separator: "\n") == """
                app: not ready: of 4 statements 1 would fail, 1 would be stale
                in shadow mode for 2 h, 12.3K calls, 9.8K (80 %) for a replica, 812 compared, 6
                  not comparable

                VERDICT         CALLS  READS  COMPARED  PRIMARY  REPLICA
                would fail         12     12       5/5   1.2 ms    90 us
                  SELECT * FROM invoices
                  why: a replica refuses it: SQLSTATE 25006
                would be stale   9.0K   9.0K    12/700   310 us   290 us
                  SELECT name, email, created_at, updated_at FROM users WHERE id = $1 AND
                  deleted_at IS NULL
                  why: a replica was up to 29 ms behind
                safe              864    864       107    50 us    61 us
                  SELECT ?
                primary          2.4K      0         -        -        -
                  (cannot be told apart from its literals)
                  why: the statement writes rows
                """)
    }

    @Test func everyLineFitsEightyColumns() {
        var report = report()
        report.databases[0].name = String(repeating: "d", count: 63)
        report.databases[0].statements[0].query = String(repeating: "column_name, ", count: 80)
        report.databases[0].statements[1].query = String(repeating: "x", count: 900)
        for index in report.databases[0].statements.indices {
            report.databases[0].statements[index].calls = 999_949_000
            report.databases[0].statements[index].compared = 999_949_000
            report.databases[0].statements[index].failed = 999_949_000
        }
        let lines = ShadowText(report: report).lines
        for line in lines { #expect(line.count <= 80, "\(line)") }
        #expect(lines.count { $0.hasSuffix(" ~") } == 2)
    }

    @Test func theVerdictOnADatabase() {
        var report = report()
        #expect(report.isAlarming)
        report.databases[0].statements.removeFirst()
        #expect(!report.isAlarming)
        #expect(ShadowText(report: report).lines[0].hasPrefix("app: ready, but stale: of 3"))
        report.databases[0].statements.removeFirst()
        #expect(ShadowText(report: report).lines[0] == "app: ready so far")
        report.databases[0].compared = 0
        #expect(ShadowText(report: report).lines[0] == "app: nothing compared yet")
        report.databases = []
        #expect(ShadowText(report: report).lines[0].hasPrefix("no database is in shadow mode"))
    }

    @Test func coloursNeverChangeTheWords() {
        let plain = ShadowText(report: report()).lines
        let coloured = ShadowText(report: report(), colour: true).lines
        #expect(coloured != plain)
        #expect(
            coloured.map { line in
                var text = ""
                var isEscape = false
                for character in line {
                    if character == "\u{1B}" { isEscape = true }
                    if !isEscape { text.append(character) }
                    if character == "m" { isEscape = false }
                }
                return text
            } == plain)
    }
}
