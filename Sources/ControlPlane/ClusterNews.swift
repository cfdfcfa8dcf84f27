import Routing
import Vocabulary

/// What the log says of a change in a cluster: each change once.
enum ClusterNews {
    enum Weight: Sendable, Hashable { case news, trouble }

    struct Line: Sendable, Hashable {
        var weight: Weight
        var text: String
    }

    static func lines(from before: ClusterView, to after: ClusterView) -> [Line] {
        after.nodes.flatMap { node in
            let former = before.nodes.first { $0.name == node.name }
            return lines(of: node, former, "\(node.name) of cluster \(after.name)")
        } + linesOfPrimary(from: before, to: after)
    }

    private static func lines(of node: NodeView, _ former: NodeView?, _ name: String) -> [Line] {
        var lines: [Line] = []
        if former?.state != node.state {
            let whole = node.role == .unknown ? "node \(name)" : "\(node.role.rawValue) \(name)"
            switch (node.state, former?.state) {
            case (.unknown, _): break
            case (.up, _): lines.append(Line(weight: .news, text: "\(whole) is up"))
            case (.down(let reason), .down):
                lines.append(Line(weight: .news, text: "\(whole) is still down: \(reason)"))
            case (.down(let reason), _):
                let verb = node.isBarred ? "must not be used: it" : "is down:"
                lines.append(Line(weight: .trouble, text: "\(whole) \(verb) \(reason)"))
            }
        }
        if former?.staleness != node.staleness,
            (former?.staleness == nil) != (node.staleness == nil)
        {
            let text = node.staleness.map { "takes no reads: it \($0)" } ?? "takes reads again"
            lines.append(
                Line(
                    weight: node.staleness == nil ? .news : .trouble,
                    text: "replica \(name) \(text)"))
        }
        return lines
    }

    private static func linesOfPrimary(
        from before: ClusterView, to after: ClusterView
    ) -> [Line] {
        guard after.findsRoles else { return [] }
        if let primary = after.primary {
            guard before.primary?.name != primary.name || before.timeline != after.timeline else {
                return []
            }
            let timeline = after.timeline.map { ", timeline \($0)" } ?? ""
            return [
                Line(
                    weight: .news,
                    text: "\(primary.name) is the primary of cluster \(after.name)\(timeline)")
            ]
        }
        guard let obstacle = after.obstacleToWriting, obstacle != before.obstacleToWriting else {
            return []
        }
        return [
            Line(
                weight: .trouble,
                text: "cluster \(after.name) takes no writes: \(obstacle)")
        ]
    }
}
