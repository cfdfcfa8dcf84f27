import Configuration
import Dispatch
import Logging
import Routing
import Synchronization
import Vocabulary

/// Watches the nodes of one cluster and publishes a new `ClusterView` whenever it learns something.
///
/// Each node is probed on a queue of its own, so that one that hangs delays no other. What they
/// find meets on the monitor's queue, which alone changes `ClusterHealth`, logs each change of
/// state once, and publishes: views arrive in the order they came about.
package final class ClusterMonitor: Sendable {
    /// A node's prober and its next probe.
    private struct Watch {
        var prober: NodeProber
        /// Number of the probe that is planned or runs; what an earlier one finds is dropped.
        var plan: UInt64 = 0
        var plannedAt: MonotonicInstant?
    }

    private struct State {
        var health: ClusterHealth
        var watches: [Watch]
        var isStopped = false
    }

    private let queue: DispatchQueue
    private let state: Mutex<State>
    private let logger: Logger
    private let publish: @Sendable (ClusterView) -> Void

    /// The clock of all instants in the views: `CLOCK_MONOTONIC`.
    package static var now: MonotonicInstant {
        MonotonicInstant(nanoseconds: DispatchTime.now().uptimeNanoseconds)
    }

    /// - Parameter publish: called on the monitor's queue, in order; should hand the view on and
    ///   return.
    package init(
        cluster: ProxyConfiguration.Cluster, logger: Logger,
        publish: @escaping @Sendable (ClusterView) -> Void
    ) {
        queue = DispatchQueue(label: "switchyard.monitor.\(cluster.name)")
        self.logger = logger
        self.publish = publish
        state = Mutex(
            State(
                health: ClusterHealth(cluster: cluster, at: Self.now),
                watches: cluster.nodes.map { Watch(prober: NodeProber($0, of: cluster)) }))
    }

    /// Publishes the first view, in which nothing is known, and begins to probe.
    package func start() {
        queue.async { [self] in
            publish(view)
            planAll()
        }
    }

    /// Ends all probing. A probe that runs is left to end by itself; its finding is dropped.
    package func stop() {
        let probers = state.withLock { state in
            state.isStopped = true
            defer { state.watches = [] }
            return state.watches.map(\.prober)
        }
        for prober in probers { prober.close() }
    }

    /// The view as it is now.
    package var view: ClusterView { state.withLock { $0.health.view } }

    /// A client's connection to a node was refused or broke: the node is out until a probe, which
    /// is made at once, finds it in order.
    package func reportFailure(of node: NodeID, reason: String) {
        queue.async { [self] in
            change { state in
                guard state.health.nodes.indices.contains(node.index) else { return }
                state.health.reported(node.index, reason, at: Self.now)
            }
            planAll()
        }
    }

    /// A server has told a client's connection whether it is in recovery. What is news is looked
    /// into at once.
    package func noticeRole(of node: NodeID, isInRecovery: Bool) {
        queue.async { [self] in
            change { state in
                guard state.health.nodes.indices.contains(node.index) else { return }
                state.health.noticed(node.index, isInRecovery: isInRecovery, at: Self.now)
            }
            planAll()
        }
    }

    /// The cluster as a reload configures it.
    package func update(cluster: ProxyConfiguration.Cluster) {
        queue.async { [self] in
            change { state in
                state.health.update(cluster, at: Self.now)
                let watches = state.watches
                state.watches = cluster.nodes.map { node in
                    watches.first { $0.prober.isFor(node, of: cluster) }
                        ?? Watch(prober: NodeProber(node, of: cluster))
                }
            }
            planAll()
        }
    }

    // MARK: On the monitor's queue

    /// Changes what is known, then logs and publishes what came of it.
    private func change(_ body: (inout sending State) -> Void) {
        let (before, after) = state.withLock { state -> (ClusterView, ClusterView?) in
            let before = state.health.view
            guard !state.isStopped else { return (before, nil) }
            body(&state)
            return (before, state.health.view)
        }
        guard let after, after != before else { return }
        log(from: before, to: after)
        publish(after)
    }

    /// Plans the next probe of each node whose time for it has changed.
    private func planAll() {
        let due = state.withLock { state in
            state.watches.indices.compactMap { index -> (NodeProber, UInt64, MonotonicInstant)? in
                let instant = state.health.nodes[index].outlier.nextProbeAt
                guard state.watches[index].plannedAt != instant else { return nil }
                state.watches[index].plannedAt = instant
                state.watches[index].plan += 1
                return (state.watches[index].prober, state.watches[index].plan, instant)
            }
        }
        for (prober, plan, instant) in due {
            let deadline = DispatchTime(uptimeNanoseconds: instant.nanoseconds)
            prober.queue.asyncAfter(deadline: deadline) { [self] in run(plan, of: prober) }
        }
    }

    private func finished(
        _ plan: UInt64, of prober: NodeProber, _ result: Result<ProbeReading, LibpqError>
    ) {
        change { state in
            guard let index = Self.index(of: plan, prober, in: state) else { return }
            state.health.probed(index, result, at: Self.now)
        }
        planAll()
    }

    private func log(from before: ClusterView, to after: ClusterView) {
        for line in ClusterNews.lines(from: before, to: after) {
            switch line.weight {
            case .news: logger.info("\(line.text)")
            case .trouble: logger.warning("\(line.text)")
            }
        }
    }

    // MARK: On a prober's queue

    private func run(_ plan: UInt64, of prober: NodeProber) {
        let timeout = state.withLock { state in
            Self.index(of: plan, prober, in: state).map { state.health.probeTimeoutMillis($0) }
        }
        guard let timeout else { return }
        let result = prober.probe(timeoutMilliseconds: timeout)
        queue.async { [self] in finished(plan, of: prober, result) }
    }

    /// Which node the probe is for; nil when another has been planned since, or the node is gone.
    private static func index(of plan: UInt64, _ prober: NodeProber, in state: State) -> Int? {
        state.watches.firstIndex { $0.prober === prober && $0.plan == plan }
    }
}
