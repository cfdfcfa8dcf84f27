import Configuration
import Routing
import Vocabulary

/// What is known of the nodes of one cluster: takes in what probes and clients met, and gives the
/// view that routing works with. A value that reads no clock and opens no connection.
struct ClusterHealth: Sendable {
    /// One node and what is known of it.
    struct Node: Sendable {
        var configured: ProxyConfiguration.Node
        var outlier: Outlier
        var probedAt: MonotonicInstant?
        var reading: ProbeReading?
        /// Whether it answers, as far as is known.
        var presence = Testimony.Presence.unasked
        /// The latest probe got no answer in time.
        var hasTimedOut = false
        /// Of a replica, when it was last probed; nil: it was not.
        var lag: ReplicaLag?
        var gate = LagGate()
        /// What the node is in the cluster.
        var standing: Standing
    }

    /// What a node is in its cluster, and since when.
    struct Standing: Sendable, Hashable {
        var role: Role
        /// Why it must not be used although it answers, as the rest of a sentence that begins with
        /// its name; nil: it may be.
        var bar: String?
        var since: MonotonicInstant
    }

    private(set) var cluster: ProxyConfiguration.Cluster
    private(set) var nodes: [Node]
    /// Who is the primary, where that is to be found out.
    private(set) var election: RoleElection
    private var obstacle: String?
    /// Of the primary, or the latest one.
    private var timeline: Timeline?
    private var epoch: UInt64 = 0
    /// Which server the epoch is about.
    private var epochServer: String?
    /// Of the primary of this epoch.
    private var trail = PrimaryTrail()

    init(cluster: ProxyConfiguration.Cluster, at now: MonotonicInstant) {
        self.cluster = cluster
        let policy = Outlier.Policy(cluster)
        nodes = cluster.nodes.map { Node($0, policy: policy, at: now) }
        election = RoleElection(at: now)
        settle(at: now)
    }

    // MARK: Events

    /// A probe of a node ended.
    mutating func probed(
        _ index: Int, _ result: Result<ProbeReading, LibpqError>, at now: MonotonicInstant
    ) {
        nodes[index].probedAt = now
        switch result {
        case .failure(let error):
            failed(index, error, at: now)
        case .success(let reading):
            nodes[index].hasTimedOut = false
            nodes[index].presence = .present
            nodes[index].reading = reading
            if let reason = reading.contradiction(to: nodes[index].configured.role) {
                nodes[index].outlier.rejected(reason, at: now)
            } else {
                nodes[index].outlier.succeeded(at: now)
            }
        }
        settle(at: now)
        if case .success(let reading) = result { measure(index, reading, at: now) }
    }

    private mutating func failed(
        _ index: Int, _ error: LibpqError, at now: MonotonicInstant
    ) {
        nodes[index].outlier.failed(error.message, at: now)
        nodes[index].hasTimedOut = error.kind == .timeout
        if nodes[index].outlier.state.isUsable {
            // The second look is not put off: the first has taken its time.
            if error.kind == .timeout { nodes[index].outlier.hasten(to: now) }
        } else {
            nodes[index].presence = error.isRefusal ? .absent : .silent
        }
    }

    /// A client's connection to the node was refused or broke.
    mutating func reported(_ index: Int, _ reason: String, at now: MonotonicInstant) {
        if nodes[index].outlier.state.isUsable { nodes[index].presence = .silent }
        nodes[index].outlier.reported(reason, at: now)
        settle(at: now)
    }

    /// Notes how far the primary is, or how far behind a replica.
    private mutating func measure(_ index: Int, _ reading: ProbeReading, at now: MonotonicInstant) {
        switch nodes[index].standing.role {
        case .primary:
            if let position = reading.position { trail.add(position, at: now) }
        case .replica:
            let lag = ReplicaLag(of: reading, behind: trail, at: now)
            nodes[index].lag = lag
            nodes[index].gate.judge(lag, cluster.lag)
        case .unknown: nodes[index].lag = nil
        }
    }

    /// A server has said in passing whether it is in recovery (`in_hot_standby`), or that it takes
    /// no writes: where that is news, it is probed at once.
    mutating func noticed(_ index: Int, isInRecovery: Bool, at now: MonotonicInstant) {
        guard nodes[index].configured.role == .auto,
            nodes[index].reading?.isInRecovery != isInRecovery
        else { return }
        let last = nodes[index].probedAt ?? MonotonicInstant(nanoseconds: 0)
        nodes[index].outlier.hasten(
            to: max(now, last.advanced(milliseconds: Self.noticePauseMilliseconds)))
    }

    /// Between the end of a probe and the next that passing remarks bring about.
    private static let noticePauseMilliseconds: UInt64 = 20

    /// The same cluster as a reload configures it: nodes that are still the same server in the same
    /// role keep what is known of them.
    mutating func update(_ next: ProxyConfiguration.Cluster, at now: MonotonicInstant) {
        let policy = Outlier.Policy(next)
        let known = nodes
        nodes = next.nodes.map { configured in
            var node =
                known.first { $0.configured.isSameServer(as: configured) }
                ?? Node(configured, policy: policy, at: now)
            node.configured = configured
            node.outlier.policy = policy
            return node
        }
        if Self.candidates(cluster) != Self.candidates(next) { election = RoleElection(at: now) }
        cluster = next
        settle(at: now)
    }

    // MARK: Questions

    /// How long the next probe of a node may take. A second look at a node that has just failed,
    /// over a new connection, is to end sooner.
    func probeTimeoutMillis(_ index: Int) -> Int {
        let whole = cluster.health.timeoutMillis
        guard nodes[index].outlier.state == .up, nodes[index].hasTimedOut else { return whole }
        return min(whole, max(whole / 4, 250))
    }

    /// The cluster as routing sees it.
    var view: ClusterView {
        var view = ClusterView(
            name: cluster.name, nodes: nodes.indices.map(nodeView),
            fallbackToPrimary: cluster.fallbackToPrimary)
        view.findsRoles = cluster.findsRoles
        view.timeline = timeline
        view.primaryEpoch = epoch
        view.obstacleToWriting = obstacle
        return view
    }

    private func nodeView(_ index: Int) -> NodeView {
        let node = nodes[index]
        var view = NodeView(
            id: NodeID(index), name: node.configured.name, role: node.standing.role,
            weight: node.configured.weight, state: node.outlier.state,
            stateSince: node.outlier.stateSince)
        view.roleSince = node.standing.since
        view.timeline = node.reading?.timeline
        view.probedAt = node.probedAt
        if let bar = node.standing.bar {
            view.state = .down(reason: bar)
            view.stateSince = max(node.standing.since, node.outlier.stateSince)
            view.isBarred = true
        }
        if node.standing.role == .replica, node.outlier.state == .up {
            view.lagBytes = node.lag?.bytes
            view.lagMilliseconds = node.lag?.milliseconds
            view.staleness = strayText(node.reading?.timeline) ?? node.gate.obstacle
        }
        return view
    }

    /// Why a replica of this timeline has not the data of the primary; nil: as far as is known, it
    /// has.
    private func strayText(_ own: Timeline?) -> String? {
        guard let own, let timeline, own != timeline else { return nil }
        return "is on timeline \(own), the primary on \(timeline)"
    }

    private var primaryIndex: Int? { nodes.firstIndex { $0.standing.role == .primary } }

    // MARK: Roles

    /// Draws the conclusions from what has just been learnt.
    private mutating func settle(at now: MonotonicInstant) {
        let outcome = cluster.findsRoles ? election(at: now) : assertion
        obstacle = outcome.obstacle
        for index in nodes.indices {
            let configured = nodes[index].configured.role
            let (role, bar) = Self.standing(outcome.verdicts[index], configured)
            guard (role, bar) != (nodes[index].standing.role, nodes[index].standing.bar) else {
                continue
            }
            nodes[index].standing = Standing(role: role, bar: bar, since: now)
        }
        countEpochs()
    }

    private mutating func election(at now: MonotonicInstant) -> RoleElection.Outcome {
        let wasFound = election.primary != nil
        let outcome = election.decide(nodes.map(\.testimony), at: now)
        if let since = election.seekingSince {
            let pause = wasFound ? 0 : Self.pauseMilliseconds(now.milliseconds(since: since))
            for index in nodes.indices {
                nodes[index].outlier.hasten(to: now.advanced(milliseconds: pause))
            }
        }
        return outcome
    }

    /// Between two probes of a node while there is no primary.
    private static func pauseMilliseconds(_ soughtMilliseconds: UInt64) -> UInt64 {
        soughtMilliseconds < 60_000 ? 75 : 300
    }

    /// Roles as configured; nodes of another cluster than the primary's are barred.
    private var assertion: RoleElection.Outcome {
        let primary = nodes.first { $0.configured.isPrimary }?.reading?.systemIdentifier
        var outcome = RoleElection.Outcome(
            verdicts: nodes.map { $0.configured.isPrimary ? .primary : .replica })
        _ = election.bar(othersThan: primary, nodes.map(\.testimony), &outcome)
        return outcome
    }

    private static func standing(
        _ verdict: RoleElection.Verdict, _ configured: ProxyConfiguration.NodeRole
    ) -> (Role, bar: String?) {
        let role: Role =
            switch (verdict, configured) {
            case (_, .primary), (.primary, _): .primary
            case (_, .replica), (.replica, _): .replica
            case (.undecided, .auto), (.barred, .auto): .unknown
            }
        if case .barred(let reason) = verdict { return (role, reason) }
        return (role, nil)
    }

    private mutating func countEpochs() {
        guard let index = primaryIndex else { return }
        let server = nodes[index].configured.place
        let reading = nodes[index].reading
        let current = reading?.timeline ?? (server == epochServer ? timeline : nil)
        guard server != epochServer || current != timeline else { return }
        if epochServer != nil { epoch += 1 }
        (epochServer, timeline) = (server, current)
        trail = PrimaryTrail()
        // Measured by another.
        for replica in nodes.indices { nodes[replica].lag = nil }
        if let position = reading?.position, reading?.isInRecovery == false,
            let probedAt = nodes[index].probedAt
        {
            trail.add(position, at: probedAt)
        }
    }

    /// Where a primary may be found.
    private static func candidates(_ cluster: ProxyConfiguration.Cluster) -> Set<String> {
        Set(cluster.nodes.filter { $0.role == .auto }.map(\.place))
    }
}

extension ClusterHealth.Node {
    /// A node of which nothing is known yet.
    init(_ configured: ProxyConfiguration.Node, policy: Outlier.Policy, at now: MonotonicInstant) {
        self.init(
            configured: configured, outlier: Outlier(policy: policy, at: now),
            standing: .init(role: .unknown, since: now))
    }

    /// What it has to say for an election.
    var testimony: Testimony {
        var testimony = Testimony(configured.name)
        testimony.mayLead = configured.role == .auto
        testimony.isInRecovery = reading?.isInRecovery
        testimony.timeline = reading?.timeline
        testimony.systemIdentifier = reading?.systemIdentifier
        testimony.askedAt = probedAt
        testimony.presence = presence
        return testimony
    }
}

extension Outlier.Policy {
    /// As configured; numbers below zero count as zero. Where roles are to be found out, a node is
    /// probed twice a second at least: a promotion is to be known within the second.
    init(_ cluster: ProxyConfiguration.Cluster) {
        let health = cluster.health
        let interval = UInt64(clamping: health.intervalMillis)
        self.init(
            intervalMillis: cluster.findsRoles ? min(interval, 500) : interval,
            failuresToEject: health.failures,
            maxBackoffMillis: UInt64(clamping: health.maxBackoffMillis))
    }
}

extension ProxyConfiguration.Node {
    /// Whether what is known of one holds for the other: name, address and role agree.
    func isSameServer(as other: ProxyConfiguration.Node) -> Bool {
        name == other.name && host == other.host && port == other.port && role == other.role
    }

    /// Which server it is.
    var place: String { "\(name)@\(host):\(port)" }
}
