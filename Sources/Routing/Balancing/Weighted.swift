import Vocabulary

/// `weighted`: smooth weighted round robin. In each round of as many reads as the weights sum up
/// to, every candidate gets exactly its weight, spread over the round.
package struct Weighted: BalancingAlgorithm {
    package static let name = "weighted"

    private var weights: SmoothWeights

    package init(nodeCount: Int) { weights = SmoothWeights(nodeCount: nodeCount) }

    package mutating func choose(among candidates: [Candidate], random: UInt64) -> Int {
        weights.next(candidates) { _ in true }
    }

    /// Its share of a round.
    package func score(of candidate: Candidate, among candidates: [Candidate]) -> String? {
        "\(candidates.share(of: candidate)) of the reads"
    }
}
