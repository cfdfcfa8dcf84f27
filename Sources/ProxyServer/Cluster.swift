import Configuration
import NetworkIO
import Routing
import Telemetry
import Vocabulary

/// One cluster as one worker knows it: its newest view, and the worker's own load and counters.
final class Cluster {
    let name: String
    let nodes: [ProxyConfiguration.Node]
    /// By node: what TLS with it is made of; nil: none.
    var tls: [TLSContext?]
    var view: ClusterView
    var router: Router
    /// Per node: batches of this worker that run or wait there.
    var load: [Int32]
    var counters: [NodeCounters]

    init?(
        _ configuration: ProxyConfiguration.Cluster, tls: TLSContexts, now: MonotonicInstant
    ) {
        guard
            let router = Router(
                algorithm: configuration.algorithm, nodeCount: configuration.nodes.count)
        else { return nil }
        name = configuration.name
        nodes = configuration.nodes
        self.tls = nodes.map { tls.server($0) }
        self.router = router
        load = Array(repeating: 0, count: nodes.count)
        counters = Array(repeating: NodeCounters(), count: nodes.count)
        view = ClusterView(
            name: configuration.name,
            nodes: configuration.nodes.enumerated().map { index, node in
                NodeView(
                    id: NodeID(index), name: node.name,
                    role: Role(node.role), weight: node.weight, stateSince: now)
            }, fallbackToPrimary: configuration.fallbackToPrimary)
        view.findsRoles = configuration.findsRoles
    }

    /// Chooses a node.
    func route(_ request: RouteRequest, random: UInt64) -> Route {
        router.route(request, view: view, load: load, random: random)
    }

    func node(_ id: NodeID) -> ProxyConfiguration.Node { nodes[id.index] }

    func role(_ id: NodeID) -> Role { view.nodes[id.index].role }
}

extension Role {
    /// Before anything was found out.
    init(_ configured: ProxyConfiguration.NodeRole) {
        switch configured {
        case .primary: self = .primary
        case .replica: self = .replica
        case .auto: self = .unknown
        }
    }
}
