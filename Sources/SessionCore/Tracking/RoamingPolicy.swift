/// Whether transaction blocks that may write read on replicas first: what the configuration says,
/// and what servers have told.
package struct RoamingPolicy: Sendable, Hashable {
    /// How BEGIN isolates transactions where neither it nor the session says so: as set for the
    /// server, the database or the role.
    package enum Isolation: UInt8, Sendable, Hashable {
        /// No server has been asked.
        case unknown
        case readCommitted
        /// Blocks keep one snapshot: they cannot move.
        case other
    }

    /// `transactionReads` is `replicaUntilWrite`.
    package var isWanted = false
    package var isolation = Isolation.unknown

    package init() {}
}
