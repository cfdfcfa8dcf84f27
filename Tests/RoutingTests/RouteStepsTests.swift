import Testing
import Vocabulary

@testable import Routing

@Suite("Route explanation, step by step")
struct RouteStepsTests {
    private func steps(
        _ view: ClusterView, _ need: RouteNeed = .read, algorithm: String = "roundRobin"
    ) throws -> [String] {
        let router = try #require(Router(algorithm: algorithm, nodeCount: view.nodes.count))
        return router.explain(
            request(need, nil), view: view, load: [1, 2, 0, 0], random: 0, at: time(9_000)
        ).steps.map { "\($0.rule)|\($0.finding)|\($0.effect)" + ($0.change.map { "|\($0)" } ?? "") }
    }

    @Test("each node has its state, lag, weight, load and score")
    func read() throws {
        var view = cluster(weights: [1, 1, 0], down: ["pg4": "connection refused"])
        view.nodes[1].lagBytes = 12_000_000
        view.nodes[1].lagMilliseconds = 40
        view.nodes[2].lagBytes = 0
        let found = try steps(view)
        #expect(found[0] == "cluster|2 candidates, weighed by roundRobin|a replica")
        #expect(
            found[1]
                == "node pg1|primary, \(state(view, 0)), weight 1, 1 under way|is spared while a"
                + " replica is usable")
        #expect(
            found[2]
                == "node pg2|replica, \(state(view, 1)), 12000000 bytes and 40 ms behind, weight"
                + " 1, 2 under way: next in turn|chosen")
        #expect(
            found[3]
                == "node pg3|replica, \(state(view, 2)), caught up, weight 1, 0 under way: in"
                + " turn after 1|a candidate")
        #expect(
            found[4].hasPrefix("node pg4|replica, down, lag not known, weight 0, 0 under way|"))
        #expect(found[4].hasSuffix("|bring it up"))
    }

    private func state(_ view: ClusterView, _ index: Int) -> String {
        switch view.nodes[index].state {
        case .unknown: "not probed yet"
        case .up: "up"
        case .down: "down"
        }
    }

    @Test("a write has the primary chosen and asks nobody for a score")
    func write() throws {
        let found = try steps(cluster(weights: [1]), .primary)
        #expect(found[0] == "cluster|needs the primary|the primary")
        #expect(found[1].hasSuffix("|chosen"))
        #expect(found[2].hasSuffix("|is not the primary"))
    }

    @Test("weight 0 says what to do")
    func weightless() throws {
        let found = try steps(cluster(weights: [1, 0]))
        #expect(found[3].hasSuffix("takes no reads: its weight is 0|give it a weight above 0"))
    }

    @Test(
        "each algorithm says what its choice rests on",
        arguments: [
            ("random", "50 % of the reads"), ("weightedRandom", "25 % of the reads"),
            ("weighted", "25 % of the reads"),
            ("leastConnections", "2.00 turns for its weight; the least counts"),
            ("lowestLatency", "not measured yet: comes first"),
        ])
    func scores(algorithm: String, expected: String) throws {
        let found = try steps(cluster(weights: [1, 3]), algorithm: algorithm)
        #expect(found[2].contains(": \(expected)|"), "\(found[2])")
    }

    @Test("a measured latency is told")
    func latency() throws {
        let view = cluster(weights: [1, 1])
        var router = try #require(Router(algorithm: "lowestLatency", nodeCount: 3))
        router.observed(NodeID(1), nanoseconds: 2_500_000, at: time(9_000))
        let found = router.explain(request(.read, nil), view: view, random: 0).steps
        #expect(found[2].finding.contains("2.50 ms expected"), "\(found[2])")
    }
}
