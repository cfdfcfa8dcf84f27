import Vocabulary

/// Smooth weighted round robin, as nginx has it (`ngx_http_upstream_get_peer`): each turn every
/// candidate earns its weight, the richest is chosen and pays what all have earned. Over a round,
/// as many turns as the sum of the weights, each gets exactly its weight, spread and not in bursts:
/// with 5, 1, 1: a a b a c a a.
///
/// Invariant: the credits of a set of candidates that has not changed add up to what they were.
package struct SmoothWeights: Sendable, Hashable {
    /// By node.
    private var credit: [Int]

    package init(nodeCount: Int) {
        credit = Array(repeating: 0, count: max(0, nodeCount))
    }

    /// The place of the next one among those candidates that `takesPart` admits; it must admit one.
    package mutating func next(
        _ candidates: [Candidate], where takesPart: (Candidate) -> Bool
    ) -> Int {
        var total = 0
        var best: Int?
        for index in candidates.indices where takesPart(candidates[index]) {
            let node = candidates[index].node.index
            guard credit.indices.contains(node) else { continue }
            credit[node] += candidates[index].weight
            total += candidates[index].weight
            if let rival = best, credit[candidates[rival].node.index] >= credit[node] { continue }
            best = index
        }
        guard let best else { return 0 }
        credit[candidates[best].node.index] -= total
        return best
    }
}
