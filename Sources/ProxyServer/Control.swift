import Configuration
import ControlPlane
import Dispatch
import Logging
import NetworkIO
import Routing
import Synchronization
import Telemetry
import Vocabulary

/// What concerns the whole process, carried out on one queue, one thing after the other: admin
/// requests, reloads, monitors, the end.
final class Control: Sendable {
    private struct State {
        var settings: Settings
        var monitors: [String: ClusterMonitor] = [:]
        var proofs: [String: ProofMonitor] = [:]
        var views: [String: ClusterView] = [:]
        var lastReload: ReloadResult?
    }

    let queue = DispatchQueue(label: "switchyard.control")
    let shared: Shared
    private let state: Mutex<State>
    private let path: String
    private let mockSecret: [UInt8]
    private let startedAt = EventLoop.clock()

    init(_ configuration: ProxyConfiguration, tls: TLSContexts, path: String, log: Logger) {
        self.path = path
        var secrets = SecretBytes()
        mockSecret = secrets.draw(32)
        shared = Shared(log: log, workers: configuration.workers ?? Self.automaticWorkers)
        state = Mutex(State(settings: Settings(configuration, mockSecret: mockSecret, tls: tls)))
        shared.connect(
            admin: { [weak self, queue] errand in
                queue.async { [weak self] in self?.serve(errand) }
            },
            failures: { [weak self] cluster, node, failure in
                let monitor = self?.state.withLock { $0.monitors[cluster] }
                monitor?.reportFailure(of: node, reason: failure)
            },
            recoveries: { [weak self] cluster, node, isInRecovery in
                let monitor = self?.state.withLock { $0.monitors[cluster] }
                monitor?.noticeRole(of: node, isInRecovery: isInRecovery)
            })
    }

    var settings: Settings { state.withLock { $0.settings } }

    /// Half the cores: the others are PostgreSQL's, where they share a machine, and one worker
    /// keeps up with more than one core's worth of PostgreSQL.
    private static var automaticWorkers: Int { max(1, OpenFiles.processors / 2) }

    func startWorkers() {
        let settings = self.settings
        let views = state.withLock { Array($0.views.values) }
        for index in shared.mailboxes.indices {
            let shared = self.shared
            DispatchQueue(label: "switchyard.worker.\(index)", qos: .userInitiated).async {
                Worker(index: LoopIndex(index), shared: shared, settings: settings, views: views)
                    .run()
            }
        }
    }

    func startMonitors() {
        applyLookups(settings.configuration)
        shared.catalogs.apply(settings.configuration)
        sweepCatalogs()
        for cluster in settings.configuration.clusters { monitor(cluster) }
    }

    private func applyLookups(_ configuration: ProxyConfiguration) {
        let views = state.withLock { $0.views }
        shared.lookups.apply(configuration, views: views, mockSecret: mockSecret, log: shared.log)
    }

    /// Every ten seconds.
    private func sweepCatalogs() {
        queue.asyncAfter(deadline: .now() + .seconds(10)) { [weak self] in
            guard let self else { return }
            shared.catalogs.sweep()
            sweepCatalogs()
        }
    }

    private func monitor(_ cluster: ProxyConfiguration.Cluster) {
        let name = cluster.name
        monitorProofs(cluster)
        let known = state.withLock { $0.monitors[name] }
        if let known { return known.update(cluster: cluster) }
        let fresh = ClusterMonitor(cluster: cluster, logger: shared.log) { [weak self] view in
            self?.publish(view)
        }
        state.withLock { $0.monitors[name] = fresh }
        fresh.start()
    }

    func proofMonitor(of cluster: String) -> ProofMonitor? {
        state.withLock { $0.proofs[cluster] }
    }

    func keep(_ monitor: ProofMonitor, of cluster: String) {
        state.withLock { $0.proofs[cluster] = monitor }
    }

    private func publish(_ view: ClusterView) {
        // Before anybody can write to another primary, what was proven of the former one is void.
        state.withLock { $0.proofs[view.name] }?.show(view)
        state.withLock { $0.views[view.name] = view }
        shared.lookups.show(view)
        let primary = view.nodes.first { $0.role == .primary && $0.state.isUsable }
        shared.catalogs.show(primary: primary?.name, of: view.name)
        for mailbox in shared.mailboxes { mailbox.post(.view(view)) }
    }

    // MARK: Reload

    /// Reads the configuration again. What is wrong with it changes nothing.
    @discardableResult
    func reload() -> AdminAnswer {
        let loaded: LoadedConfiguration
        do throws(ConfigurationFile.Failure) {
            loaded = try ConfigurationFile.load(path)
        } catch {
            return reloadFailed(error.description)
        }
        let tls: TLSContexts
        do throws(TLSFailure) {
            tls = try TLSContexts(loaded.configuration, previous: settings.tls)
        } catch {
            return reloadFailed(error.text)
        }
        for warning in loaded.warnings { shared.log.warning("\(warning)") }
        for warning in tls.warnings { shared.log.warning("\(warning)") }
        apply(loaded.configuration, tls)
        note(nil)
        shared.log.info("configuration reloaded")
        return .done
    }

    private func reloadFailed(_ problem: String) -> AdminAnswer {
        shared.log.error(
            "reload failed, nothing was changed", metadata: ["problem": "\(problem)"])
        note(problem)
        return .failed(
            AdminError(SQLState("F0000"), "the configuration was not reloaded", detail: problem))
    }

    private func note(_ problem: String?) {
        let result = ReloadResult(at: EventLoop.clock(), problem: problem)
        state.withLock { $0.lastReload = result }
    }

    private func apply(_ configuration: ProxyConfiguration, _ tls: TLSContexts) {
        let before = settings
        var listen = before.configuration.listen
        listen.tls = configuration.listen.tls
        if listen != configuration.listen
            || before.configuration.workers != configuration.workers
        {
            shared.log.warning("\"listen\" and \"workers\" take effect with the next start")
        }
        let fresh = Settings(
            configuration, mockSecret: mockSecret, tls: tls, previous: before)
        let gone = state.withLock { state in
            state.settings = fresh
            let names = Set(configuration.clusters.map(\.name))
            let gone = state.monitors.filter { !names.contains($0.key) }
            for name in gone.keys {
                state.monitors[name] = nil
                state.proofs.removeValue(forKey: name)?.stop()
                state.views[name] = nil
            }
            return Array(gone.values)
        }
        for monitor in gone { monitor.stop() }
        shared.welcomes.forget()
        shared.proven.forget()
        applyLookups(configuration)
        shared.catalogs.apply(configuration)
        for mailbox in shared.mailboxes { mailbox.post(.settings(fresh)) }
        for cluster in configuration.clusters { monitor(cluster) }
    }

    // MARK: The end

    /// Lets running transactions finish, up to the deadline; then `ended` is called.
    func drain(ended: @escaping @Sendable () -> Void) {
        let seconds = settings.configuration.shutdownTimeoutSeconds
        let deadline = EventLoop.clock().advanced(milliseconds: UInt64(seconds) * 1_000)
        shared.log.info("draining", metadata: ["clients": "\(clientCount)"])
        for mailbox in shared.mailboxes { mailbox.post(.drain) }
        awaitEnd(deadline, ended)
    }

    private func awaitEnd(_ deadline: MonotonicInstant, _ ended: @escaping @Sendable () -> Void) {
        let isOver = EventLoop.clock() >= deadline
        guard clientCount == 0 || isOver else {
            queue.asyncAfter(deadline: .now() + .milliseconds(20)) { [self] in
                awaitEnd(deadline, ended)
            }
            return
        }
        if isOver && clientCount > 0 {
            shared.log.warning(
                "closing clients that did not finish", metadata: ["clients": "\(clientCount)"])
        }
        for monitor in state.withLock({ Array($0.monitors.values) }) { monitor.stop() }
        for monitor in state.withLock({ Array($0.proofs.values) }) { monitor.stop() }
        // The workers send their last words before the process goes.
        let box = Countdown(shared.mailboxes.count)
        for mailbox in shared.mailboxes {
            mailbox.post(
                .stop { [shared, queue] in
                    guard box.isLast() else { return }
                    queue.async {
                        shared.log.info("stopped")
                        ended()
                    }
                })
        }
    }

    private var clientCount: Int { shared.clientCount.load(ordering: .relaxed) }

    // MARK: Admin

    private func serve(_ errand: AdminErrand) {
        switch errand.request.command {
        case .reload: answer(errand, reload())
        case .show(let report):
            gather { work in self.answer(errand, .table(report.table(self.facts(work)))) }
        case .explainRoute(let question):
            shared.mailboxes[errand.loop.index].post(.explain(errand, question))
        case .courtesy: answer(errand, .done)
        }
    }

    private func answer(_ errand: AdminErrand, _ answer: AdminAnswer) {
        shared.mailboxes[errand.loop.index].post(
            .admin(errand.session, errand.request.token, answer))
    }

    /// Asks all workers and calls back on the control queue once all have answered.
    private func gather(_ done: @escaping @Sendable (WorkerSnapshot) -> Void) {
        let box = SnapshotBox(expected: shared.mailboxes.count)
        for mailbox in shared.mailboxes {
            mailbox.post(
                .report { [queue] snapshot in
                    guard let all = box.add(snapshot) else { return }
                    queue.async { done(WorkerSnapshot.merged(all)) }
                })
        }
    }

    private func facts(_ work: WorkerSnapshot) -> AdminFacts {
        state.withLock { state in
            let configuration = state.settings.configuration
            return AdminFacts(
                version: switchyardVersion, startedAt: startedAt, now: EventLoop.clock(),
                configuration: configuration, configurationPath: path,
                clusters: configuration.clusters.compactMap { cluster in
                    state.views[cluster.name].map { withProofs($0, of: cluster) }
                },
                work: work, workerCount: shared.mailboxes.count, lastReload: state.lastReload,
                catalogs: shared.catalogs.rows.map {
                    CatalogReport(
                        cluster: $0.name.cluster, database: $0.name.database,
                        standing: $0.standing)
                })
        }
    }
}

/// Tells the last of several from the others.
private final class Countdown: Sendable {
    private let left: Atomic<Int>

    init(_ count: Int) { left = Atomic(count) }

    /// True for the last of `count` calls.
    func isLast() -> Bool { left.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 }
}

/// Collects the reports of all workers.
private final class SnapshotBox: Sendable {
    private let parts = Mutex<[WorkerSnapshot]>([])
    private let expected: Int

    init(expected: Int) { self.expected = expected }

    /// All of them, once, when the last has come.
    func add(_ part: WorkerSnapshot) -> [WorkerSnapshot]? {
        parts.withLock { parts in
            parts.append(part)
            return parts.count == expected ? parts : nil
        }
    }
}
