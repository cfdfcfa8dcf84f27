import Vocabulary

/// What a pool holds at this moment.
package struct PoolCounts: Sendable, Hashable {
    /// Connections: lent, idle and opening together.
    package var size = 0
    package var lent = 0
    package var idle = 0
    package var opening = 0
    /// Sessions in the queue.
    package var waiting = 0
    /// Since when the first of them waits; nil: none does.
    package var oldestWaitSince: MonotonicInstant?

    /// How long the first session in the queue has waited; 0 when none waits.
    package func oldestWaitMilliseconds(at now: MonotonicInstant) -> UInt64 {
        oldestWaitSince.map { now.milliseconds(since: $0) } ?? 0
    }
}
