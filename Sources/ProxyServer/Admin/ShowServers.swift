/// SHOW SERVERS: one row per server connection.
enum ShowServers: AdminReporting {
    static let columns = [
        AdminColumn("server_id", .int8), AdminColumn("cluster"), AdminColumn("node"),
        AdminColumn("database"), AdminColumn("user"), AdminColumn("state"),
        AdminColumn("server_pid", .int4), AdminColumn("client_id", .int8),
        AdminColumn("connected_ms", .int8), AdminColumn("turns", .int8), AdminColumn("tls"),
    ]

    static func rows(_ facts: AdminFacts) -> [[AdminValue]] {
        facts.work.servers.map { server in
            [
                .count(server.id), .text(server.cluster), .text(server.node),
                .text(server.database), .text(server.user), .text(server.state),
                .process(server.processID), server.client == 0 ? .null : .count(server.client),
                .count(server.connectedForMilliseconds), .count(server.turns),
                .optional(server.tls),
            ]
        }
    }
}
