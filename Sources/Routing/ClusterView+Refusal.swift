import Vocabulary

extension ClusterView {
    /// Whether a node of this view is a replica that may take a read now.
    package func canRead(_ index: Int, for request: RouteRequest) -> Bool {
        nodes[index].weight > 0 && nodes[index].isReadable
            && !request.excluded.contains(NodeID(index))
    }

    /// Why no node takes a read: each replica and what is wrong with it, then the primary.
    /// - Parameter now: adds how long ago each was probed; nil: left out.
    func refusal(of request: RouteRequest, at now: MonotonicInstant?) -> String {
        let inOrder =
            indices(of: .replica) + indices(of: .unknown) + indices(of: .primary).prefix(1)
        let nodeTexts = inOrder.map { index in
            let obstacle = obstacleToReading(index, for: request, at: now)
            let role = nodes[index].role == .unknown ? "node" : nodes[index].role.rawValue
            return "\(role) \(nodes[index].name) \(obstacle ?? "is usable")"
        }
        return "no node of cluster \"\(name)\" can take a read: "
            + nodeTexts.joined(separator: "; ")
    }

    /// What keeps this node from taking a read while no replica does, as the rest of a sentence
    /// that begins with its name; nil: nothing.
    func obstacleToReading(
        _ index: Int, for request: RouteRequest, at now: MonotonicInstant?
    ) -> String? {
        if request.excluded.contains(NodeID(index)) { return "has just failed this statement" }
        let node = nodes[index]
        switch node.role {
        case .primary:
            return fallbackToPrimary ? nil : "takes no reads: fallbackToPrimary is false"
        case .replica:
            if let text = downText(node, at: now) { return text }
            if let staleness = node.staleness { return staleness }
            if node.weight <= 0 { return "takes no reads: its weight is 0" }
            return node.isProven(for: request) ? nil : lackOfProof(node, request, at: now)
        case .unknown:
            return downText(node, at: now) ?? "has not been found to be a replica"
        }
    }

    private func indices(of role: Role) -> [Int] {
        nodes.indices.filter { nodes[$0].role == role }
    }

    private func downText(_ node: NodeView, at now: MonotonicInstant?) -> String? {
        guard case .down(let reason) = node.state else { return nil }
        if node.isBarred { return reason }
        return "is down: \(reason)" + probeText(node, at: now)
    }

    private func probeText(_ node: NodeView, at now: MonotonicInstant?) -> String {
        guard let now, let probedAt = node.probedAt else { return "" }
        let milliseconds = now.milliseconds(since: probedAt)
        let age = milliseconds < 1_000 ? "\(milliseconds) ms" : "\(milliseconds / 1_000) s"
        return " (probed \(age) ago)"
    }
}
