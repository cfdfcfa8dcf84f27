/// `random`: each candidate is as likely as the other, whatever its weight.
package struct RandomChoice: BalancingAlgorithm {
    package static let name = "random"

    package init(nodeCount: Int) {}

    package mutating func choose(among candidates: [Candidate], random: UInt64) -> Int {
        random.below(candidates.count)
    }

    /// How likely it is.
    package func score(of candidate: Candidate, among candidates: [Candidate]) -> String? {
        "\(100 / max(1, candidates.count)) % of the reads"
    }
}
