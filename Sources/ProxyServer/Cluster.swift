import Configuration
import ControlPlane
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
    /// What replicas are proven to hold.
    let board: ProofBoard
    /// By node.
    private let slots: [ProofBoard.Slot]

    init?(
        _ configuration: ProxyConfiguration.Cluster, tls: TLSContexts, board: ProofBoard,
        now: MonotonicInstant
    ) {
        guard
            let router = Router(
                algorithm: configuration.algorithm, nodeCount: configuration.nodes.count)
        else { return nil }
        name = configuration.name
        nodes = configuration.nodes
        self.tls = nodes.map { tls.server($0) }
        self.router = router
        self.board = board
        slots = nodes.map { board.slot(of: $0) }
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
        if request.needsProof { takeProofs() }
        return router.route(
            request, view: view, load: load, random: random,
            at: request.needsProof ? EventLoop.clock() : nil)
    }

    /// Whether the server that a connection leads to, opened by this instant, holds what the
    /// request must see.
    func isProven(
        _ node: NodeID, for request: RouteRequest, openedBy opened: MonotonicInstant
    ) -> Bool {
        guard request.needsProof, case .replica = role(node) else { return true }
        guard slots[node.index].speaks(ofConnectionOpenedBy: opened) else { return false }
        slots[node.index].fill(&view.nodes[node.index])
        return view.nodes[node.index].isProven(for: request)
    }

    /// What was proven since the view was made.
    func takeProofs() {
        for index in slots.indices { slots[index].fill(&view.nodes[index]) }
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
