import Testing

@testable import ProxyServer

@Suite struct WorkerLoadsTests {
    @Test func equalWorkersTakeTurns() {
        let loads = WorkerLoads(workers: 3)
        #expect((0..<6).map { _ in loads.place() } == [0, 1, 2, 0, 1, 2])
    }

    @Test func whoHasLostClientsGetsTheNextOnes() {
        let loads = WorkerLoads(workers: 2)
        for _ in 0..<8 { _ = loads.place() }
        for _ in 0..<3 { loads.left(1) }
        #expect((0..<3).map { _ in loads.place() } == [1, 1, 1])
        #expect(Set((0..<2).map { _ in loads.place() }) == [0, 1])
    }

    /// A worker with few clients that are busy is as full as one with many that are idle.
    @Test func whatHappensCountsAsMuchAsHowManyThereAre() {
        #expect(WorkerLoads.choice(clients: [100, 100], events: [9_000, 1_000], first: 0) == 1)
        #expect(WorkerLoads.choice(clients: [300, 100], events: [0, 100], first: 0) == 0)
        #expect(WorkerLoads.choice(clients: [300, 100], events: [100, 100], first: 0) == 1)
    }

    /// Many come within a second: nothing has been heard of what those do that came first.
    @Test func aCrowdIsSpread() {
        let loads = WorkerLoads(workers: 2)
        for _ in 0..<20 { _ = loads.place() }
        loads.report(events: 1_000, of: 0)
        loads.report(events: 900, of: 1)
        let came = (0..<1_000).map { _ in loads.place() }
        #expect((450...550).contains(came.count { $0 == 0 }))
    }

    @Test(arguments: [Int.max, .min, -1, 7]) func anyTurnWillDo(first: Int) {
        let choice = WorkerLoads.choice(clients: [1, 1], events: [0, 0], first: first)
        #expect([0, 1].contains(choice))
    }

    @Test func oneWorkerHasAll() {
        let loads = WorkerLoads(workers: 1)
        loads.report(events: 5, of: 0)
        #expect((0..<3).map { _ in loads.place() } == [0, 0, 0])
    }
}
