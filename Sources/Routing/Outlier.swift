import Vocabulary

/// Whether one node may be used, judged from its probes and from what the data path meets, and when
/// to probe it next:
///
/// - *unknown* until the first probe; its first failure takes the node out.
/// - *up*: probed every `intervalMillis`. A failed probe is repeated sooner; `failuresToEject` in a
///   row take the node out. A refused connection that a client has met takes it out at once.
/// - *down*: probed after a pause that doubles from `intervalMillis` to `maxBackoffMillis`; one
///   success readmits it.
package struct Outlier: Sendable, Hashable {
    /// How patient to be; see `ProxyConfiguration.Health`.
    package struct Policy: Sendable, Hashable {
        package var intervalMillis: UInt64
        package var failuresToEject: Int
        package var maxBackoffMillis: UInt64

        package init(intervalMillis: UInt64, failuresToEject: Int, maxBackoffMillis: UInt64) {
            self.intervalMillis = max(1, intervalMillis)
            self.failuresToEject = failuresToEject
            self.maxBackoffMillis = max(1, maxBackoffMillis)
        }
    }

    package private(set) var state = NodeState.unknown
    package private(set) var stateSince: MonotonicInstant
    package private(set) var nextProbeAt: MonotonicInstant
    /// Failed probes since the last success.
    package private(set) var failuresInRow = 0
    package var policy: Policy
    private var pauseMillis: UInt64 = 0

    /// A node that is to be probed at once.
    package init(policy: Policy, at now: MonotonicInstant) {
        self.policy = policy
        stateSince = now
        nextProbeAt = now
    }

    /// A probe found the node in order.
    package mutating func succeeded(at now: MonotonicInstant) {
        if state != .up { become(.up, at: now) }
        failuresInRow = 0
        pauseMillis = 0
        nextProbeAt = now.advanced(milliseconds: policy.intervalMillis)
    }

    /// A probe failed: no connection, no answer in time, or an error.
    package mutating func failed(_ reason: String, at now: MonotonicInstant) {
        failuresInRow = min(failuresInRow, Int.max - 1) + 1
        if state == .up && failuresInRow < policy.failuresToEject {
            nextProbeAt = now.advanced(
                milliseconds: max(1, policy.intervalMillis / 5))
        } else {
            eject(reason, at: now)
            backOff(at: now)
        }
    }

    /// A probe found something that further probes will not mend by themselves, such as the wrong
    /// role: the node is out at once.
    package mutating func rejected(_ reason: String, at now: MonotonicInstant) {
        failuresInRow = max(failuresInRow, 1)
        eject(reason, at: now)
        backOff(at: now)
    }

    /// A client's connection to the node was refused or broke: the node is out at once, and probed
    /// at once. Says nothing new of a node that is out already.
    package mutating func reported(_ reason: String, at now: MonotonicInstant) {
        guard state.isUsable else { return }
        eject(reason, at: now)
        pauseMillis = 0
        nextProbeAt = now
    }

    /// There is a reason to probe the node no later than this.
    package mutating func hasten(to instant: MonotonicInstant) {
        nextProbeAt = min(nextProbeAt, instant)
    }

    private mutating func eject(_ reason: String, at now: MonotonicInstant) {
        if state.isUsable {
            become(.down(reason: reason), at: now)
        } else {
            state = .down(reason: reason)
        }
    }

    private mutating func become(_ next: NodeState, at now: MonotonicInstant) {
        state = next
        stateSince = now
    }

    private mutating func backOff(at now: MonotonicInstant) {
        let doubled = pauseMillis.multipliedReportingOverflow(by: 2)
        let next = pauseMillis == 0 ? policy.intervalMillis : doubled.partialValue
        pauseMillis =
            doubled.overflow ? policy.maxBackoffMillis : min(next, policy.maxBackoffMillis)
        nextProbeAt = now.advanced(milliseconds: pauseMillis)
    }
}
