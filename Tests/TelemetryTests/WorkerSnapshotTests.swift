import Testing

@testable import Telemetry

/// A pool of the cluster "main", node "pg1", with the figures that matter to a test.
private func pool(
    database: String = "app", user: String = "app", inUse: Int = 0, waiting: Int = 0,
    maxWait: UInt64 = 0
) -> PoolSnapshot {
    PoolSnapshot(
        cluster: "main", node: "pg1", database: database, user: user, mode: "transaction",
        size: 10, inUse: inUse, idle: 1, opening: 0, waiting: waiting,
        maxWaitMilliseconds: maxWait)
}

private func client(_ id: UInt64) -> ClientSnapshot {
    ClientSnapshot(
        id: id, user: "app", database: "app", applicationName: "", address: "unix",
        state: "idle", node: "", serverProcessID: 0, pins: "", pinnedForMilliseconds: 0,
        connectedForMilliseconds: 0, transactions: 0)
}

@Suite struct WorkerSnapshotTests {
    @Test func shardsOfOnePoolBecomeOnePool() {
        var first = WorkerSnapshot()
        first.pools = [pool(inUse: 2, waiting: 3, maxWait: 40), pool(user: "other")]
        var second = WorkerSnapshot()
        second.pools = [pool(inUse: 5, waiting: 1, maxWait: 90)]

        let merged = WorkerSnapshot.merged([first, second])

        #expect(merged.pools.map(\.user) == ["app", "other"])
        #expect(merged.pools[0].inUse == 7)
        #expect(merged.pools[0].waiting == 4)
        #expect(merged.pools[0].size == 10)
        #expect(merged.pools[0].idle == 2)
        #expect(merged.pools[0].maxWaitMilliseconds == 90)
    }

    @Test func orderDoesNotDependOnWorkers() {
        var first = WorkerSnapshot()
        first.pools = [pool(database: "b"), pool(database: "a")]
        first.clients = [client(9)]
        var second = WorkerSnapshot()
        second.clients = [client(4)]

        #expect(
            WorkerSnapshot.merged([first, second]) == WorkerSnapshot.merged([second, first]))
        #expect(WorkerSnapshot.merged([first, second]).clients.map(\.id) == [4, 9])
    }

    @Test func countersAddUpPerNodeAndDatabase() {
        let pg1 = NodeKey(cluster: "main", node: "pg1")
        let pg2 = NodeKey(cluster: "main", node: "pg2")
        var first = WorkerSnapshot()
        first.nodes[pg1, default: .init()].reads = 3
        first.databases["app", default: .init()].bytesToClients = 100
        var second = WorkerSnapshot()
        second.nodes[pg1, default: .init()].reads = 4
        second.nodes[pg2, default: .init()].writes = 1
        second.databases["app", default: .init()].bytesToClients = 11

        let merged = WorkerSnapshot.merged([first, second])

        #expect(merged.nodes[pg1]?.reads == 7)
        #expect(merged.nodes[pg2]?.writes == 1)
        #expect(merged.databases["app"]?.bytesToClients == 111)
    }

    @Test func countersSaturate() {
        var full = NodeCounters()
        full.reads = .max - 1
        var more = NodeCounters()
        more.reads = 5
        full.add(more)
        #expect(full.reads == .max)
    }

    @Test func nothingMergesToNothing() {
        #expect(WorkerSnapshot.merged([]) == WorkerSnapshot())
    }
}
