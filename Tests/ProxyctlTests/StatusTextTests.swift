import Testing

@testable import proxyctl

/// A primary, a replica that lags, and one that is down.
private func degraded() -> StatusReport {
    var report = StatusReport(
        verdict: .degraded, findings: ["replica pg3 is down: connection refused"])
    report.version = "0.1.0"
    report.uptimeSeconds = 11_000
    report.workers = 2
    report.clients = 1_204
    var pg1 = StatusReport.Node(cluster: "main", name: "pg1", host: "10.0.0.1", port: 5432)
    (pg1.role, pg1.state, pg1.sinceSeconds) = ("primary", "up", 11_000)
    (pg1.inUse, pg1.idle, pg1.waiting, pg1.writes) = (12, 8, 3, 340_211)
    var pg2 = StatusReport.Node(cluster: "main", name: "pg2", host: "10.0.0.2", port: 5432)
    (pg2.role, pg2.state, pg2.sinceSeconds) = ("replica", "up", 300)
    (pg2.lagMilliseconds, pg2.lagBytes, pg2.reads) = (7, 128, 1_234_567)
    var pg3 = StatusReport.Node(cluster: "main", name: "pg3", host: "10.0.0.3", port: 5432)
    (pg3.role, pg3.state, pg3.sinceSeconds, pg3.errors) = ("replica", "down", 40, 2)
    (pg3.lagBytes, pg3.reason) = (3_700_000_000, "connection refused")
    report.nodes = [pg1, pg2, pg3]
    var pool = StatusReport.Pool(cluster: "main", node: "pg1", database: "app", user: "app")
    (pool.mode, pool.size, pool.inUse, pool.waiting) = ("transaction", 20, 20, 3)
    pool.maxWaitMilliseconds = 1_250
    var calm = pool
    (calm.user, calm.waiting) = ("reporting", 0)
    report.pools = [pool, calm]
    return report
}

@Suite struct StatusTextTests {
    @Test func aDegradedProxyAsItIsShown() {
        #expect(
            StatusText(report: degraded()).lines.joined(separator: "\n") == """
                degraded: replica pg3 is down: connection refused
                switchyard 0.1.0, up 3 h, 1.2K clients, 2 workers

                NODE  ROLE     STATE  SINCE        LAG  USED  IDLE  WAIT  READS  WRITES  ERRORS
                pg1   primary  up     3 h ago        -    12     8     3      0    340K       0
                pg2   replica  up     5 m ago     7 ms     0     0     0   1.2M       0       0
                pg3   replica  down   40 s ago  3.4 GB     0     0     0      0       0       2

                DATABASE  USER  NODE  MODE         USED  SIZE  WAIT  LONGEST
                app       app   pg1   transaction    20    20     3    1.2 s
                """)
    }

    @Test func timelinesAreShownWhereTheyDiffer() {
        var report = degraded()
        report.pools = []
        for index in report.nodes.indices { report.nodes[index].timeline = 3 }
        #expect(StatusText(report: report).lines.last?.hasPrefix("pg3") == true)
        report.nodes[2].timeline = 2
        #expect(StatusText(report: report).lines.last == "timelines: pg1 3, pg2 3, pg3 2")
    }

    @Test func aHealthyProxySaysSoFirst() {
        var report = degraded()
        (report.verdict, report.findings, report.pools) = (.healthy, [], [])
        #expect(StatusText(report: report).lines[0] == "healthy")
        #expect(StatusText(report: report).lines.last?.hasPrefix("pg3") == true)
    }

    @Test func anUnreachableProxyIsOneLine() {
        let report = StatusReport(unreachable: "connection refused")
        #expect(StatusText(report: report).lines == ["unreachable: connection refused"])
    }

    @Test func everyLineFitsEightyColumns() {
        var report = degraded()
        report.findings.append(String(repeating: "what went wrong was long, ", count: 9))
        report.findings.append(String(repeating: "x", count: 300))
        for index in report.nodes.indices {
            report.nodes[index].name = "postgres-production-\(index).example.com"
            report.nodes[index].sinceSeconds = 86_400 * 4_000
            report.nodes[index].state = "unknown"
            report.nodes[index].lagMilliseconds = nil
            report.nodes[index].lagBytes = 1_000 * 1_024 * 1_024
            report.nodes[index].inUse = 99_949
            report.nodes[index].idle = 99_949
            report.nodes[index].waiting = 99_949
            report.nodes[index].reads = 999_949_000_000
            report.nodes[index].writes = 999_949_000_000
            report.nodes[index].errors = 999_949_000_000
        }
        report.pools[0].database = String(repeating: "d", count: 63)
        report.pools[0].user = String(repeating: "u", count: 63)
        for line in StatusText(report: report).lines {
            #expect(line.count <= 80, "\(line)")
        }
        let shown = StatusText(report: report).lines.joined()
        #expect(shown.contains("postg"), "a cut name keeps its beginning")
    }

    @Test func clustersAreShownApart() {
        var report = degraded()
        report.nodes[2].cluster = "archive"
        let lines = StatusText(report: report).lines
        #expect(lines.filter { $0.hasPrefix("cluster ") } == ["cluster main", "cluster archive"])
    }

    @Test func colourAddsNothingButEscapes() {
        let plain = StatusText(report: degraded()).lines
        let coloured = StatusText(report: degraded(), colour: true).lines
        #expect(coloured[0].hasPrefix("\u{1B}[33mdegraded\u{1B}[0m: "))
        #expect(coloured.joined().contains("\u{1B}[31mdown\u{1B}[0m"))
        #expect(coloured.map(withoutEscapes) == plain)
        #expect(!plain.joined().contains("\u{1B}"))
    }

    private func withoutEscapes(_ line: String) -> String {
        line.split(separator: "\u{1B}", omittingEmptySubsequences: false).enumerated()
            .map { $0 == 0 ? String($1) : String($1.drop { $0 != "m" }.dropFirst()) }.joined()
    }

    @Test func colourNeedsATerminalThatWantsIt() {
        #expect(Terminal.wantsColour(isTerminal: true, noColour: nil, term: "xterm"))
        #expect(Terminal.wantsColour(isTerminal: true, noColour: "", term: "xterm"))
        #expect(!Terminal.wantsColour(isTerminal: true, noColour: "1", term: "xterm"))
        #expect(!Terminal.wantsColour(isTerminal: false, noColour: nil, term: "xterm"))
        #expect(!Terminal.wantsColour(isTerminal: true, noColour: nil, term: "dumb"))
    }

    @Test func wrappingKeepsEveryWord() {
        let text = "one two three four five six seven"
        let lines = wrapped(text, width: 12)
        #expect(lines.allSatisfy { $0.count <= 12 })
        #expect(lines.joined(separator: " ").split(separator: " ").joined(separator: " ") == text)
        #expect(wrapped("", width: 12) == [])
        #expect(wrapped("abcdefgh", width: 4).joined().filter { $0 != " " } == "abcdefgh")
    }
}

@Suite struct StatusReportTests {
    private let version = AdminRows(
        columns: ["version", "uptime_seconds", "clients"], rows: [["0.1.0", "5", "3"]])

    @Test func isReadOffTheRows() {
        let report = StatusReport(
            health: AdminRows(
                columns: ["verdict", "finding"], rows: [["degraded", "a"], ["degraded", "b"]]),
            version: version,
            status: AdminRows(
                columns: ["cluster", "node", "lag_ms", "reads"],
                rows: [["main", "pg1", nil, "77"]]),
            pools: AdminRows(columns: ["node", "waiting"], rows: [["pg1", "4"]]))
        #expect(report.verdict == .degraded)
        #expect(report.findings == ["a", "b"])
        #expect(report.clients == 3)
        #expect(report.workers == nil)
        #expect(report.nodes[0].reads == 77)
        #expect(report.nodes[0].lagMilliseconds == nil)
        #expect(report.pools[0].waiting == 4)
    }

    @Test func oneHealthyRowIsHealthy() {
        let none = AdminRows(columns: [], rows: [])
        let report = StatusReport(
            health: AdminRows(columns: ["verdict", "finding"], rows: [["healthy", nil]]),
            version: none, status: none, pools: none)
        #expect(report.verdict == .healthy)
        #expect(report.findings.isEmpty)
    }

    @Test func jsonHasItsKeysInOrderAndNullsForTheUnknown() {
        var report = StatusReport(unreachable: "a \"quoted\"\n\u{1}reason")
        report.nodes = [StatusReport.Node(cluster: "main", name: "pg1")]
        #expect(
            report.json.written() == #"""
                {
                  "verdict": "unreachable",
                  "findings": [
                    "a \"quoted\"\n\u0001reason"
                  ],
                  "version": null,
                  "uptimeSeconds": null,
                  "workers": null,
                  "clients": null,
                  "nodes": [
                    { "cluster": "main", "node": "pg1", "host": null, "port": null, "role": "", \#
                "state": "", "sinceSeconds": 0, "lagBytes": null, "lagMillis": null, "inUse": 0, \#
                "idle": 0, "waiting": 0, "reads": 0, "writes": 0, "errors": 0, "heals": 0, \#
                "reason": null, "timeline": null }
                  ],
                  "pools": []
                }
                """#)
    }
}
