import Vocabulary

extension ClusterView {
    /// Whether a node of this view is a replica that may take a read now.
    func canRead(_ index: Int, excluding: NodeID?) -> Bool {
        nodes[index].role == .replica && nodes[index].weight > 0 && nodes[index].state.isUsable
            && excluding?.index != index
    }

    /// Why no node takes a read: each replica and what is wrong with it, then the primary.
    /// - Parameter now: adds how long ago each was probed; nil: left out.
    func refusal(excluding: NodeID?, at now: MonotonicInstant?) -> String {
        let replicas = nodes.indices.filter { nodes[$0].role == .replica }.map {
            unusableText($0, excluding: excluding, at: now)
        }
        let primary = nodes.indices.first { nodes[$0].role == .primary }.map {
            fallbackToPrimary
                ? unusableText($0, excluding: excluding, at: now)
                : "the primary takes no reads (fallbackToPrimary is false)"
        }
        let reasons = replicas + [primary].compactMap(\.self)
        return "no node of cluster \"\(name)\" can take a read: "
            + reasons.joined(separator: "; ")
    }

    /// What keeps this node from taking a read, in words; "... is usable" when nothing does.
    func unusableText(_ index: Int, excluding: NodeID?, at now: MonotonicInstant?) -> String {
        let node = nodes[index]
        let name = "\(node.role.rawValue) \(node.name)"
        if case .down(let reason) = node.state {
            return "\(name) is down: \(reason)" + probeText(node, at: now)
        }
        if excluding?.index == index { return "\(name) has just failed this statement" }
        if node.role == .replica && node.weight <= 0 { return "\(name) has weight 0" }
        return "\(name) is usable"
    }

    private func probeText(_ node: NodeView, at now: MonotonicInstant?) -> String {
        guard let now, let probedAt = node.probedAt else { return "" }
        let milliseconds = now.milliseconds(since: probedAt)
        let age = milliseconds < 1_000 ? "\(milliseconds) ms" : "\(milliseconds / 1_000) s"
        return " (probed \(age) ago)"
    }
}
