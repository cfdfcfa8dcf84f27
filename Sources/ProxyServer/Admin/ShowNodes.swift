import Routing

/// SHOW NODES: one row per node, as configured and as last probed.
enum ShowNodes: AdminReporting {
    static let columns = [
        AdminColumn("cluster"), AdminColumn("node"), AdminColumn("host"),
        AdminColumn("port", .int4), AdminColumn("configured_role"), AdminColumn("role"),
        AdminColumn("weight", .int4), AdminColumn("state"), AdminColumn("since_seconds", .int8),
        AdminColumn("usable", .bool), AdminColumn("reason"), AdminColumn("timeline", .int8),
        AdminColumn("role_since_seconds", .int8), AdminColumn("proven_age_ms", .int8),
    ]

    static func rows(_ facts: AdminFacts) -> [[AdminValue]] {
        facts.clusters.flatMap { cluster in
            cluster.nodes.map { node in
                let configured = facts.configured(node.name, of: cluster.name)
                return [
                    .text(cluster.name), .text(node.name), .optional(configured?.host),
                    configured.map { .count($0.port) } ?? .null,
                    configured.map { .text($0.role.rawValue) } ?? .null,
                    .text(node.role.rawValue), .count(node.weight), .text(node.stateWord),
                    .count(facts.seconds(since: node.stateSince)), .bool(node.state.isUsable),
                    .optional(node.state.reason ?? node.staleness),
                    .optional(node.timeline.map { UInt64($0.rawValue) }),
                    .count(facts.seconds(since: node.roleSince)),
                    .optional(node.provenUntil.map { facts.now.milliseconds(since: $0) }),
                ]
            }
        }
    }
}
