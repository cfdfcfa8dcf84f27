import Vocabulary

/// `roundRobin`: each candidate in turn, in the order of the configuration, whatever its weight. A
/// node that comes or goes does not disturb the turn of the others.
package struct RoundRobin: BalancingAlgorithm {
    package static let name = "roundRobin"

    private var latest = NodeID(-1)

    package init(nodeCount: Int) {}

    package mutating func choose(among candidates: [Candidate], random: UInt64) -> Int {
        let chosen = candidates.firstIndex { $0.node > latest } ?? 0
        latest = candidates[chosen].node
        return chosen
    }

    /// When its turn is.
    package func score(of candidate: Candidate, among candidates: [Candidate]) -> String? {
        let next = candidates.firstIndex { $0.node > latest } ?? 0
        guard let place = candidates.firstIndex(of: candidate) else { return nil }
        let turns = (place - next + candidates.count) % candidates.count
        return turns == 0 ? "next in turn" : "in turn after \(turns)"
    }
}
