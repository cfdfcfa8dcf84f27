import StatementClassifier
import Vocabulary

/// What a batch needs of the cluster.
package enum RouteNeed: UInt8, Sendable, Hashable {
    /// Must run on the primary.
    case primary
    /// May run on a replica.
    case read
}

/// Why a batch went where it went.
package enum RouteReason: UInt8, Sendable, Hashable, CaseIterable {
    /// It must run on the primary.
    case needsPrimary
    /// The balancing algorithm chose this replica.
    case balanced
    /// A read, but the cluster has no replica in its configuration.
    case noReplicaConfigured
    /// A read, but no replica is usable, and `fallbackToPrimary` is set.
    case fallback
}

/// Where a batch goes.
package enum Route: Sendable, Hashable {
    case node(NodeID, RouteReason)
    /// A read, no usable replica, and `fallbackToPrimary: false`. The text names each replica and
    /// why it is unusable.
    case refused(String)
    /// A cluster without a primary in its view.
    case noPrimary
}

/// Chooses the node of a batch. Owned by one worker; holds the state of the balancing algorithm.
package struct Router {
    /// - Parameter algorithm: a name in `BalancingRegistry`; nil is returned for an unknown one.
    package init?(algorithm: String, nodeCount: Int) { return nil }

    /// - Parameters:
    ///   - load: per node, how many turns of this worker run or wait there now; same count and
    ///     order as the view's nodes.
    ///   - excluding: a node that has just failed this very batch.
    ///   - random: 64 fresh random bits, drawn by the caller.
    package mutating func route(
        _ need: RouteNeed, view: ClusterView, load: [Int32], excluding: NodeID? = nil,
        random: UInt64
    ) -> Route { .noPrimary }

    /// A read on `node` was answered after `nanoseconds`.
    package mutating func observed(_ node: NodeID, nanoseconds: UInt64, at now: MonotonicInstant) {}
}
