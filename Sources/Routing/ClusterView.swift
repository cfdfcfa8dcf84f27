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
    /// Since when it has had its role.
    package var roleSince: MonotonicInstant
    /// Of the WAL it writes, or receives; nil: not known.
    package var timeline: Timeline?
    /// It answers and still must not be used: an old primary, one of two, or of another cluster.
    /// What was begun there as on the primary must not go on.
    package var isBarred = false
    /// Of a replica: why its data are too old to be read, as the rest of a sentence that begins
    /// with its name; nil: they are not.
    package var staleness: String?

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
        roleSince = stateSince
    }

    /// A replica that may take reads, if it has any weight.
    package var isReadable: Bool { role == .replica && state.isUsable && staleness == nil }
}

/// The state of one cluster at one moment: published whole by the monitor, never changed in place.
/// `nodes[i].id.index == i`.
package struct ClusterView: Sendable, Hashable {
    package var name: String
    package var nodes: [NodeView]
    package var fallbackToPrimary: Bool
    /// Roles are found out: then a node is the primary only while it is known to be.
    package var findsRoles = false
    /// Of the primary, or of the latest if there is none now; nil: not known.
    package var timeline: Timeline?
    /// Grows whenever another node becomes the primary or its timeline changes: what is known of
    /// positions in the WAL before holds no more.
    package var primaryEpoch: UInt64 = 0
    /// Why there is no primary, as a sentence without its full stop; nil: there is one.
    package var obstacleToWriting: String?

    package init(name: String, nodes: [NodeView], fallbackToPrimary: Bool) {
        self.name = name
        self.nodes = nodes
        self.fallbackToPrimary = fallbackToPrimary
    }

    package var primary: NodeView? { primaryIndex.map { nodes[$0] } }

    /// Place of the primary in `nodes`. A loop over places: a node is not copied just to be looked
    /// at.
    package var primaryIndex: Int? {
        for index in nodes.indices {
            if case .primary = nodes[index].role { return index }
        }
        return nil
    }

    /// A node whose role was not found out yet, and that is not known to be out of use.
    var hasUndecidedNode: Bool { nodes.contains { $0.role == .unknown && $0.state.isUsable } }
}
