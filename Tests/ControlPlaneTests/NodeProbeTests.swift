import Routing
import Testing
import Vocabulary

@testable import ControlPlane

@Suite("Node probe")
struct NodeProbeTests {
    static func rows(_ values: [String?]...) -> LibpqRows {
        LibpqRows(columns: ["r", "case", "case", "exists", "case", "case"], rows: values)
    }

    @Test("a primary's answer")
    func primary() throws {
        let reading = try NodeProbe.reading(
            of: Self.rows(["f", "16/B374D848", nil, "f", nil, "3"]))
        #expect(reading.isInRecovery == false)
        #expect(reading.position?.description == "16/B374D848")
        #expect(reading.timeline == Timeline(3))
        #expect(reading.contradiction(to: .primary) == nil)
        #expect(reading.contradiction(to: .auto) == nil)
        #expect(
            reading.contradiction(to: .replica) == "configured as a replica but is not in recovery")
    }

    @Test("a replica's answer")
    func replica() throws {
        let reading = try NodeProbe.reading(
            of: Self.rows(["t", "0/5000", "0/6000", "t", "1234", "2"]))
        let expected = ProbeReading(
            isInRecovery: true, position: LogSequenceNumber(0x5000),
            received: LogSequenceNumber(0x6000), isStreaming: true, replayedAgeMilliseconds: 1234,
            timeline: Timeline(2))
        #expect(reading == expected)
        #expect(reading.contradiction(to: .replica) == nil)
        #expect(
            reading.contradiction(to: .primary) == "configured as the primary but is in recovery")
    }

    @Test("a replica whose clock was set back is not behind by a negative time")
    func clockSetBack() throws {
        let reading = try NodeProbe.reading(
            of: Self.rows(["t", "0/5000", "0/6000", "t", "-7", nil]))
        #expect(reading.replayedAgeMilliseconds == 0)
    }

    @Test(
        "an answer of another shape is an error, not a reading",
        arguments: [
            rows(), rows(["t", "0/5000", "0/6000", "t", "1"]),
            rows([nil, nil, nil, nil, nil, nil]),
            rows(["yes", "0/5000", "0/6000", "t", "1", "1"]),
            rows(["t", "nonsense", nil, "t", nil, nil]),
            rows(["t", "0/0/0", nil, "t", nil, nil]),
            rows(["f", "0/1", nil, "f", nil, "1"], ["f", "0/1", nil, "f", nil, "1"]),
        ])
    func odd(result: LibpqRows) {
        #expect(throws: LibpqError.self) { try NodeProbe.reading(of: result) }
    }
}

@Suite("Replica lag")
struct ReplicaLagTests {
    /// Long after everything.
    private let now = MonotonicInstant(nanoseconds: 0).advanced(milliseconds: 1_000_000)

    /// A primary that was here at the very beginning.
    private func trail(_ position: UInt64) -> PrimaryTrail {
        var trail = PrimaryTrail()
        trail.add(LogSequenceNumber(position), at: MonotonicInstant(nanoseconds: 0))
        return trail
    }

    @Test("the first transaction after a long rest does not make a replica look hours behind")
    func afterRest() {
        var trail = trail(400)
        trail.add(LogSequenceNumber(400), at: now)
        let later = now.advanced(milliseconds: 300)
        trail.add(LogSequenceNumber(500), at: later)
        let reading = reading(replayed: 400, received: 500, age: 3_600_000)
        let lag = ReplicaLag(of: reading, behind: trail, at: later)
        #expect(lag.bytes == 100)
        #expect(lag.milliseconds == 300)
    }

    @Test("a trail keeps its ends, however long it gets")
    func longTrail() {
        var trail = PrimaryTrail()
        for step in 1...10_000 as ClosedRange<UInt64> {
            trail.add(
                LogSequenceNumber(step), at: MonotonicInstant(nanoseconds: step * 1_000_000))
        }
        #expect(trail.newest == LogSequenceNumber(10_000))
        let covering = trail.instant(covering: LogSequenceNumber(9_990))
        #expect(covering == MonotonicInstant(nanoseconds: 9_990 * 1_000_000))
        #expect(trail.instant(covering: LogSequenceNumber(1)) != nil)
        #expect(trail.instant(covering: LogSequenceNumber(0)) == nil)
    }

    private func reading(
        replayed: UInt64?, received: UInt64? = nil, streaming: Bool = true, age: UInt64? = 90_000
    ) -> ProbeReading {
        ProbeReading(
            isInRecovery: true, position: replayed.map { LogSequenceNumber($0) },
            received: received.map { LogSequenceNumber($0) }, isStreaming: streaming,
            replayedAgeMilliseconds: age)
    }

    @Test("a replica that has all of the primary's WAL is not behind, however old that is")
    func atRest() {
        let lag = ReplicaLag(
            of: reading(replayed: 500, received: 500), behind: trail(500), at: now)
        #expect(lag.bytes == 0)
        #expect(lag.milliseconds == 0)
    }

    @Test("a position read before the primary's next write does not make the lag negative")
    func ahead() {
        let lag = ReplicaLag(of: reading(replayed: 700), behind: trail(500), at: now)
        #expect(lag.bytes == 0)
        #expect(lag.milliseconds == 0)
    }

    @Test("what was received and not replayed is lag")
    func replaying() {
        let lag = ReplicaLag(
            of: reading(replayed: 400, received: 500), behind: trail(500), at: now)
        #expect(lag.bytes == 100)
        #expect(lag.milliseconds == 90_000)
    }

    @Test("all that a live stream brought is replayed: behind in bytes, not in time")
    func inFlight() {
        let lag = ReplicaLag(
            of: reading(replayed: 400, received: 400), behind: trail(500), at: now)
        #expect(lag.bytes == 100)
        #expect(lag.milliseconds == 0)
    }

    @Test("a replica that lost its primary is behind although it replayed all it had received")
    func streamBroken() {
        let lag = ReplicaLag(
            of: reading(replayed: 400, received: 400, streaming: false),
            behind: trail(500), at: now)
        #expect(lag.milliseconds == 90_000)
    }

    @Test("without the primary's position the bytes are not known")
    func noPrimary() {
        let lag = ReplicaLag(
            of: reading(replayed: 400, received: 500), behind: PrimaryTrail(), at: now)
        #expect(lag.bytes == nil)
        #expect(lag.milliseconds == 90_000)
    }

    @Test("a replica that has replayed nothing tells nothing")
    func nothingReplayed() {
        let lag = ReplicaLag(
            of: reading(replayed: nil, age: nil), behind: trail(500), at: now)
        #expect(lag.bytes == nil)
        #expect(lag.milliseconds == nil)
    }
}
