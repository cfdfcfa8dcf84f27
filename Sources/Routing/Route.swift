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
    /// A hint or a setting asks for the primary.
    case primaryAsked
    /// The balancing algorithm chose this replica.
    case balanced
    /// The same, for a hint or a setting that asks for a replica.
    case replicaAsked
    /// A read, but the cluster has no replica in its configuration.
    case noReplicaConfigured
    /// A read, but no replica is usable, and `fallbackToPrimary` is set.
    case fallback
    /// A read, and no usable replica is proven to hold what it must see.
    case unproven
    /// A read that a replica has refused, this time or not long ago.
    case refusedByReplica
}

/// Where a batch goes.
package enum Route: Sendable, Hashable {
    case node(NodeID, RouteReason)
    /// A read, no usable replica, and `fallbackToPrimary: false`. The text names each replica and
    /// why it is unusable.
    case refused(String)
    /// A cluster without a primary in its view.
    case noPrimary
    /// A read that waits: replicas are usable, and none is proven to hold what it must see.
    case awaitProof
}
