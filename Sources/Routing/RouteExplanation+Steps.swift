import Vocabulary

extension RouteExplanation {
    /// A step for the balancing and one for each node, in the order of the configuration.
    package var steps: [ExplainedStep] {
        [balancing] + nodes.map(step)
    }

    private var balancing: ExplainedStep {
        switch need {
        case .primary:
            ExplainedStep("cluster", "needs the primary", effect: ExplainedStep.primary)
        case .read:
            ExplainedStep(
                "cluster",
                "\(nodes.count { $0.score != nil || $0.isReplicaChosen }) candidates, weighed by"
                    + " \(algorithm)", effect: isOnReplica ? "a replica" : ExplainedStep.primary)
        }
    }

    /// Whether a replica was chosen.
    private var isOnReplica: Bool {
        guard case .node(let id, _) = route, nodes.indices.contains(id.index) else { return false }
        return nodes[id.index].view.role == .replica
    }

    private func step(_ node: Node) -> ExplainedStep {
        var finding = "\(node.view.role.rawValue), \(node.view.state.text)"
        if node.view.role == .replica { finding += ", \(node.view.lagText)" }
        finding += ", weight \(node.view.weight), \(node.load) under way"
        if let score = node.score { finding += ": \(score)" }
        if case .node(node.view.id, _) = route {
            return ExplainedStep("node \(node.view.name)", finding, effect: "chosen")
        }
        return ExplainedStep(
            "node \(node.view.name)", finding,
            effect: node.obstacle ?? (need == .read ? "a candidate" : ExplainedStep.nothing),
            change: change(node))
    }

    /// What would let a replica take reads.
    private func change(_ node: Node) -> String? {
        guard need == .read, node.view.role == .replica, node.obstacle != nil else { return nil }
        if case .down = node.view.state { return "bring it up" }
        if node.view.staleness != nil { return "let it catch up, or widen the bounds of lag" }
        return node.view.weight == 0 ? "give it a weight above 0" : nil
    }
}

extension RouteExplanation.Node {
    fileprivate var isReplicaChosen: Bool { isEligible && view.role == .replica }
}

extension NodeState {
    /// In a word.
    fileprivate var text: String {
        switch self {
        case .unknown: "not probed yet"
        case .up: "up"
        case .down: "down"
        }
    }
}

extension NodeView {
    /// How far it is behind.
    fileprivate var lagText: String {
        switch (lagBytes, lagMilliseconds) {
        case (nil, nil): "lag not known"
        case (0?, _): "caught up"
        case (let bytes?, nil): "\(bytes) bytes behind"
        case (nil, let milliseconds?): "\(milliseconds) ms behind"
        case (let bytes?, let milliseconds?): "\(bytes) bytes and \(milliseconds) ms behind"
        }
    }
}
