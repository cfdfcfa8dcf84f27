import Vocabulary

/// `leastLag`: the candidate whose replay is the least behind the primary. Those that are hardly
/// further behind count as equal, and share by weight (smooth weighted round robin): what is known
/// of their lag is as old as the latest probe.
package struct LeastLag: BalancingAlgorithm {
    package static let name = "leastLag"

    /// As much more lag makes no difference: a few transactions that are on their way.
    static let slackBytes: UInt64 = 65_536

    private var weights: SmoothWeights

    package init(nodeCount: Int) { weights = SmoothWeights(nodeCount: nodeCount) }

    package mutating func choose(among candidates: [Candidate], random: UInt64) -> Int {
        var least = UInt64.max
        for candidate in candidates { least = min(least, candidate.lagBytes) }
        let (sum, overflows) = least.addingReportingOverflow(Self.slackBytes)
        let limit = overflows ? UInt64.max : sum
        return weights.next(candidates) { $0.lagBytes <= limit }
    }

    /// How far it is behind.
    package func score(of candidate: Candidate, among candidates: [Candidate]) -> String? {
        guard candidate.lagBytes < UInt64.max else { return "lag not known: comes last" }
        let least = candidates.map(\.lagBytes).min() ?? 0
        let more = candidate.lagBytes - min(least, candidate.lagBytes)
        return more <= Self.slackBytes
            ? "among the least behind" : "\(more) bytes further behind than the best"
    }
}
