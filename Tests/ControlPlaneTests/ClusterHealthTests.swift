import Configuration
import Routing
import Testing
import Vocabulary

@testable import ControlPlane

@Suite("Cluster health")
struct ClusterHealthTests {
    private func time(_ milliseconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 0).advanced(milliseconds: milliseconds)
    }

    private func cluster() -> ProxyConfiguration.Cluster {
        ProxyConfiguration.Cluster(
            name: "main",
            nodes: [
                .init(name: "pg1", host: "a", port: 1, isPrimary: true),
                .init(name: "pg2", host: "b", port: 2, isPrimary: false, weight: 3),
            ])
    }

    private func primary(at position: UInt64) -> Result<ProbeReading, LibpqError> {
        .success(ProbeReading(isInRecovery: false, position: LogSequenceNumber(position)))
    }

    private func replica(at position: UInt64) -> Result<ProbeReading, LibpqError> {
        .success(
            ProbeReading(
                isInRecovery: true, position: LogSequenceNumber(position), isStreaming: true,
                replayedAgeMilliseconds: 40))
    }

    @Test("nothing is known at first, and every node may be used")
    func first() {
        let view = ClusterHealth(cluster: cluster(), at: time(5)).view
        #expect(view.nodes.map(\.name) == ["pg1", "pg2"])
        #expect(view.nodes.map(\.role) == [.primary, .replica])
        #expect(view.nodes.map(\.weight) == [1, 3])
        #expect(view.nodes.map(\.id) == [NodeID(0), NodeID(1)])
        #expect(view.nodes.allSatisfy { $0.state == .unknown && $0.probedAt == nil })
    }

    @Test("a probe that succeeded shows state, time and lag")
    func up() {
        var health = ClusterHealth(cluster: cluster(), at: time(0))
        health.probed(0, primary(at: 900), at: time(7))
        health.probed(1, replica(at: 800), at: time(9))
        let node = health.view.nodes[1]
        #expect(node.state == .up)
        #expect(node.stateSince == time(9))
        #expect(node.probedAt == time(9))
        #expect(node.lagBytes == 100)
        #expect(node.lagMilliseconds == 40)
    }

    @Test("a node in the wrong role is out at once, and says so")
    func wrongRole() {
        var health = ClusterHealth(cluster: cluster(), at: time(0))
        health.probed(0, primary(at: 900), at: time(1))
        health.probed(1, replica(at: 900), at: time(1))
        health.probed(0, replica(at: 900), at: time(2))
        health.probed(1, primary(at: 950), at: time(2))
        #expect(
            health.view.nodes[0].state
                == .down(reason: "configured as the primary but is in recovery"))
        #expect(
            health.view.nodes[1].state
                == .down(reason: "configured as a replica but is not in recovery"))
        #expect(health.view.nodes[1].lagBytes == nil)
    }

    @Test("a reload keeps what is known of nodes that stay, under their new numbers")
    func reload() {
        var health = ClusterHealth(cluster: cluster(), at: time(0))
        health.probed(0, primary(at: 900), at: time(1))
        health.probed(1, .failure(LibpqError(.connection, "no route")), at: time(2))
        var next = cluster()
        next.nodes[0].weight = 5
        next.nodes.insert(.init(name: "pg3", host: "c", port: 3, isPrimary: false), at: 0)
        next.fallbackToPrimary = false
        health.update(next, at: time(3))
        let view = health.view
        #expect(view.nodes.map(\.state) == [.unknown, .up, .down(reason: "no route")])
        #expect(view.nodes[1].weight == 5)
        #expect(view.nodes.map(\.id.index) == [0, 1, 2])
        #expect(!view.fallbackToPrimary)
    }

    @Test("a node that a reload moves to another address is not known any more")
    func moved() {
        var health = ClusterHealth(cluster: cluster(), at: time(0))
        health.probed(0, primary(at: 900), at: time(1))
        health.probed(1, replica(at: 900), at: time(1))
        var next = cluster()
        next.nodes[0].host = "elsewhere"
        health.update(next, at: time(2))
        #expect(health.view.nodes[0].state == .unknown)
        #expect(health.view.nodes[1].state == .up)
        #expect(health.view.nodes[1].lagBytes == nil)
    }

    @Test("a refusal met by a client takes the node out before the next probe")
    func reported() {
        var health = ClusterHealth(cluster: cluster(), at: time(0))
        health.probed(1, replica(at: 900), at: time(1))
        health.reported(1, "connection refused", at: time(2))
        #expect(health.view.nodes[1].state == .down(reason: "connection refused"))
        #expect(health.nodes[1].outlier.nextProbeAt == time(2))
    }
}
