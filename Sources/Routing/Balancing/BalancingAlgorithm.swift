import Vocabulary

/// A node that may take the read at hand.
package struct Candidate: Sendable, Hashable {
    package var node: NodeID
    /// As configured, from 1 to `Candidate.heaviest`.
    package var weight: Int
    /// How many turns of this worker run or wait on the node.
    package var load: Int
    /// How far its replay is behind the primary, as of the latest probe; the largest number when
    /// that is not known.
    package var lagBytes: UInt64

    /// Weights beyond count as this: sums of them stay far from overflow.
    package static let heaviest = 1_000_000

    package init(node: NodeID, weight: Int, load: Int, lagBytes: UInt64 = 0) {
        self.node = node
        self.weight = min(max(weight, 1), Self.heaviest)
        self.load = max(load, 0)
        self.lagBytes = lagBytes
    }
}

/// Chooses among the nodes that may take a read. One file each; `BalancingRegistry` finds them by
/// name. A worker has its own instance per cluster, so none needs a lock.
///
/// Nodes of weight 0 are never candidates, nor are unusable ones: what remains to an algorithm is
/// the choice.
package protocol BalancingAlgorithm: Sendable {
    /// As the configuration names it.
    static var name: String { get }

    /// - Parameter nodeCount: nodes of the cluster; every `NodeID.index` is below it.
    init(nodeCount: Int)

    /// The place in `candidates` (never empty, in order of their nodes) of the one to use.
    /// - Parameter random: 64 fresh random bits.
    mutating func choose(among candidates: [Candidate], random: UInt64) -> Int

    /// A read on `node` was answered after `nanoseconds`. Most algorithms do not care.
    mutating func observed(_ node: NodeID, nanoseconds: UInt64, at now: MonotonicInstant)

    /// What the choice rests on for one of `candidates`, in words an operator reads; nil: nothing
    /// that could be said of it alone.
    func score(of candidate: Candidate, among candidates: [Candidate]) -> String?
}

extension BalancingAlgorithm {
    package mutating func observed(
        _ node: NodeID, nanoseconds: UInt64, at now: MonotonicInstant
    ) {}

    /// Nothing to say.
    package func score(of candidate: Candidate, among candidates: [Candidate]) -> String? { nil }
}

extension Double {
    /// With two digits behind the point.
    var inShort: String {
        let hundredths = Int64((self * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}

extension [Candidate] {
    /// The share of one of them by weight, as `40 %`.
    func share(of candidate: Candidate) -> String {
        let sum = reduce(0) { $0 + $1.weight }
        return "\(candidate.weight * 100 / Swift.max(1, sum)) %"
    }
}

extension UInt64 {
    /// These random bits as a number below `bound`, each as likely as the other to within one in
    /// 2^64 / `bound`; 0 when `bound` is not positive.
    package func below(_ bound: Int) -> Int {
        bound > 0 ? Int(multipliedFullWidth(by: UInt64(bound)).high) : 0
    }
}
