import Vocabulary

/// `lowestLatency`: of two candidates picked at random, the one with the lower cost: its moving
/// average of latency times its turns under way. (Mitzenmacher, "The Power of Two Choices in
/// Randomized Load Balancing"; the average as in Finagle's `PeakEwma`.) Weights above 0 do not
/// count: what a node is worth is measured.
///
/// - The average is peak-sensitive: it jumps to a reply that took longer, and sinks towards faster
///   ones with a half-life of one second. A node in trouble is left at once.
/// - A node that is not used any more sinks by time alone, so that it is tried again after a while:
///   one a hundred times slower than the others after some seven seconds, with one read.
/// - A node never measured comes first, with one read at a time.
package struct LowestLatency: BalancingAlgorithm {
    package static let name = "lowestLatency"

    /// In which an average loses half of its distance to what is measured now.
    static let halfLifeNanoseconds: UInt64 = 1_000_000_000

    private struct Average: Sendable {
        var nanoseconds: Double = 0
        var at = MonotonicInstant(nanoseconds: 0)
        var isMeasured = false
    }

    /// By node.
    private var averages: [Average]
    /// The latest instant heard of: the clock, as far as this type needs one.
    private var latest = MonotonicInstant(nanoseconds: 0)

    package init(nodeCount: Int) {
        averages = Array(repeating: Average(), count: max(0, nodeCount))
    }

    package mutating func choose(among candidates: [Candidate], random: UInt64) -> Int {
        guard candidates.count > 1 else { return 0 }
        let first = (random << 32).below(candidates.count)
        var second = (random & 0xFFFF_FFFF_0000_0000).below(candidates.count - 1)
        if second >= first { second += 1 }
        return cost(candidates[second]) < cost(candidates[first]) ? second : first
    }

    package mutating func observed(
        _ node: NodeID, nanoseconds: UInt64, at now: MonotonicInstant
    ) {
        guard averages.indices.contains(node.index) else { return }
        latest = max(latest, now)
        let sample = Double(nanoseconds)
        let former = averages[node.index]
        let keeps = former.isMeasured ? Self.share(after: now.nanoseconds(since: former.at)) : 0
        let sunk = former.nanoseconds * keeps + sample * (1 - keeps)
        averages[node.index] = Average(nanoseconds: max(sample, sunk), at: now, isMeasured: true)
    }

    /// How long a read would take there.
    package func score(of candidate: Candidate, among candidates: [Candidate]) -> String? {
        guard averages.indices.contains(candidate.node.index),
            averages[candidate.node.index].isMeasured
        else { return "not measured yet: comes first" }
        let milliseconds = cost(candidate) / 1_000_000
        return "\(milliseconds.inShort) ms expected; the less of two picked at random counts"
    }

    /// In nanoseconds: about how long a read would take there.
    private func cost(_ candidate: Candidate) -> Double {
        guard averages.indices.contains(candidate.node.index) else { return 0 }
        let average = averages[candidate.node.index]
        guard average.isMeasured else { return candidate.load == 0 ? 0 : .infinity }
        let age = latest.nanoseconds(since: average.at)
        return average.nanoseconds * Self.share(after: age) * Double(candidate.load + 1)
    }

    /// What remains of an average after a time: half after a half-life, and so on, with straight
    /// lines between those points; nothing here needs the curve.
    static func share(after nanoseconds: UInt64) -> Double {
        let halvings = nanoseconds / halfLifeNanoseconds
        guard halvings < 64 else { return 0 }
        let rest = Double(nanoseconds % halfLifeNanoseconds) / Double(halfLifeNanoseconds)
        return (1 - rest / 2) / Double(UInt64(1) << halvings)
    }
}
