import Vocabulary

/// `leastConnections`: the candidate with the fewest turns of this worker for its weight; among
/// equals, as happens all the time under light load, smooth weighted round robin.
package struct LeastConnections: BalancingAlgorithm {
    package static let name = "leastConnections"

    private var ties: SmoothWeights

    package init(nodeCount: Int) { ties = SmoothWeights(nodeCount: nodeCount) }

    package mutating func choose(among candidates: [Candidate], random: UInt64) -> Int {
        var least = candidates[0]
        for candidate in candidates where candidate.isLessLoaded(than: least) { least = candidate }
        let threshold = least
        return ties.next(candidates) { !threshold.isLessLoaded(than: $0) }
    }

    /// What is under way there, by its weight.
    package func score(of candidate: Candidate, among candidates: [Candidate]) -> String? {
        let perWeight = Double(candidate.load) / Double(candidate.weight)
        return "\(perWeight.inShort) turns for its weight; the least counts"
    }
}

extension Candidate {
    /// Compares load by weight, without a division.
    fileprivate func isLessLoaded(than other: Candidate) -> Bool {
        let (own, ownOverflow) = load.multipliedReportingOverflow(by: other.weight)
        let (others, othersOverflow) = other.load.multipliedReportingOverflow(by: weight)
        return ownOverflow || othersOverflow ? load < other.load : own < others
    }
}
