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

        var role: Role { configured.isPrimary ? .primary : .replica }
    }

    private(set) var cluster: ProxyConfiguration.Cluster
    private(set) var nodes: [Node]
    /// The furthest WAL position that a primary was seen at.
    private var primaryPosition: LogSequenceNumber?

    init(cluster: ProxyConfiguration.Cluster, at now: MonotonicInstant) {
        self.cluster = cluster
        let policy = Outlier.Policy(cluster.health)
        nodes = cluster.nodes.map {
            Node(configured: $0, outlier: Outlier(policy: policy, at: now))
        }
    }

    /// A probe of a node ended.
    mutating func probed(
        _ index: Int, _ result: Result<ProbeReading, LibpqError>, at now: MonotonicInstant
    ) {
        nodes[index].probedAt = now
        switch result {
        case .failure(let error):
            nodes[index].outlier.failed(error.message, at: now)
        case .success(let reading):
            nodes[index].reading = reading
            if let reason = reading.contradiction(to: nodes[index].role) {
                nodes[index].outlier.rejected(reason, at: now)
            } else {
                nodes[index].outlier.succeeded(at: now)
                if nodes[index].role == .primary { primaryPosition = reading.position }
            }
        }
    }

    /// A client's connection to the node was refused or broke.
    mutating func reported(_ index: Int, _ reason: String, at now: MonotonicInstant) {
        nodes[index].outlier.reported(reason, at: now)
    }

    /// The same cluster as a reload configures it: nodes that are still the same server in the same
    /// role keep what is known of them.
    mutating func update(_ next: ProxyConfiguration.Cluster, at now: MonotonicInstant) {
        let policy = Outlier.Policy(next.health)
        let known = nodes
        nodes = next.nodes.map { configured in
            var node =
                known.first { $0.configured.isSameServer(as: configured) }
                ?? Node(configured: configured, outlier: Outlier(policy: policy, at: now))
            node.configured = configured
            node.outlier.policy = policy
            return node
        }
        if primaryServer(of: cluster) != primaryServer(of: next) { primaryPosition = nil }
        cluster = next
    }

    /// The cluster as routing sees it.
    var view: ClusterView {
        ClusterView(
            name: cluster.name, nodes: nodes.indices.map(nodeView),
            fallbackToPrimary: cluster.fallbackToPrimary)
    }

    private func nodeView(_ index: Int) -> NodeView {
        let node = nodes[index]
        var view = NodeView(
            id: NodeID(index), name: node.configured.name, role: node.role,
            weight: node.configured.weight, state: node.outlier.state,
            stateSince: node.outlier.stateSince)
        view.probedAt = node.probedAt
        if node.role == .replica, node.outlier.state == .up, let reading = node.reading {
            let lag = ReplicaLag(of: reading, behind: primaryPosition)
            view.lagBytes = lag.bytes
            view.lagMilliseconds = lag.milliseconds
        }
        return view
    }

    private func primaryServer(of cluster: ProxyConfiguration.Cluster) -> String? {
        cluster.nodes.first(where: \.isPrimary).map { "\($0.host):\($0.port)" }
    }
}

extension Outlier.Policy {
    /// As configured; numbers below zero count as zero.
    init(_ health: ProxyConfiguration.Health) {
        self.init(
            intervalMillis: UInt64(clamping: health.intervalMillis),
            failuresToEject: health.failures,
            maxBackoffMillis: UInt64(clamping: health.maxBackoffMillis))
    }
}

extension ProxyConfiguration.Node {
    /// Whether what is known of one holds for the other: name, address and role agree.
    func isSameServer(as other: ProxyConfiguration.Node) -> Bool {
        name == other.name && host == other.host && port == other.port
            && isPrimary == other.isPrimary
    }
}
