import Routing
import Telemetry
import Vocabulary

/// SHOW STATUS: one row per node, what an operator looks at first.
enum ShowStatus: AdminReporting {
    static let columns = [
        AdminColumn("cluster"), AdminColumn("node"), AdminColumn("host"),
        AdminColumn("port", .int4), AdminColumn("role"), AdminColumn("state"),
        AdminColumn("since_seconds", .int8), AdminColumn("lag_bytes", .int8),
        AdminColumn("lag_ms", .int8), AdminColumn("in_use", .int8), AdminColumn("idle", .int8),
        AdminColumn("waiting", .int8), AdminColumn("reads", .int8), AdminColumn("writes", .int8),
        AdminColumn("errors", .int8), AdminColumn("heals", .int8), AdminColumn("reason"),
        AdminColumn("timeline", .int8), AdminColumn("proven_age_ms", .int8),
    ]

    static func rows(_ facts: AdminFacts) -> [[AdminValue]] {
        facts.clusters.flatMap { cluster in
            cluster.nodes.map { row(for: $0, of: cluster.name, facts) }
        }
    }

    private static func row(
        for node: NodeView, of cluster: String, _ facts: AdminFacts
    ) -> [AdminValue] {
        let configured = facts.configured(node.name, of: cluster)
        let pools = facts.work.pools.filter { $0.cluster == cluster && $0.node == node.name }
        let key = NodeKey(cluster: cluster, node: node.name)
        let work = facts.work.nodes[key] ?? NodeCounters()
        return [
            .text(cluster), .text(node.name), .optional(configured?.host),
            configured.map { .count($0.port) } ?? .null, .text(node.role.rawValue),
            .text(node.stateWord), .count(facts.seconds(since: node.stateSince)),
            .optional(node.lagBytes), .optional(node.lagMilliseconds),
            .count(pools.reduce(0) { $0 + $1.inUse }), .count(pools.reduce(0) { $0 + $1.idle }),
            .count(pools.reduce(0) { $0 + $1.waiting }), .count(work.reads), .count(work.writes),
            .count(work.errors), .count(work.heals),
            .optional(node.state.reason ?? node.staleness),
            .optional(node.timeline.map { UInt64($0.rawValue) }),
            .optional(node.provenUntil.map { facts.now.milliseconds(since: $0) }),
        ]
    }
}

extension NodeView {
    /// unknown, up, down; or lagging: up, but with data too old to be read.
    var stateWord: String { staleness == nil || !state.isUsable ? state.word : "lagging" }
}

extension NodeState {
    /// unknown, up or down.
    var word: String {
        switch self {
        case .unknown: "unknown"
        case .up: "up"
        case .down: "down"
        }
    }

    /// Why it is down; nil when it is not.
    var reason: String? {
        switch self {
        case .unknown, .up: nil
        case .down(let reason): reason
        }
    }
}
