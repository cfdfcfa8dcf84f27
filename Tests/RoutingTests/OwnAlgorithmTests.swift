import Testing
import Vocabulary

@testable import Routing

/// How to write one's own: reads stay on the first replica, and spill over to the next when it has
/// four turns under way. A warm cache on one node may be worth more than balance.
private struct FillFirst: BalancingAlgorithm {
    static let name = "fillFirst"
    static let depth = 4

    init(nodeCount: Int) {}

    mutating func choose(among candidates: [Candidate], random: UInt64) -> Int {
        candidates.firstIndex { $0.load < Self.depth }
            ?? candidates.indices.min { candidates[$0].load < candidates[$1].load } ?? 0
    }
}

@Suite("An algorithm of one's own")
struct OwnAlgorithmTests {
    @Test("is found by its name once it is in the registry, and routes")
    func own() throws {
        let registry = BalancingRegistry.standard.adding(FillFirst.self)
        #expect(Router(algorithm: "fillFirst", nodeCount: 3) == nil)
        var router = try #require(
            Router(algorithm: "fillFirst", nodeCount: 3, registry: registry))
        let view = cluster(weights: [1, 1])
        let first = router.route(RouteRequest(.read), view: view, load: [0, 3, 0], random: 0)
        let spilled = router.route(RouteRequest(.read), view: view, load: [0, 4, 0], random: 0)
        let full = router.route(RouteRequest(.read), view: view, load: [0, 9, 8], random: 0)
        #expect(first == .node(NodeID(1), .balanced))
        #expect(spilled == .node(NodeID(2), .balanced))
        #expect(full == .node(NodeID(2), .balanced))
    }

    @Test("a second one of the same name takes the place of the first")
    func replaced() throws {
        let registry = BalancingRegistry().adding(FillFirst.self).adding(FillFirst.self)
        #expect(registry.names == ["fillFirst"])
    }
}
