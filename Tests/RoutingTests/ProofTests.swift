import Testing
import Vocabulary

@testable import Routing

@Suite("Reads that must see something in particular")
struct ProofTests {
    private func view(_ proven: [UInt64?], fallback: Bool = true) -> ClusterView {
        var view = cluster(weights: proven.map { _ in 1 }, fallback: fallback)
        for (index, milliseconds) in proven.enumerated() {
            view.nodes[index + 1].provenUntil = milliseconds.map(time)
        }
        return view
    }

    private func route(
        _ view: ClusterView, after: UInt64? = nil, position: UInt64? = nil, awaits: Bool = false
    ) throws -> Route {
        var router = try #require(Router(algorithm: "roundRobin", nodeCount: view.nodes.count))
        var request = RouteRequest(.read)
        request.provenAfter = after.map(time)
        request.readAfter = position.map { LogSequenceNumber($0) }
        request.awaitsProof = awaits
        return router.route(
            request, view: view, load: [0, 0, 0], random: 0, at: time(1_000))
    }

    @Test func onlyProvenReplicasAreCandidates() throws {
        #expect(try route(view([10, 30]), after: 20) == .node(NodeID(2), .balanced))
        #expect(try route(view([30, nil]), after: 20) == .node(NodeID(1), .balanced))
    }

    /// What was acknowledged at the very instant of the question may have come after it.
    @Test func theSameInstantIsNoProof() throws {
        #expect(try route(view([20, 20]), after: 20) == .node(NodeID(0), .unproven))
    }

    @Test func whoHasWrittenNothingNeedsNoProof() throws {
        #expect(try route(view([nil, nil])) == .node(NodeID(1), .balanced))
    }

    @Test func aReadMayWaitForAProof() throws {
        #expect(try route(view([10, 10]), after: 20, awaits: true) == .awaitProof)
        // Not where no replica could ever be proven.
        var broken = view([10, 10])
        for index in 1...2 { broken.nodes[index].state = .down(reason: "gone") }
        #expect(try route(broken, after: 20, awaits: true) == .node(NodeID(0), .fallback))
    }

    @Test func aPositionIsHeldAgainstWhatWasReplayed() throws {
        var view = view([nil, nil])
        view.nodes[1].replayedUntil = LogSequenceNumber(99)
        view.nodes[2].replayedUntil = LogSequenceNumber(100)
        #expect(try route(view, position: 100) == .node(NodeID(2), .balanced))
        #expect(try route(view, position: 101) == .node(NodeID(0), .unproven))
        #expect(try route(view, position: .max) == .node(NodeID(0), .unproven))
    }

    @Test func aRefusalTellsWhatIsNotProven() throws {
        let refused = try route(view([940, nil], fallback: false), after: 988)
        #expect(
            refused
                == .refused(
                    """
                    no node of cluster "main" can take a read: replica pg2 is not proven to hold \
                    what was acknowledged 12 ms ago (proven up to 60 ms ago); replica pg3 is not \
                    proven to hold what was acknowledged 12 ms ago (nothing is proven of it); \
                    primary pg1 takes no reads: fallbackToPrimary is false
                    """))
    }
}
