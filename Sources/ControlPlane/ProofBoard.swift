import Configuration
import Routing
import Synchronization
import Vocabulary

/// Where the proofs of one cluster hang for all to see: written by its `ProofMonitor`, read on the
/// data path without a lock. And where readers say that they want a proof.
package final class ProofBoard: Sendable {
    /// What is proven of one node.
    package final class Slot: Sendable {
        // In nanoseconds of the clock; 0: nothing.
        private let proven = Atomic<UInt64>(0)
        private let asked = Atomic<UInt64>(0)
        private let replayed = Atomic<UInt64>(0)

        init() {}

        func show(_ replica: ProofBook.Replica, on timeline: Timeline?) {
            guard let provenUntil = replica.provenUntil, let askedAt = replica.askedAt,
                let place = replica.replayed, place.timeline == timeline
            else { return clear() }
            proven.store(provenUntil.nanoseconds, ordering: .releasing)
            replayed.store(place.position.rawValue, ordering: .releasing)
            asked.store(askedAt.nanoseconds, ordering: .releasing)
        }

        /// Whoever sees a later `asked` sees that nothing was proven before.
        func clear() {
            asked.store(0, ordering: .releasing)
            proven.store(0, ordering: .releasing)
            replayed.store(0, ordering: .releasing)
        }

        /// Puts what is proven into a view of the node.
        package func fill(_ node: inout NodeView) {
            let instant = proven.load(ordering: .acquiring)
            node.provenUntil = instant == 0 ? nil : MonotonicInstant(nanoseconds: instant)
            let position = replayed.load(ordering: .acquiring)
            node.replayedUntil = position == 0 ? nil : LogSequenceNumber(position)
        }

        /// The proof is of the very server that a connection leads to which was opened by this
        /// instant: a server that has started anew since then would have ended the connection.
        package func speaks(ofConnectionOpenedBy opened: MonotonicInstant) -> Bool {
            asked.load(ordering: .acquiring) > opened.nanoseconds
        }
    }

    private struct Course {
        var history: TimelineHistory?
        var slots: [String: Slot] = [:]
        var wake: (@Sendable () -> Void)?
    }

    private let course = Mutex(Course())
    private let wantedInstant = Atomic<UInt64>(0)
    private let wantedPosition = Atomic<UInt64>(0)
    private let isRenewed = Atomic<Bool>(false)
    private let isAwake = Atomic<Bool>(false)
    /// A bit for each worker that has sessions waiting; worker 64 shares that of worker 0.
    private let waiting = Atomic<UInt64>(0)

    package init() {}

    // MARK: For readers

    /// The slot of a node: the same one for as long as name, host and port are the same.
    package func slot(of node: ProxyConfiguration.Node) -> Slot {
        let key = "\(node.name)\u{0}\(node.host)\u{0}\(node.port)"
        return course.withLock { course in
            if let known = course.slots[key] { return known }
            let fresh = Slot()
            course.slots[key] = fresh
            return fresh
        }
    }

    /// What must be replayed on the primary's timeline of today to see what was there at a place;
    /// the last position there can be where nobody knows.
    package func position(of place: TimelinePosition) -> LogSequenceNumber {
        course.withLock { $0.history?.position(of: place) } ?? LogSequenceNumber(.max)
    }

    /// Positions of other timelines are understood as far as they ever will be.
    package var knowsTimeline: Bool { course.withLock { $0.history != nil } }

    /// A read found no replica that is proven to hold what this request must see.
    package func want(_ request: RouteRequest) {
        if let instant = request.provenAfter { want(instant) }
        guard let position = request.readAfter else { return }
        // One that cannot be compared, as long as nobody knows the primary's timeline.
        if position.rawValue < .max { wantedPosition.max(position.rawValue, ordering: .relaxed) }
        renew()
    }

    /// All that was acknowledged up to this instant should be proven soon.
    package func want(_ instant: MonotonicInstant) {
        wantedInstant.max(instant.nanoseconds, ordering: .relaxed)
        renew()
    }

    /// Sessions of this worker wait for a proof: it is to be told of each, until it says stop.
    package func setWaiting(_ isWaiting: Bool, worker: Int) {
        let bit = UInt64(1) &<< UInt64(worker & 63)
        if isWaiting {
            waiting.bitwiseOr(bit, ordering: .sequentiallyConsistent)
        } else {
            waiting.bitwiseAnd(~bit, ordering: .sequentiallyConsistent)
        }
        // What is looked at next on the board was not there before the monitor could see the bit.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
    }

    /// Whether sessions of this worker, or of another that shares its bit, wait.
    package func isWaiting(worker: Int) -> Bool {
        let bits = waiting.load(ordering: .sequentiallyConsistent)
        return bits & UInt64(1) &<< UInt64(worker & 63) != 0
    }

    private func renew() {
        isRenewed.store(true, ordering: .sequentiallyConsistent)
        guard !isAwake.load(ordering: .sequentiallyConsistent),
            !isAwake.exchange(true, ordering: .sequentiallyConsistent)
        else { return }
        course.withLock { $0.wake }?()
    }

    // MARK: For the monitor

    /// Who is called, once, when a proof is wanted while the monitor is at rest.
    func onDemand(_ wake: (@Sendable () -> Void)?) { course.withLock { $0.wake = wake } }

    func show(_ history: TimelineHistory?) { course.withLock { $0.history = history } }

    /// What is wanted, and whether anybody has said so since the last time.
    func takeDemand() -> (until: MonotonicInstant, position: LogSequenceNumber, isRenewed: Bool) {
        let isRenewed = isRenewed.exchange(false, ordering: .acquiring)
        return (
            MonotonicInstant(nanoseconds: wantedInstant.load(ordering: .relaxed)),
            LogSequenceNumber(wantedPosition.load(ordering: .relaxed)), isRenewed
        )
    }

    /// The monitor goes to rest; false: something has been wanted meanwhile.
    func rest() -> Bool {
        isAwake.store(false, ordering: .sequentiallyConsistent)
        guard isRenewed.load(ordering: .sequentiallyConsistent) else { return true }
        return isAwake.exchange(true, ordering: .sequentiallyConsistent)
    }

    /// Positions of another primary mean nothing any more.
    func forgetDemand() { wantedPosition.store(0, ordering: .relaxed) }
}
