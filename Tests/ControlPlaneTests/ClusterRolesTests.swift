import Configuration
import Routing
import Testing
import Vocabulary

@testable import ControlPlane

@Suite("Roles in a cluster")
struct ClusterRolesTests {
    private func time(_ milliseconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 0).advanced(milliseconds: milliseconds)
    }

    private func cluster(_ roles: ProxyConfiguration.NodeRole...) -> ProxyConfiguration.Cluster {
        ProxyConfiguration.Cluster(
            name: "main",
            nodes: roles.enumerated().map { index, role in
                .init(name: "pg\(index + 1)", host: "h\(index + 1)", port: 5_432, role: role)
            })
    }

    private func primary(
        _ timeline: UInt32, at position: UInt64 = 900, identifier: UInt64 = 7
    ) -> Result<ProbeReading, LibpqError> {
        .success(
            ProbeReading(
                isInRecovery: false, position: LogSequenceNumber(position),
                timeline: Timeline(timeline), systemIdentifier: identifier))
    }

    private func replica(
        _ timeline: UInt32, at position: UInt64 = 900, identifier: UInt64 = 7
    ) -> Result<ProbeReading, LibpqError> {
        .success(
            ProbeReading(
                isInRecovery: true, position: LogSequenceNumber(position), isStreaming: true,
                timeline: Timeline(timeline), systemIdentifier: identifier))
    }

    private let refused: Result<ProbeReading, LibpqError> = .failure(
        LibpqError(.connection, "connection refused"))
    private let silence: Result<ProbeReading, LibpqError> = .failure(
        LibpqError(.timeout, "no answer within 3000 ms"))

    /// pg1 primary, pg2 its replica, both found out.
    private func found() -> ClusterHealth {
        var health = ClusterHealth(cluster: cluster(.auto, .auto), at: time(0))
        health.probed(0, primary(1), at: time(1))
        health.probed(1, replica(1), at: time(2))
        return health
    }

    @Test("at first no role is known and nobody is used")
    func atFirst() {
        let view = ClusterHealth(cluster: cluster(.auto, .auto), at: time(0)).view
        #expect(view.findsRoles)
        #expect(view.nodes.map(\.role) == [.unknown, .unknown])
        #expect(view.primary == nil)
        #expect(view.obstacleToWriting != nil)
    }

    @Test("roles are found out by probes")
    func foundOut() {
        let view = found().view
        #expect(view.nodes.map(\.role) == [.primary, .replica])
        #expect(view.timeline == Timeline(1))
        #expect(view.obstacleToWriting == nil)
        #expect(view.nodes[1].lagBytes == 0)
    }

    @Test("with a promotion the epoch grows, and a replica of the old timeline takes no reads")
    func promotion() {
        var health = ClusterHealth(cluster: cluster(.auto, .auto, .auto), at: time(0))
        health.probed(0, primary(1), at: time(1))
        health.probed(1, replica(1), at: time(2))
        health.probed(2, replica(1), at: time(3))
        let epoch = health.view.primaryEpoch
        health.probed(1, primary(2, at: 950), at: time(4))
        var view = health.view
        #expect(view.primaryEpoch == epoch + 1)
        #expect(view.timeline == Timeline(2))
        #expect(view.nodes.map(\.role) == [.unknown, .primary, .replica])
        #expect(view.nodes[0].isBarred)
        #expect(
            view.nodes[0].state
                == .down(reason: "is an old primary, of timeline 1: timeline 2 has begun"))
        #expect(view.nodes[2].staleness == "is on timeline 1, the primary on 2")
        #expect(!view.nodes[2].isReadable)
        health.probed(2, replica(2, at: 940), at: time(5))
        view = health.view
        #expect(view.nodes[2].staleness == nil)
        #expect(view.nodes[2].lagBytes == 10)
    }

    @Test("a refused connection to the primary has all nodes probed at once, and again and again")
    func outage() {
        var health = found()
        health.reported(0, "connection refused", at: time(100))
        #expect(health.view.primary == nil)
        #expect(health.nodes.map(\.outlier.nextProbeAt) == [time(100), time(100)])
        health.probed(0, refused, at: time(101))
        health.probed(1, replica(1), at: time(102))
        #expect(health.nodes[0].outlier.nextProbeAt <= time(102 + 75))
        #expect(health.nodes[1].outlier.nextProbeAt <= time(102 + 75))
        health.probed(1, primary(2), at: time(180))
        #expect(health.view.primary?.name == "pg2")
    }

    @Test("an old primary that comes back is barred; as a replica it is welcome")
    func comeback() {
        var health = found()
        health.probed(0, refused, at: time(100))
        health.probed(0, refused, at: time(101))
        health.probed(1, primary(2), at: time(102))
        health.probed(0, primary(1), at: time(200))
        #expect(health.view.nodes[0].isBarred)
        health.probed(0, replica(2), at: time(300))
        #expect(health.view.nodes[0].role == .replica)
        #expect(health.view.nodes[0].isReadable)
    }

    @Test("two primaries of one timeline: no writes, and reads go on")
    func contest() {
        var health = ClusterHealth(cluster: cluster(.auto, .auto, .auto), at: time(0))
        health.probed(0, primary(1), at: time(1))
        health.probed(1, replica(1), at: time(2))
        health.probed(2, replica(1), at: time(3))
        health.probed(1, primary(1), at: time(4))
        let view = health.view
        #expect(view.primary == nil)
        #expect(view.nodes.map(\.isReadable) == [false, false, true])
        #expect(view.obstacleToWriting?.contains("pg1 and pg2 are primaries") ?? false)
    }

    @Test("a node that hangs is given up after the second look, which is short")
    func hanging() {
        var health = found()
        #expect(health.probeTimeoutMillis(0) == 3_000)
        health.probed(0, silence, at: time(3_500))
        #expect(health.view.primary?.name == "pg1")
        #expect(health.nodes[0].outlier.nextProbeAt == time(3_500))
        #expect(health.probeTimeoutMillis(0) == 750)
        health.probed(0, silence, at: time(4_250))
        #expect(health.view.primary == nil)
        #expect(health.probeTimeoutMillis(0) == 3_000)
    }

    @Test("what a server says in passing has it probed at once, but only if it is news")
    func passingRemark() {
        var health = found()
        let planned = health.nodes.map(\.outlier.nextProbeAt)
        health.noticed(1, isInRecovery: true, at: time(100))
        #expect(health.nodes.map(\.outlier.nextProbeAt) == planned)
        health.noticed(1, isInRecovery: false, at: time(100))
        #expect(health.nodes[1].outlier.nextProbeAt == time(100))
        health.probed(1, replica(1), at: time(101))
        health.noticed(1, isInRecovery: false, at: time(102))
        #expect(health.nodes[1].outlier.nextProbeAt > time(110))
    }

    @Test("nodes that may become the primary are probed twice a second at least")
    func interval() {
        let health = found()
        #expect(health.nodes[1].outlier.nextProbeAt == time(502))
    }

    @Test("where roles are asserted, a replica of another cluster is barred all the same")
    func foreignReplica() {
        var health = ClusterHealth(cluster: cluster(.primary, .replica), at: time(0))
        health.probed(0, primary(1), at: time(1))
        health.probed(1, replica(1, identifier: 8), at: time(2))
        let view = health.view
        #expect(view.nodes.map(\.role) == [.primary, .replica])
        #expect(
            view.nodes[1].state
                == .down(
                    reason: "belongs to another cluster: its system identifier is 8, not 7"))
    }

    @Test("a replica beside auto nodes never becomes the primary, and its timeline counts")
    func assertedReplica() {
        var health = ClusterHealth(cluster: cluster(.auto, .replica), at: time(0))
        health.probed(0, primary(1), at: time(1))
        health.probed(1, replica(1), at: time(2))
        health.probed(1, primary(2), at: time(3))
        #expect(health.view.primary == nil)
        #expect(
            health.view.nodes[1].state
                == .down(reason: "configured as a replica but is not in recovery"))
    }

    @Test("a lagging replica takes no reads until it has caught up")
    func lagging() {
        var configured = cluster(.auto, .auto)
        configured.lag.maxBytes = 1_000
        var health = ClusterHealth(cluster: configured, at: time(0))
        health.probed(0, primary(1, at: 10_000), at: time(1))
        health.probed(1, replica(1, at: 8_000), at: time(2))
        #expect(health.view.nodes[1].staleness == "is 2 kB behind (limit 1 kB)")
        health.probed(1, replica(1, at: 9_200), at: time(3))
        #expect(health.view.nodes[1].staleness != nil)
        health.probed(0, refused, at: time(4))
        health.probed(0, refused, at: time(5))
        #expect(health.view.nodes[1].staleness != nil)
        health.probed(1, replica(1, at: 9_600), at: time(6))
        #expect(health.view.nodes[1].staleness == nil)
    }

    @Test("a reload that asserts a role is believed at once")
    func assertion() {
        var health = found()
        health.probed(1, primary(2), at: time(10))
        health.update(cluster(.primary, .replica), at: time(11))
        #expect(health.view.primary?.name == "pg1")
        #expect(!health.view.findsRoles)
    }

    @Test("each change is logged once")
    func news() {
        var health = found()
        let before = health.view
        health.probed(1, primary(2), at: time(10))
        let after = health.view
        let lines = ClusterNews.lines(from: before, to: after).map(\.text)
        #expect(
            lines == [
                "node pg1 of cluster main must not be used:"
                    + " it is an old primary, of timeline 1: timeline 2 has begun",
                "pg2 is the primary of cluster main, timeline 2",
            ])
        health.probed(1, primary(2, at: 999), at: time(20))
        #expect(ClusterNews.lines(from: after, to: health.view).isEmpty)
    }
}
