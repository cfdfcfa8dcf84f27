import Configuration
import Dispatch
import Logging
import Routing
import Synchronization
import Vocabulary

/// Keeps the `ProofBoard` of one cluster: asks its nodes how far they are, now and then, and every
/// few milliseconds while a reader wants a proof.
///
/// Each node is asked on a queue of its own; what they answer meets on the monitor's queue.
package final class ProofMonitor: Sendable {
    private struct State {
        var cluster: ProxyConfiguration.Cluster
        var duty: ProofDuty
        var probers: [ProofProber]
        var slots: [ProofBoard.Slot]
        /// The latest that was shown.
        var view: ClusterView?
        /// The next look that is planned; earlier plans are dropped.
        var plan: UInt64 = 0
        var isStopped = false
    }

    private struct Errand {
        let question: ProofDuty.Question
        let prober: ProofProber
        let timeout: Int
    }

    private let queue: DispatchQueue
    private let state: Mutex<State>
    private let board: ProofBoard
    private let proved: @Sendable () -> Void

    /// - Parameters:
    ///   - intervalMillis: between two rounds that nobody asks for; nil: there are none.
    ///   - proved: called on the monitor's queue when more is proven than before.
    package init(
        _ cluster: ProxyConfiguration.Cluster, board: ProofBoard, intervalMillis: UInt64?,
        proved: @escaping @Sendable () -> Void
    ) {
        queue = DispatchQueue(label: "switchyard.proof.\(cluster.name)")
        self.board = board
        self.proved = proved
        state = Mutex(
            State(
                cluster: cluster, duty: Self.duty(cluster, intervalMillis),
                probers: cluster.nodes.map { ProofProber($0, of: cluster) },
                slots: cluster.nodes.map { board.slot(of: $0) }))
    }

    /// Begins to ask.
    package func start() {
        board.onDemand { [weak self] in
            guard let self else { return }
            queue.async { [self] in look() }
        }
        queue.async { [self] in look() }
    }

    /// Ends all asking; nothing is proven any more.
    package func stop() {
        board.onDemand(nil)
        let probers = state.withLock { state in
            state.isStopped = true
            for slot in state.slots { slot.clear() }
            defer { state.probers = [] }
            return state.probers
        }
        for prober in probers { prober.close() }
    }

    /// The cluster as it is now. When this returns after a change of primary, nothing that was
    /// proven before counts any more; so call it before anybody writes to the new one.
    package func show(_ view: ClusterView) {
        state.withLock { state in
            guard state.cluster.nodes.map(\.name) == view.nodes.map(\.name) else { return }
            state.view = view
            let epoch = state.duty.epoch
            state.duty.show(view, at: ClusterMonitor.now)
            if state.duty.epoch != epoch { board.forgetDemand() }
            post(state)
        }
        queue.async { [self] in look() }
    }

    /// The cluster as a reload configures it.
    package func update(_ cluster: ProxyConfiguration.Cluster, intervalMillis: UInt64?) {
        let gone = state.withLock { state -> [ProofProber] in
            guard state.cluster != cluster || state.duty.intervalMillis != intervalMillis else {
                return []
            }
            for slot in state.slots { slot.clear() }
            let known = state.probers
            state.cluster = cluster
            state.duty = Self.duty(cluster, intervalMillis, after: state.duty.epoch)
            state.probers = cluster.nodes.map { node in
                known.first { $0.isFor(node, of: cluster) } ?? ProofProber(node, of: cluster)
            }
            state.slots = cluster.nodes.map { board.slot(of: $0) }
            if let view = state.view, cluster.nodes.map(\.name) == view.nodes.map(\.name) {
                state.duty.show(view, at: ClusterMonitor.now)
            }
            return known.filter { old in !state.probers.contains { $0 === old } }
        }
        for prober in gone { prober.close() }
        queue.async { [self] in look() }
    }

    private static func duty(
        _ cluster: ProxyConfiguration.Cluster, _ intervalMillis: UInt64?, after epoch: Int = 0
    ) -> ProofDuty {
        ProofDuty(
            roles: cluster.nodes.map { node in
                switch node.role {
                case .primary: .primary
                case .replica: .replica
                // Until a view says more.
                case .auto: .unknown
                }
            },
            intervalMillis: intervalMillis, epoch: epoch + 1, at: ClusterMonitor.now)
    }

    // MARK: On the monitor's queue

    /// Sends what is due, and plans the next look.
    private func look() {
        let now = ClusterMonitor.now
        var next: MonotonicInstant?
        let (plan, errands) = state.withLock { state -> (UInt64, [Errand]) in
            guard !state.isStopped else { return (state.plan, []) }
            let demand = board.takeDemand()
            if demand.isRenewed { state.duty.want(demand.until, demand.position, at: now) }
            let timeout = state.cluster.health.timeoutMillis
            let errands = state.duty.questions(at: now).map {
                Errand(question: $0, prober: state.probers[$0.index], timeout: timeout)
            }
            next = state.duty.nextLook(at: now)
            state.plan += 1
            return (state.plan, errands)
        }
        for errand in errands { run(errand) }
        if let next { lookAgain(at: next, plan) }
        restIfDone(at: now)
    }

    private func run(_ errand: Errand) {
        errand.prober.queue.async { [self] in
            let result = errand.prober.ask(
                errand.question, timeoutMilliseconds: errand.timeout)
            queue.async { [self] in took(result, to: errand.question) }
        }
    }

    private func lookAgain(at instant: MonotonicInstant, _ plan: UInt64) {
        let deadline = DispatchTime(uptimeNanoseconds: instant.nanoseconds)
        queue.asyncAfter(deadline: deadline) { [weak self] in
            guard let self, state.withLock({ $0.plan == plan }) else { return }
            look()
        }
    }

    /// Readers are to wake the monitor again once nothing is wanted any more.
    private func restIfDone(at now: MonotonicInstant) {
        let isLive = state.withLock { $0.duty.isLive(at: now) }
        guard !isLive, !board.rest() else { return }
        queue.async { [self] in look() }
    }

    private func took(
        _ result: Result<ProofProber.Finding, LibpqError>, to question: ProofDuty.Question
    ) {
        let now = ClusterMonitor.now
        let isMore = state.withLock { state in
            guard !state.isStopped else { return false }
            let before = state.duty.book
            switch result {
            case .success(let finding):
                state.duty.answered(question, finding.answer, at: now)
                if let history = finding.history, question.epoch == state.duty.epoch {
                    board.show(history)
                }
            case .failure: state.duty.failed(question, at: now)
            }
            guard state.duty.book != before else { return false }
            post(state)
            return true
        }
        if isMore {
            atomicMemoryFence(ordering: .sequentiallyConsistent)
            proved()
        }
        look()
    }

    /// Shows on the board what is in the book.
    private func post(_ state: State) {
        let book = state.duty.book
        for (slot, replica) in zip(state.slots, book.replicas) {
            slot.show(replica, on: book.timeline)
        }
    }
}
