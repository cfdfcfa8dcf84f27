import Testing
import Vocabulary

@testable import Routing

@Suite("lowestLatency")
struct LowestLatencyTests {
    /// Runs reads one after the other, a millisecond apart, each as long as its node is slow, and
    /// counts them by node.
    private func run(
        _ algorithm: inout LowestLatency, reads: Int, from start: UInt64, latencies: [UInt64],
        random: inout SeededRandom
    ) -> [Int] {
        var counts = Array(repeating: 0, count: latencies.count)
        let weights = Array(repeating: 1, count: latencies.count)
        for read in 0..<reads {
            let node = algorithm.choose(among: candidates(weights), random: random.next())
            counts[node] += 1
            algorithm.observed(
                NodeID(node), nanoseconds: latencies[node] * 1_000,
                at: time(start + UInt64(read)))
        }
        return counts
    }

    @Test("equal nodes share about equally")
    func equal() {
        var algorithm = LowestLatency(nodeCount: 3)
        var random = SeededRandom(seed: 5)
        var counts = [0, 0, 0]
        for read in 0..<9_000 {
            let node = algorithm.choose(among: candidates([1, 1, 1]), random: random.next())
            counts[node] += 1
            let latency = UInt64.random(in: 900_000...1_100_000, using: &random)
            algorithm.observed(NodeID(node), nanoseconds: latency, at: time(UInt64(read)))
        }
        #expect(counts.allSatisfy { $0 > 2_000 }, "\(counts)")
    }

    @Test("nodes not measured yet are tried first, with one read at a time")
    func unmeasured() {
        var algorithm = LowestLatency(nodeCount: 2)
        algorithm.observed(NodeID(0), nanoseconds: 1_000, at: time(1))
        for random in [UInt64.min, .max, 0x8000_0000, 0x8000_0000_0000_0000] {
            #expect(algorithm.choose(among: candidates([1, 1]), random: random) == 1)
            let busy = candidates([1, 1], loads: [50, 1])
            #expect(algorithm.choose(among: busy, random: random) == 0)
        }
    }

    @Test("turns under way count: the idle node of two equals is taken")
    func load() {
        var algorithm = LowestLatency(nodeCount: 2)
        for node in 0..<2 { algorithm.observed(NodeID(node), nanoseconds: 1_000, at: time(1)) }
        let loaded = candidates([1, 1], loads: [3, 0])
        #expect(algorithm.choices(50, among: loaded).allSatisfy { $0 == 1 })
    }

    @Test("it leaves a node that gets slow at once, tries it now and then, and comes back")
    func slowNode() {
        var algorithm = LowestLatency(nodeCount: 2)
        var random = SeededRandom(seed: 11)
        let fast = run(
            &algorithm, reads: 2_000, from: 0, latencies: [1_000, 1_000], random: &random)
        #expect(fast[1] > 500, "\(fast)")
        let slow = run(
            &algorithm, reads: 20_000, from: 2_000, latencies: [1_000, 100_000], random: &random)
        // Tried again each time its average has halved down to the other's: after 7 seconds or so.
        #expect((1...6).contains(slow[1]), "\(slow)")
        let healed = run(
            &algorithm, reads: 20_000, from: 22_000, latencies: [1_000, 1_000], random: &random)
        #expect(healed[1] > 2_000, "\(healed)")
    }

    @Test("a single slow reply counts in full, then sinks with a half-life of a second")
    func peak() {
        #expect(LowestLatency.share(after: 0) == 1)
        #expect(LowestLatency.share(after: 500_000_000) == 0.75)
        #expect(LowestLatency.share(after: 1_000_000_000) == 0.5)
        #expect(LowestLatency.share(after: 3_000_000_000) == 0.125)
        #expect(LowestLatency.share(after: .max) == 0)
        var algorithm = LowestLatency(nodeCount: 2)
        algorithm.observed(NodeID(0), nanoseconds: 1_000, at: time(0))
        algorithm.observed(NodeID(1), nanoseconds: 2_000, at: time(0))
        algorithm.observed(NodeID(0), nanoseconds: 50_000, at: time(1))
        #expect(algorithm.choices(20, among: candidates([1, 1])).allSatisfy { $0 == 1 })
        algorithm.observed(NodeID(0), nanoseconds: 1_000, at: time(2))
        #expect(algorithm.choices(20, among: candidates([1, 1])).allSatisfy { $0 == 1 })
        for second in UInt64(1)...6 {
            algorithm.observed(NodeID(0), nanoseconds: 1_000, at: time(second * 1_000))
            algorithm.observed(NodeID(1), nanoseconds: 2_000, at: time(second * 1_000))
        }
        #expect(algorithm.choices(20, among: candidates([1, 1])).allSatisfy { $0 == 0 })
    }

    @Test("of more than two, each pair is as likely: the slowest of three is never taken")
    func threeNodes() {
        var algorithm = LowestLatency(nodeCount: 3)
        for (node, latency) in [UInt64(1_000), 2_000, 3_000].enumerated() {
            algorithm.observed(NodeID(node), nanoseconds: latency, at: time(1))
        }
        let counts = tally(algorithm.choices(9_000, among: candidates([1, 1, 1])), places: 3)
        #expect(counts[2] == 0)
        #expect(abs(counts[0] - 6_000) < 250, "\(counts)")
    }

    @Test("nodes and times that make no sense are harmless")
    func nonsense() {
        var algorithm = LowestLatency(nodeCount: 1)
        algorithm.observed(NodeID(9), nanoseconds: 1, at: time(1))
        algorithm.observed(NodeID(-1), nanoseconds: 1, at: time(1))
        algorithm.observed(NodeID(0), nanoseconds: .max, at: MonotonicInstant(nanoseconds: .max))
        algorithm.observed(NodeID(0), nanoseconds: 0, at: time(0))
        #expect([0, 1].contains(algorithm.choose(among: candidates([1, 1]), random: 5)))
    }
}
