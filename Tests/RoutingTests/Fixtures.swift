import Vocabulary

@testable import Routing

/// A small generator of random numbers that gives the same ones for the same seed.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

func time(_ milliseconds: UInt64) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: 0).advanced(milliseconds: milliseconds)
}

/// A cluster with primary pg1 and replicas pg2, pg3 ... of these weights.
func cluster(
    weights: [Int] = [1, 1], down: [String: String] = [:], fallback: Bool = true
) -> ClusterView {
    var nodes = [NodeView(id: NodeID(0), name: "pg1", role: .primary, state: .up)]
    for (index, weight) in weights.enumerated() {
        nodes.append(
            NodeView(
                id: NodeID(index + 1), name: "pg\(index + 2)", role: .replica, weight: weight,
                state: .up))
    }
    for index in nodes.indices {
        if let reason = down[nodes[index].name] { nodes[index].state = .down(reason: reason) }
    }
    return ClusterView(name: "main", nodes: nodes, fallbackToPrimary: fallback)
}

/// Candidates for nodes 0, 1 ... of these weights and loads.
func candidates(_ weights: [Int], loads: [Int] = []) -> [Candidate] {
    weights.indices.map {
        Candidate(
            node: NodeID($0), weight: weights[$0], load: $0 < loads.count ? loads[$0] : 0)
    }
}

extension BalancingAlgorithm {
    /// The places of so many choices, in order.
    mutating func choices(
        _ count: Int, among candidates: [Candidate], seed: UInt64 = 1
    ) -> [Int] {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { _ in choose(among: candidates, random: random.next()) }
    }
}

/// How often each of the first `places` numbers is in the list.
func tally(_ choices: [Int], places: Int) -> [Int] {
    choices.reduce(into: Array(repeating: 0, count: places)) { $0[$1] += 1 }
}

/// A request that one node has failed already, or none.
func request(_ need: RouteNeed, _ excluding: NodeID?) -> RouteRequest {
    var request = RouteRequest(need)
    if let excluding { request.excluded.insert(excluding) }
    return request
}
