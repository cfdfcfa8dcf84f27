import Vocabulary

/// `weightedRandom`: each candidate is as likely as its share of the weights.
package struct WeightedRandom: BalancingAlgorithm {
    package static let name = "weightedRandom"

    package init(nodeCount: Int) {}

    package mutating func choose(among candidates: [Candidate], random: UInt64) -> Int {
        var rest = random.below(candidates.reduce(0) { $0 + $1.weight })
        for index in candidates.indices {
            rest -= candidates[index].weight
            if rest < 0 { return index }
        }
        return candidates.count - 1
    }

    /// How likely it is.
    package func score(of candidate: Candidate, among candidates: [Candidate]) -> String? {
        "\(candidates.share(of: candidate)) of the reads"
    }
}
