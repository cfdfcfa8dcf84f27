import Vocabulary

/// How a batch would be routed in a view, and what was weighed: for `proxyctl explain`. Changes
/// nothing.
package struct RouteExplanation: Sendable, Hashable {
    /// One node and its part in the decision.
    package struct Node: Sendable, Hashable {
        package var view: NodeView
        /// Turns of the asking worker on the node.
        package var load: Int
        /// It could have been chosen.
        package var isEligible: Bool
        /// Why it could not, as the rest of a sentence that begins with its name; nil when it
        /// could.
        package var obstacle: String?
        /// What the algorithm thinks of it, if it was among its candidates.
        package var score: String?
    }

    package var need: RouteNeed
    /// Every node of the cluster in the order of the configuration.
    package var nodes: [Node]
    /// Name of the balancing algorithm.
    package var algorithm: String
    /// How it would be routed now. When several nodes are eligible, the algorithm may choose
    /// another one of them the next time.
    package var route: Route
}

extension Router {
    /// What `route` would do, without doing it: the state of the algorithm stays as it is.
    package func explain(
        _ request: RouteRequest, view: ClusterView, load: [Int32] = [], random: UInt64,
        at now: MonotonicInstant? = nil
    ) -> RouteExplanation {
        var trial = self
        let route = trial.route(
            request, view: view, load: load, random: random, at: now)
        let candidates = request.need == .read ? trial.candidates : []
        let nodes = view.nodes.indices.map { index in
            let obstacle = view.obstacle(
                index, to: request, chosen: route, at: now)
            let candidate = candidates.first { $0.node == NodeID(index) }
            return RouteExplanation.Node(
                view: view.nodes[index], load: index < load.count ? Int(load[index]) : 0,
                isEligible: obstacle == nil, obstacle: obstacle,
                score: candidate.flatMap { algorithm.score(of: $0, among: candidates) })
        }
        return RouteExplanation(
            need: request.need, nodes: nodes, algorithm: algorithmName, route: route)
    }
}

extension ClusterView {
    /// Why the node was out of the question; nil when it was not.
    fileprivate func obstacle(
        _ index: Int, to request: RouteRequest, chosen: Route, at now: MonotonicInstant?
    ) -> String? {
        if case .node(NodeID(index), _) = chosen { return nil }
        switch (request.need, nodes[index].role) {
        case (.primary, .replica): return "is not the primary"
        case (.primary, .unknown):
            return obstacleToReading(index, for: request, at: now)
                ?? "is not known to be the primary"
        case (.primary, .primary): return "is not the first primary"
        case (.read, .replica), (.read, .unknown):
            return obstacleToReading(index, for: request, at: now)
        case (.read, .primary):
            return obstacleToReading(index, for: request, at: now)
                ?? "is spared while a replica is usable"
        }
    }
}
