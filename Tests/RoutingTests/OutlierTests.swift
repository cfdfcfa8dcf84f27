import Testing
import Vocabulary

@testable import Routing

@Suite("Outlier")
struct OutlierTests {
    private func outlier(failures: Int = 2) -> Outlier {
        Outlier(
            policy: .init(
                intervalMillis: 1_000, failuresToEject: failures, maxBackoffMillis: 5_000),
            at: time(0))
    }

    /// In milliseconds, from `now` to the next probe.
    private func pause(_ outlier: Outlier, from now: UInt64) -> UInt64 {
        outlier.nextProbeAt.milliseconds(since: time(now))
    }

    @Test("unknown and usable at first, probed at once; up after the first success")
    func start() {
        var outlier = outlier()
        #expect(outlier.state == .unknown && outlier.state.isUsable)
        #expect(outlier.nextProbeAt == time(0))
        outlier.succeeded(at: time(10))
        #expect(outlier.state == .up)
        #expect(outlier.stateSince == time(10))
        #expect(pause(outlier, from: 10) == 1_000)
    }

    @Test("a node never seen up is out with its first failure")
    func neverUp() {
        var outlier = outlier(failures: 5)
        outlier.failed("connection refused", at: time(3))
        #expect(outlier.state == .down(reason: "connection refused"))
        #expect(outlier.stateSince == time(3))
    }

    @Test("a node that was up is out after so many failures in a row, the last of them named")
    func ejected() {
        var outlier = outlier(failures: 3)
        outlier.succeeded(at: time(0))
        outlier.failed("a", at: time(1_000))
        #expect(outlier.state == .up)
        #expect(pause(outlier, from: 1_000) == 200)
        outlier.failed("b", at: time(1_200))
        outlier.succeeded(at: time(1_400))
        outlier.failed("c", at: time(2_400))
        outlier.failed("d", at: time(2_600))
        #expect(outlier.state == .up)
        #expect(outlier.stateSince == time(0))
        outlier.failed("e", at: time(2_800))
        #expect(outlier.state == .down(reason: "e"))
        #expect(outlier.stateSince == time(2_800))
    }

    @Test("the pause doubles to its longest, and starts anew after a success")
    func backOff() {
        var outlier = outlier(failures: 1)
        outlier.succeeded(at: time(0))
        var pauses: [UInt64] = []
        for step in UInt64(1)...5 {
            outlier.failed("gone", at: time(step * 10_000))
            pauses.append(pause(outlier, from: step * 10_000))
        }
        #expect(pauses == [1_000, 2_000, 4_000, 5_000, 5_000])
        outlier.succeeded(at: time(60_000))
        #expect(outlier.state == .up && pause(outlier, from: 60_000) == 1_000)
        outlier.failed("gone", at: time(61_000))
        #expect(pause(outlier, from: 61_000) == 1_000)
    }

    @Test("being down longer changes the reason, not since when")
    func reasonChanges() {
        var outlier = outlier()
        outlier.failed("connection refused", at: time(1))
        outlier.failed("the database system is starting up", at: time(2_000))
        #expect(outlier.state == .down(reason: "the database system is starting up"))
        #expect(outlier.stateSince == time(1))
    }

    @Test("what a client met takes the node out and has it probed at once")
    func reported() {
        var outlier = outlier(failures: 10)
        outlier.succeeded(at: time(0))
        outlier.reported("connection refused", at: time(50))
        #expect(outlier.state == .down(reason: "connection refused"))
        #expect(outlier.nextProbeAt == time(50))
        outlier.failed("connection refused", at: time(60))
        let planned = outlier.nextProbeAt
        outlier.reported("connection reset", at: time(70))
        #expect(outlier.state == .down(reason: "connection refused"))
        #expect(outlier.nextProbeAt == planned)
        outlier.succeeded(at: time(1_060))
        #expect(outlier.state == .up)
    }

    @Test("the wrong role takes the node out at once")
    func rejected() {
        var outlier = outlier(failures: 10)
        outlier.succeeded(at: time(0))
        outlier.rejected("not in recovery", at: time(1_000))
        #expect(outlier.state == .down(reason: "not in recovery"))
        #expect(pause(outlier, from: 1_000) == 1_000)
    }

    @Test("extreme policies do not overflow, and never probe without a pause")
    func extremes() {
        let policy = Outlier.Policy(
            intervalMillis: .max, failuresToEject: .max, maxBackoffMillis: .max)
        var outlier = Outlier(policy: policy, at: time(1))
        for _ in 0..<70 { outlier.failed("gone", at: MonotonicInstant(nanoseconds: .max - 5)) }
        #expect(outlier.nextProbeAt == MonotonicInstant(nanoseconds: .max))
        var eager = Outlier(
            policy: .init(intervalMillis: 0, failuresToEject: 0, maxBackoffMillis: 0), at: time(1))
        eager.failed("gone", at: time(1))
        #expect(eager.nextProbeAt > time(1))
        eager.succeeded(at: time(5))
        #expect(eager.nextProbeAt > time(5))
        eager.policy.failuresToEject = 2
        eager.failed("gone", at: time(6))
        #expect(eager.nextProbeAt > time(6))
    }
}
