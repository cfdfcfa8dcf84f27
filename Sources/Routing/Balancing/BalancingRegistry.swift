/// The balancing algorithms that a configuration may name. A value: to add one's own, take
/// `standard` and add it.
package struct BalancingRegistry: Sendable {
    private var types: [String: any BalancingAlgorithm.Type] = [:]

    /// The algorithms that come with the proxy.
    package static let standard = BalancingRegistry()
        .adding(RandomChoice.self)
        .adding(RoundRobin.self)
        .adding(WeightedRandom.self)
        .adding(Weighted.self)
        .adding(LeastConnections.self)
        .adding(LowestLatency.self)
        .adding(LeastLag.self)

    package init() {}

    /// This registry and one more algorithm; one of the same name is replaced.
    package func adding(_ type: any BalancingAlgorithm.Type) -> BalancingRegistry {
        var copy = self
        copy.types[type.name] = type
        return copy
    }

    /// Every name, in alphabetical order.
    package var names: [String] { types.keys.sorted() }

    /// A fresh instance for a cluster of so many nodes; nil for an unknown name.
    package func make(_ name: String, nodeCount: Int) -> (any BalancingAlgorithm)? {
        types[name]?.init(nodeCount: nodeCount)
    }
}
