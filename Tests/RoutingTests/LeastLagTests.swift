import Testing
import Vocabulary

@testable import Routing

@Suite("leastLag")
struct LeastLagTests {
    private func candidates(_ lags: [UInt64], weights: [Int] = [1, 1, 1]) -> [Candidate] {
        lags.indices.map {
            Candidate(node: NodeID($0), weight: weights[$0], load: 0, lagBytes: lags[$0])
        }
    }

    @Test("the replica that is least behind takes all, whatever its weight")
    func least() {
        var algorithm = LeastLag(nodeCount: 3)
        let found = algorithm.choices(
            20, among: candidates([900_000, 4_000_000, 8_000_000], weights: [1, 50, 50]))
        #expect(tally(found, places: 3) == [20, 0, 0])
    }

    @Test("replicas that are about as far share by weight")
    func equals() {
        var algorithm = LeastLag(nodeCount: 3)
        let found = algorithm.choices(
            30,
            among: candidates(
                [0, LeastLag.slackBytes, LeastLag.slackBytes + 1], weights: [1, 2, 9])
        )
        #expect(tally(found, places: 3) == [10, 20, 0])
    }

    @Test("where no lag is known all share, and nothing overflows")
    func unknown() {
        var algorithm = LeastLag(nodeCount: 3)
        let found = algorithm.choices(30, among: candidates([.max, .max, .max]))
        #expect(tally(found, places: 3) == [10, 10, 10])
    }

    @Test("the router passes on what the view knows of the lag")
    func router() throws {
        var router = try #require(Router(algorithm: "leastLag", nodeCount: 3))
        var view = cluster()
        view.nodes[1].lagBytes = 5_000_000
        view.nodes[2].lagBytes = 10
        for _ in 0..<5 {
            let route = router.route(RouteRequest(.read), view: view, load: [], random: 1)
            #expect(route == .node(NodeID(2), .balanced))
        }
    }
}
