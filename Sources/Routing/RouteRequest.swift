import Vocabulary

/// What one batch asks of the router: built for each call, without references.
package struct RouteRequest: Sendable, Hashable {
    package var need: RouteNeed
    /// Nodes that have failed this very batch: none of them gets it again.
    package var excluded = NodeSet()
    /// It must see all that was acknowledged up to this instant; nil: it may see any state.
    package var provenAfter: MonotonicInstant?
    /// It must see all up to this position of the primary's timeline; nil: it may see any state.
    package var readAfter: LogSequenceNumber?
    /// Where a replica could take it but for the proof, it waits for that.
    package var awaitsProof = false

    /// It must see something in particular.
    package var needsProof: Bool { provenAfter != nil || readAfter != nil }
    /// What a hint or a setting asks for: the reason that is given. `need` has it taken in.
    package var asked = RouteChoice.auto
    /// A replica has refused it in a way that tells of the others too: the primary, if the cluster
    /// lets reads go there.
    package var sparesReplicas = false

    package init(_ need: RouteNeed, excluded: NodeSet = NodeSet()) {
        self.need = need
        self.excluded = excluded
    }
}

/// Some of the first 64 nodes of a cluster; one beyond them is never in it.
package struct NodeSet: Sendable, Hashable {
    private var bits: UInt64 = 0

    package init() {}

    package var isEmpty: Bool { bits == 0 }

    /// Whether the node is one of them.
    package func contains(_ node: NodeID) -> Bool { bits & Self.bit(node) != 0 }

    /// Makes the node one of them.
    package mutating func insert(_ node: NodeID) { bits |= Self.bit(node) }

    private static func bit(_ node: NodeID) -> UInt64 {
        node.index >= 0 && node.index < 64 ? 1 &<< UInt64(node.index) : 0
    }
}
