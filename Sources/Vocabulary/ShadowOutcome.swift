/// What came of running a read on a replica as well, to see what splitting would do to it.
package enum ShadowOutcome: Sendable, Hashable {
    /// The replica said the same as the primary.
    case same
    /// The replica refused it with this SQLSTATE; the primary did not.
    case failed(state: String)
    /// The replica said what had been true before: once it had caught up, it said the same.
    /// - Parameter milliseconds: how long that took; nil: it took too long to be waited for.
    case stale(milliseconds: UInt64?)
    /// A replica that has caught up says something else than the primary, time after time.
    case differs
    /// The primary itself says something else each time.
    case unsteady
    /// The data changed between the two runs: nothing can be said.
    case moved
    /// The reply is larger than what is compared.
    case tooLarge
    /// The replica took longer than it was given.
    case tooSlow
    /// No replica could be asked, or the connection to it broke.
    case unavailable
    /// Too many comparisons waited already.
    case dropped
}
