import Vocabulary

/// How far a replica is behind.
package struct ReplicaLag: Sendable, Hashable {
    package var bytes: UInt64?
    package var milliseconds: UInt64?

    /// - Parameters:
    ///   - replica: the latest reading of the replica.
    ///   - trail: of the primary.
    ///   - now: when the replica was read.
    init(of replica: ProbeReading, behind trail: PrimaryTrail, at now: MonotonicInstant) {
        if let primary = trail.newest, let position = replica.position {
            bytes = position >= primary ? 0 : primary.rawValue - position.rawValue
        }
        milliseconds = Self.milliseconds(of: replica, bytes: bytes)
        // The time since the last replayed transaction is long when nothing was written for long.
        guard let age = milliseconds, let position = replica.position,
            let instant = trail.instant(covering: position)
        else { return }
        milliseconds = min(age, now.milliseconds(since: instant))
    }

    /// Time since the last replayed transaction says nothing while the cluster is at rest: a
    /// replica that has all of the primary's WAL, or all that a live stream brought, is not behind.
    private static func milliseconds(of replica: ProbeReading, bytes: UInt64?) -> UInt64? {
        if bytes == 0 { return 0 }
        if replica.isStreaming, let received = replica.received, received == replica.position {
            return 0
        }
        return replica.replayedAgeMilliseconds
    }
}
