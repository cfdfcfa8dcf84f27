/// `random`: each candidate is as likely as the other, whatever its weight.
package struct RandomChoice: BalancingAlgorithm {
    package static let name = "random"

    package init(nodeCount: Int) {}

    package mutating func choose(among candidates: [Candidate], random: UInt64) -> Int {
        random.below(candidates.count)
    }
}
