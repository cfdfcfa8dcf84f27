import Configuration
import ControlPlane
import Routing
import StatementClassifier
import Telemetry
import Testing
import Vocabulary

@testable import ProxyServer

/// A moment of a cluster of three: pg1 the primary, pg2 up, pg3 down for five minutes.
private func facts() -> AdminFacts {
    let now = MonotonicInstant(nanoseconds: 1_000_000_000_000)
    let earlier = MonotonicInstant(nanoseconds: 700_000_000_000)
    var configuration = ProxyConfiguration()
    configuration.clusters = [
        .init(
            name: "main",
            nodes: [
                .init(name: "pg1", host: "10.0.0.1", port: 5432, isPrimary: true),
                .init(name: "pg2", host: "10.0.0.2", port: 5433, isPrimary: false, weight: 2),
                .init(name: "pg3", host: "/run/pg3", port: 5434, isPrimary: false),
            ])
    ]
    configuration.databases = [.init(name: "app", cluster: "main", pooling: .init())]
    configuration.users = [.init(name: "app", password: "secret-of-app")]
    var pg2 = NodeView(
        id: NodeID(1), name: "pg2", role: .replica, weight: 2, state: .up, stateSince: earlier)
    pg2.lagBytes = 128
    pg2.lagMilliseconds = 7
    let view = ClusterView(
        name: "main",
        nodes: [
            NodeView(id: NodeID(0), name: "pg1", role: .primary, state: .up, stateSince: earlier),
            pg2,
            NodeView(
                id: NodeID(2), name: "pg3", role: .replica,
                state: .down(reason: "connection refused"), stateSince: earlier),
        ], fallbackToPrimary: true)
    var work = WorkerSnapshot()
    work.nodes[NodeKey(cluster: "main", node: "pg2")] = {
        var counters = NodeCounters()
        counters.reads = 12
        return counters
    }()
    for user in ["app", "reporting"] {
        work.pools.append(
            PoolSnapshot(
                cluster: "main", node: "pg2", database: "app", user: user, mode: "transaction",
                size: 20, inUse: 2, idle: 3, opening: 0, waiting: 1, maxWaitMilliseconds: 9))
    }
    work.clients = [
        ClientSnapshot(
            id: 5, user: "app", database: "app", applicationName: "psql", address: "unix",
            state: "idle", node: "pg1", serverProcessID: 77, pins: "temporary table",
            pinnedForMilliseconds: 50, connectedForMilliseconds: 60, transactions: 3)
    ]
    work.servers = [
        ServerSnapshot(
            id: 8, cluster: "main", node: "pg1", database: "app", user: "app", state: "pinned",
            processID: 77, client: 5, connectedForMilliseconds: 70, turns: 4)
    ]
    work.databases["app"] = DatabaseCounters()
    work.shadows["app"] = shadow()
    var heal = HealSnapshot()
    (heal.count, heal.node, heal.statement) = (3, "pg2", "SELECT ?")
    work.heals[.init(database: "app", fingerprint: 7, state: "25006")] = heal
    return AdminFacts(
        version: "1.2.3", startedAt: MonotonicInstant(nanoseconds: 0), now: now,
        configuration: configuration, configurationPath: "/etc/switchyard.json",
        clusters: [view], work: work, workerCount: 2,
        catalogs: [CatalogReport(cluster: "main", database: "app", standing: CatalogStanding())])
}

/// One statement of each kind, those of fewer calls first.
private func shadow() -> ShadowSnapshot {
    var statements: [UInt64: ShadowStatement] = [:]
    let outcomes: [ShadowOutcome?] = [
        nil, .same, .unsteady, .stale(milliseconds: 9), .failed(state: "25006"), .differs, .moved,
    ]
    for (number, outcome) in outcomes.enumerated() {
        var statement = ShadowStatement(text: "SELECT \(number)")
        statement.calls = UInt64(number + 1)
        if let outcome {
            statement.reads = 1
            statement.count(outcome)
        } else {
            statement.cause = "the statement writes rows"
        }
        statements[UInt64(number)] = statement
    }
    return ShadowSnapshot(
        sampleRate: 0.1, sinceMilliseconds: 61_000, statements: statements, forgotten: 3)
}

/// The rows of a table as dictionaries of text.
private func records(_ table: AdminTable) -> [[String: String]] {
    table.rows.map { row in
        var record: [String: String] = [:]
        for (column, value) in zip(table.columns, row) { record[column.name] = value.text }
        return record
    }
}

@Suite struct AdminReportTests {
    @Test(arguments: AdminReport.allCases)
    func rowsFitTheirColumns(report: AdminReport) {
        let table = report.table(facts())
        #expect(table.columns == report.columns)
        #expect(!table.rows.isEmpty)
        #expect(Set(table.columns.map(\.name)).count == table.columns.count)
        for row in table.rows {
            #expect(row.count == table.columns.count)
            for (value, column) in zip(row, table.columns) {
                #expect(fits(value, column.type), "\(column.name) holds \(value)")
            }
        }
    }

    private func fits(_ value: AdminValue, _ type: AdminType) -> Bool {
        switch (value, type) {
        case (.null, _), (.text, .text), (.bool, .bool), (.integer, .int8): true
        case (.integer(let value), .int4): Int32(exactly: value) != nil
        case (.text, _), (.bool, _), (.integer, _): false
        }
    }

    @Test func statusTellsEveryNode() {
        let rows = records(AdminReport.status.table(facts()))
        #expect(rows.map { $0["node"] } == ["pg1", "pg2", "pg3"])
        #expect(rows[1]["host"] == "10.0.0.2")
        #expect(rows[1]["port"] == "5433")
        #expect(rows[1]["in_use"] == "4")
        #expect(rows[1]["idle"] == "6")
        #expect(rows[1]["waiting"] == "2")
        #expect(rows[1]["reads"] == "12")
        #expect(rows[1]["lag_bytes"] == "128")
        #expect(rows[1]["lag_ms"] == "7")
        #expect(rows[0]["lag_ms"] == nil)
        #expect(rows[2]["state"] == "down")
        #expect(rows[2]["reason"] == "connection refused")
        #expect(rows[2]["since_seconds"] == "300")
    }

    @Test func shadowNamesTheWorstFirst() {
        let rows = records(AdminReport.shadow.table(facts()))
        #expect(
            rows.map { $0["verdict"] } == [
                "differs", "would fail", "would be stale", "unsteady", "safe", "not compared",
                "primary",
            ])
        #expect(rows[1]["sqlstate"] == "25006")
        #expect(rows[1]["reason"] == "a replica refuses it: SQLSTATE 25006")
        #expect(rows[2]["stale_ms"] == "9")
        #expect(rows[6]["reason"] == "the statement writes rows")
        #expect(rows[6]["fingerprint"] == "0000000000000000")
        let totals = records(AdminReport.shadowTotals.table(facts()))
        #expect(totals.count == 1)
        #expect(totals[0]["calls"] == "28" && totals[0]["reads"] == "6")
        #expect(totals[0]["compared"] == "5" && totals[0]["lost"] == "1")
        #expect(totals[0]["since_seconds"] == "61" && totals[0]["sample_rate"] == "0.1")
    }

    @Test func healthNamesWhatIsWrongWorstFirst() {
        var facts = facts()
        #expect(
            HealthVerdict(facts).findings == ["replica pg3 is down: connection refused"])
        facts.clusters[0].nodes[0].state = .down(reason: "timeout")
        facts.lastReload = ReloadResult(at: facts.now, problem: "no such file")
        #expect(
            records(AdminReport.health.table(facts)).map { $0["finding"] } == [
                "primary pg1 is down: timeout", "replica pg3 is down: connection refused",
                "the last reload failed: no such file",
            ])
        facts.lastReload = ReloadResult(at: facts.now)
        for index in facts.clusters[0].nodes.indices {
            facts.clusters[0].nodes[index].state = .up
        }
        #expect(HealthVerdict(facts).isHealthy)
        #expect(records(AdminReport.health.table(facts)) == [["verdict": "healthy"]])
    }

    @Test func aClusterWithoutAPrimaryIsDegraded() {
        var facts = facts()
        facts.clusters[0].nodes[0].role = .replica
        #expect(HealthVerdict(facts).findings.first == "no node is known to be the primary")
    }

    @Test func configNeverShowsASecret() {
        let rows = records(AdminReport.config.table(facts()))
        #expect(!rows.contains { $0["value"]?.contains("secret") == true })
        #expect(
            rows.contains(["key": "users.app.password", "value": "***", "is_default": "f"]))
        #expect(
            rows.contains([
                "key": "clusters.main.nodes[pg2].weight", "value": "2", "is_default": "f",
            ]))
    }

    @Test func pinsAndHoldersAreShown() {
        let client = records(AdminReport.clients.table(facts()))[0]
        #expect(client["pins"] == "temporary table")
        #expect(client["server_pid"] == "77")
        #expect(records(AdminReport.servers.table(facts()))[0]["client_id"] == "5")
    }
}
