import Configuration
import Testing
import Vocabulary

@testable import ControlPlane

@Suite("Bounds of lag")
struct LagGateTests {
    private static func lag(_ bytes: UInt64?, _ milliseconds: UInt64? = nil) -> ReplicaLag {
        var lag = ReplicaLag(
            of: ProbeReading(isInRecovery: true), behind: PrimaryTrail(),
            at: MonotonicInstant(nanoseconds: 0))
        (lag.bytes, lag.milliseconds) = (bytes, milliseconds)
        return lag
    }

    private static func bounds(
        bytes: Int? = nil, millis: Int? = nil, resume: Int? = nil
    ) -> ProxyConfiguration.Lag {
        var bounds = ProxyConfiguration.Lag()
        (bounds.maxBytes, bounds.maxMillis, bounds.resumeBytes) = (bytes, millis, resume)
        return bounds
    }

    @Test("a replica is out beyond the bound, and back at half of it")
    func hysteresis() {
        var gate = LagGate()
        let bounds = Self.bounds(bytes: 8_000_000)
        gate.judge(Self.lag(8_000_000), bounds)
        #expect(gate.obstacle == nil)
        gate.judge(Self.lag(12_300_000), bounds)
        #expect(gate.obstacle == "is 12 MB behind (limit 8 MB)")
        gate.judge(Self.lag(5_600_000), bounds)
        #expect(gate.obstacle == "is 5.6 MB behind (back at 4 MB, limit 8 MB)")
        gate.judge(Self.lag(4_000_000), bounds)
        #expect(gate.obstacle == nil)
        gate.judge(Self.lag(7_900_000), bounds)
        #expect(gate.obstacle == nil)
    }

    @Test("where to come back can be set")
    func resume() {
        var gate = LagGate()
        let bounds = Self.bounds(bytes: 1_000, resume: 0)
        gate.judge(Self.lag(1_001), bounds)
        gate.judge(Self.lag(1), bounds)
        #expect(gate.obstacle == "is 1 B behind (back at 0 B, limit 1 kB)")
        gate.judge(Self.lag(0), bounds)
        #expect(gate.obstacle == nil)
    }

    @Test("either bound keeps it out, both let it back")
    func both() {
        var gate = LagGate()
        let bounds = Self.bounds(bytes: 1_000, millis: 500)
        gate.judge(Self.lag(10, 1_400), bounds)
        #expect(gate.obstacle == "is 1.4 s behind (limit 500 ms)")
        gate.judge(Self.lag(900, 100), bounds)
        #expect(gate.obstacle == "is 900 B behind (back at 500 B, limit 1 kB)")
        gate.judge(Self.lag(100, 100), bounds)
        #expect(gate.obstacle == nil)
    }

    @Test("what is not known changes nothing")
    func unknown() {
        var gate = LagGate()
        let bounds = Self.bounds(bytes: 1_000)
        gate.judge(Self.lag(nil, 99_999), bounds)
        #expect(gate.obstacle == nil)
        gate.judge(Self.lag(5_000), bounds)
        gate.judge(Self.lag(nil), bounds)
        #expect(gate.obstacle != nil)
    }

    @Test("without bounds nobody is ever too far behind, and a reload that takes them away frees")
    func unbounded() {
        var gate = LagGate()
        gate.judge(Self.lag(5_000), Self.bounds(bytes: 1_000))
        gate.judge(Self.lag(.max, .max), Self.bounds())
        #expect(gate.obstacle == nil)
    }
}
