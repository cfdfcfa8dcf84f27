import Vocabulary

/// Chooses the node of a batch. Owned by one worker; holds the state of the balancing algorithm.
package struct Router: Sendable {
    private(set) var algorithm: any BalancingAlgorithm
    /// Filled anew by each call, so that none allocates.
    private(set) var candidates: [Candidate] = []

    /// - Parameters:
    ///   - algorithm: a name in the registry; nil is returned for an unknown one.
    ///   - nodeCount: nodes of the cluster. After a reload that changes it, make a new router.
    package init?(
        algorithm: String, nodeCount: Int, registry: BalancingRegistry = .standard
    ) {
        guard let algorithm = registry.make(algorithm, nodeCount: nodeCount) else { return nil }
        self.algorithm = algorithm
        candidates.reserveCapacity(nodeCount)
    }

    /// A write goes to the primary, even to one that is believed to be down: its own answer is the
    /// better one. (Where roles are found out, a node that is down is not the primary.) A read goes
    /// to a usable replica of a weight above 0 that is proven to hold what it must see, else to the
    /// primary if the cluster says so, else it is refused.
    /// - Parameters:
    ///   - load: per node, how many turns of this worker run or wait there now; same count and
    ///     order as the view's nodes.
    ///   - random: 64 fresh random bits, drawn by the caller.
    ///   - now: lets the text of a refusal say how long ago each node was probed.
    package mutating func route(
        _ request: RouteRequest, view: ClusterView, load: [Int32], random: UInt64,
        at now: MonotonicInstant? = nil
    ) -> Route {
        switch request.need {
        case .primary:
            guard let primary = view.primaryIndex else { return .noPrimary }
            return .node(
                NodeID(primary), request.asked == .primary ? .primaryAsked : .needsPrimary)
        case .read:
            return routeRead(request, view, load, random)
                ?? .refused(view.refusal(of: request, at: now))
        }
    }

    /// Name of the balancing algorithm.
    package var algorithmName: String { type(of: algorithm).name }

    /// A read on `node` was answered after `nanoseconds`.
    package mutating func observed(_ node: NodeID, nanoseconds: UInt64, at now: MonotonicInstant) {
        algorithm.observed(node, nanoseconds: nanoseconds, at: now)
    }

    /// nil: there is no node for it.
    private mutating func routeRead(
        _ request: RouteRequest, _ view: ClusterView, _ load: [Int32], _ random: UInt64
    ) -> Route? {
        candidates.removeAll(keepingCapacity: true)
        var hasReplica = false
        var lacksProof = false
        for index in view.nodes.indices {
            if case .primary = view.nodes[index].role { continue }
            hasReplica = true
            if request.sparesReplicas { continue }
            guard view.canRead(index, for: request) else { continue }
            guard view.nodes[index].isProven(for: request) else {
                lacksProof = true
                continue
            }
            candidates.append(
                Candidate(
                    node: NodeID(index), weight: view.nodes[index].weight,
                    load: index < load.count ? Int(load[index]) : 0,
                    lagBytes: view.nodes[index].lagBytes ?? .max))
        }
        if !candidates.isEmpty {
            return .node(choose(random), request.asked == .replica ? .replicaAsked : .balanced)
        }
        if lacksProof && request.awaitsProof { return .awaitProof }
        guard let primary = view.primaryIndex else {
            // Replicas may yet be found among the nodes.
            return view.fallbackToPrimary || view.hasUndecidedNode ? .noPrimary : nil
        }
        if !hasReplica { return .node(NodeID(primary), .noReplicaConfigured) }
        guard view.fallbackToPrimary, !request.excluded.contains(NodeID(primary)) else {
            return nil
        }
        if request.sparesReplicas { return .node(NodeID(primary), .refusedByReplica) }
        return .node(NodeID(primary), lacksProof ? .unproven : .fallback)
    }

    private mutating func choose(_ random: UInt64) -> NodeID {
        if candidates.count == 1 { return candidates[0].node }
        let chosen = algorithm.choose(among: candidates, random: random)
        // An algorithm of one's own may be wrong; that must not bring the proxy down.
        assert(candidates.indices.contains(chosen), "\(type(of: algorithm).name) chose \(chosen)")
        return candidates[min(max(chosen, 0), candidates.count - 1)].node
    }
}
