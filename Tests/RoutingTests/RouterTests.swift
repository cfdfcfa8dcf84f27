import Testing
import Vocabulary

@testable import Routing

@Suite("Router")
struct RouterTests {
    private func router(_ algorithm: String = "roundRobin") throws -> Router {
        try #require(Router(algorithm: algorithm, nodeCount: 4))
    }

    private func route(
        _ view: ClusterView, _ need: RouteNeed = .read, excluding: NodeID? = nil,
        at now: MonotonicInstant? = nil
    ) throws -> Route {
        var router = try router()
        return router.route(
            request(need, excluding), view: view, load: [0, 0, 0], random: 7, at: now)
    }

    @Test("an unknown algorithm makes no router; every known one does")
    func names() {
        #expect(Router(algorithm: "fastest", nodeCount: 1) == nil)
        #expect(
            BalancingRegistry.standard.names == [
                "leastConnections", "leastLag", "lowestLatency", "random", "roundRobin", "weighted",
                "weightedRandom",
            ])
        for name in BalancingRegistry.standard.names {
            #expect(Router(algorithm: name, nodeCount: 1)?.algorithmName == name)
        }
    }

    @Test("what must run on the primary goes there, even when it is believed to be down")
    func primary() throws {
        #expect(try route(cluster(), .primary) == .node(NodeID(0), .needsPrimary))
        let view = cluster(down: ["pg1": "connection refused"])
        #expect(try route(view, .primary) == .node(NodeID(0), .needsPrimary))
    }

    @Test("without a primary nothing is written, and reads go on")
    func noPrimary() throws {
        var view = cluster(weights: [1])
        view.nodes[0].role = .unknown
        #expect(try route(view, .primary) == .noPrimary)
        #expect(try route(view, .read) == .node(NodeID(1), .balanced))
        view.nodes[1].state = .down(reason: "gone")
        #expect(try route(view, .read) == .noPrimary)
    }

    @Test("without a primary and without fallback, a read waits while a role is open")
    func openRole() throws {
        var view = cluster(weights: [1], down: ["pg2": "gone"], fallback: false)
        view.nodes[0].role = .unknown
        #expect(try route(view, .read) == .noPrimary)
        view.nodes[0].state = .down(reason: "gone too")
        guard case .refused(let text) = try route(view, .read) else {
            Issue.record("it was not refused")
            return
        }
        #expect(text.contains("replica pg2 is down: gone; node pg1 is down: gone too"))
    }

    @Test("a replica whose data are too old takes no reads")
    func stale() throws {
        var view = cluster(weights: [1])
        view.nodes[1].staleness = "is 12 MB behind (limit 8 MB)"
        #expect(try route(view, .read) == .node(NodeID(0), .fallback))
        view.fallbackToPrimary = false
        guard case .refused(let text) = try route(view, .read) else {
            Issue.record("it was not refused")
            return
        }
        #expect(text.contains("replica pg2 is 12 MB behind (limit 8 MB)"))
    }

    @Test("without replicas in the configuration, reads go to the primary whatever is set")
    func noReplica() throws {
        let view = cluster(weights: [], fallback: false)
        #expect(try route(view) == .node(NodeID(0), .noReplicaConfigured))
    }

    @Test("reads take turns on the usable replicas")
    func balanced() throws {
        var router = try router()
        var view = cluster(weights: [1, 1, 1])
        view.nodes[2].state = .down(reason: "gone")
        view.nodes[3].state = .unknown
        let nodes = (0..<4).map { _ in
            router.route(RouteRequest(.read), view: view, load: [], random: 0)
        }
        #expect(
            nodes == [
                .node(NodeID(1), .balanced), .node(NodeID(3), .balanced),
                .node(NodeID(1), .balanced), .node(NodeID(3), .balanced),
            ])
    }

    @Test("a node that has just failed the batch is not asked again")
    func excluded() throws {
        let route = try route(cluster(), excluding: NodeID(1))
        #expect(route == .node(NodeID(2), .balanced))
        let last = try self.route(cluster(weights: [1]), excluding: NodeID(1))
        #expect(last == .node(NodeID(0), .fallback))
    }

    @Test(
        "weight 0 takes no reads under any algorithm", arguments: BalancingRegistry.standard.names)
    func weightZero(algorithm: String) throws {
        var router = try router(algorithm)
        var random = SeededRandom(seed: 3)
        for _ in 0..<200 {
            let route = router.route(
                RouteRequest(.read), view: cluster(weights: [0, 1, 1]), load: [],
                random: random.next())
            #expect(route == .node(NodeID(2), .balanced) || route == .node(NodeID(3), .balanced))
        }
        let none = router.route(
            RouteRequest(.read), view: cluster(weights: [0, 0]), load: [], random: 1)
        #expect(none == .node(NodeID(0), .fallback))
    }

    @Test("with no usable replica the primary takes reads when it may")
    func fallback() throws {
        let down = ["pg2": "connection refused", "pg3": "no answer within 3000 ms"]
        #expect(try route(cluster(down: down)) == .node(NodeID(0), .fallback))
    }

    @Test("otherwise the refusal names each replica and why it is unusable")
    func refused() throws {
        var view = cluster(
            weights: [1, 0, 1],
            down: ["pg2": "connection refused", "pg4": "no answer within 3000 ms"],
            fallback: false)
        view.nodes[1].probedAt = time(1_000)
        view.nodes[3].probedAt = time(4_250)
        let expected =
            "no node of cluster \"main\" can take a read: "
            + "replica pg2 is down: connection refused (probed 3 s ago); "
            + "replica pg3 takes no reads: its weight is 0; "
            + "replica pg4 is down: no answer within 3000 ms (probed 350 ms ago); "
            + "primary pg1 takes no reads: fallbackToPrimary is false"
        #expect(try route(view, at: time(4_600)) == .refused(expected))
    }

    @Test("a primary that has just failed a read is not asked again either")
    func primaryFailed() throws {
        let view = cluster(weights: [1], down: ["pg2": "gone"])
        let expected =
            "no node of cluster \"main\" can take a read: replica pg2 is down: gone; "
            + "primary pg1 has just failed this statement"
        #expect(try route(view, excluding: NodeID(0)) == .refused(expected))
    }

    @Test("loads reach the algorithm; nodes beyond their list count as free")
    func loads() throws {
        var router = try router("leastConnections")
        let view = cluster(weights: [1, 1, 1])
        let first = router.route(RouteRequest(.read), view: view, load: [0, 4, 2, 9], random: 0)
        #expect(first == .node(NodeID(2), .balanced))
        let second = router.route(RouteRequest(.read), view: view, load: [0, 4, 2], random: 0)
        #expect(second == .node(NodeID(3), .balanced))
    }
}
