import Vocabulary

/// One connection of a pool.
struct PoolSlot: Sendable {
    enum State: UInt8, Sendable { case vacant, opening, idle, lent }

    var server: ServerID
    var lane: Int
    var state: State
    /// Since when it is in its state; of an idle one, when it was given back.
    var since: MonotonicInstant
    /// When its opening was ordered: its age counts from there.
    var orderedAt: MonotonicInstant
    /// To be closed at the next return, whatever its age.
    var isRetired = false
}

/// The connections and waiters of one profile. A lane lives while it has any of them, or while it
/// remembers a failure, and its number is then used again.
struct Lane: Sendable {
    var profile: ProfileID
    var isLive = true
    /// Slots of idle connections: the most recently used is last.
    var idle = ContiguousArray<Int>()
    var opening = 0
    var lent = 0
    /// Failures to open since the last success.
    var backoff = Backoff()

    var size: Int { idle.count + opening + lent }
}

/// When to try again after a connection could not be opened: 50 ms after the first failure, twice
/// as long after each further one, 2 s at the most.
struct Backoff: Sendable {
    static let firstMilliseconds: UInt64 = 50
    static let longestMilliseconds: UInt64 = 2_000

    private(set) var pauseMilliseconds: UInt64 = 0
    private(set) var retryAt = MonotonicInstant(nanoseconds: 0)
    private var failedAt = MonotonicInstant(nanoseconds: 0)

    var isFailing: Bool { pauseMilliseconds > 0 }

    /// An attempt that was begun at `begun` has failed. Attempts begun before the last failure say
    /// nothing new: twenty that fail together count as one.
    mutating func failed(begun: MonotonicInstant, at now: MonotonicInstant) {
        if !isFailing {
            pauseMilliseconds = Self.firstMilliseconds
        } else if begun > failedAt {
            pauseMilliseconds = min(pauseMilliseconds * 2, Self.longestMilliseconds)
        } else {
            return
        }
        failedAt = now
        retryAt = now.advanced(milliseconds: pauseMilliseconds)
    }

    mutating func succeeded() { self = Backoff() }
}
