import Testing
import Vocabulary

@testable import Routing

@Suite("Route explanation")
struct RouteExplanationTests {
    private func explain(
        _ view: ClusterView, _ need: RouteNeed = .read, excluding: NodeID? = nil
    ) throws -> RouteExplanation {
        let router = try #require(Router(algorithm: "roundRobin", nodeCount: view.nodes.count))
        return router.explain(
            request(need, excluding), view: view, load: [1, 2], random: 0, at: time(9_000))
    }

    @Test("lists every node with its load and what kept it out")
    func read() throws {
        var view = cluster(weights: [1, 1, 0], down: ["pg3": "connection refused"])
        view.nodes[2].probedAt = time(8_000)
        let explanation = try explain(view)
        #expect(explanation.route == .node(NodeID(1), .balanced))
        #expect(explanation.algorithm == "roundRobin")
        #expect(explanation.nodes.map(\.view) == view.nodes)
        #expect(explanation.nodes.map(\.load) == [1, 2, 0, 0])
        #expect(explanation.nodes.map(\.isEligible) == [false, true, false, false])
        #expect(
            explanation.nodes.map(\.obstacle) == [
                "is spared while a replica is usable", nil,
                "is down: connection refused (probed 1 s ago)", "takes no reads: its weight is 0",
            ])
    }

    @Test("a write names the primary alone")
    func write() throws {
        let explanation = try explain(cluster(), .primary)
        #expect(explanation.route == .node(NodeID(0), .needsPrimary))
        #expect(
            explanation.nodes.map(\.obstacle) == [nil, "is not the primary", "is not the primary"])
    }

    @Test("a refusal leaves no node eligible")
    func refused() throws {
        let view = cluster(weights: [1], down: ["pg2": "gone"], fallback: false)
        let explanation = try explain(view)
        #expect(explanation.nodes.map(\.isEligible) == [false, false])
        #expect(
            explanation.nodes[0].obstacle == "takes no reads: fallbackToPrimary is false")
    }

    @Test("a fallback is eligible, and what failed the statement says so")
    func fallback() throws {
        let explanation = try explain(cluster(weights: [1]), excluding: NodeID(1))
        #expect(explanation.route == .node(NodeID(0), .fallback))
        #expect(explanation.nodes[1].obstacle == "has just failed this statement")
    }

    @Test("explaining does not take a turn")
    func harmless() throws {
        var router = try #require(Router(algorithm: "roundRobin", nodeCount: 3))
        let view = cluster()
        for _ in 0..<3 {
            let explained = router.explain(RouteRequest(.read), view: view, random: 0).route
            #expect(explained == .node(NodeID(1), .balanced))
        }
        let routed = router.route(RouteRequest(.read), view: view, load: [], random: 0)
        #expect(routed == .node(NodeID(1), .balanced))
    }
}
