import Vocabulary

/// Whether a node may be used, as the monitor last knew.
package enum NodeState: Sendable, Hashable {
    /// Not probed yet. Usable: the first statements must not wait for the first probe.
    case unknown
    case up
    /// Unusable, and why, in words an operator reads.
    case down(reason: String)

    package var isUsable: Bool {
        switch self {
        case .unknown, .up: true
        case .down: false
        }
    }
}

/// A node as routing sees it.
package struct NodeView: Sendable, Hashable {
    package var id: NodeID
    package var name: String
    package var role: Role
    package var weight: Int
    package var state: NodeState
    package var stateSince: MonotonicInstant
    /// Of a replica: how far replay is behind the primary's end of WAL, in bytes; nil: not known.
    package var lagBytes: UInt64?
    /// Of a replica: age of the newest transaction it lacks, in milliseconds; 0 when it has all.
    package var lagMilliseconds: UInt64?
    /// When the latest probe of the node ended, whatever it found; nil: none has yet.
    package var probedAt: MonotonicInstant?
    /// Of a replica: it holds all that was acknowledged before this instant; nil: nothing is
    /// proven.
    package var provenUntil: MonotonicInstant?
    /// Of a replica on the primary's timeline: up to where it is known to have replayed.
    package var replayedUntil: LogSequenceNumber?

    package init(
        id: NodeID, name: String, role: Role, weight: Int = 1, state: NodeState = .unknown,
        stateSince: MonotonicInstant = MonotonicInstant(nanoseconds: 0)
    ) {
        self.id = id
        self.name = name
        self.role = role
        self.weight = weight
        self.state = state
        self.stateSince = stateSince
    }
}

/// The state of one cluster at one moment: published whole by the monitor, never changed in place.
/// `nodes[i].id.index == i`.
package struct ClusterView: Sendable, Hashable {
    package var name: String
    package var nodes: [NodeView]
    package var fallbackToPrimary: Bool

    package init(name: String, nodes: [NodeView], fallbackToPrimary: Bool) {
        self.name = name
        self.nodes = nodes
        self.fallbackToPrimary = fallbackToPrimary
    }

    package var primary: NodeView? { primaryIndex.map { nodes[$0] } }

    /// Place of the primary in `nodes`. A loop over places: a node is not copied just to be looked
    /// at.
    var primaryIndex: Int? {
        for index in nodes.indices {
            if case .primary = nodes[index].role { return index }
        }
        return nil
    }
}
