/// SHOW CLIENTS: one row per client.
enum ShowClients: AdminReporting {
    static let columns = [
        AdminColumn("client_id", .int8), AdminColumn("user"), AdminColumn("database"),
        AdminColumn("application_name"), AdminColumn("client_addr"), AdminColumn("state"),
        AdminColumn("node"), AdminColumn("server_pid", .int4), AdminColumn("pins"),
        AdminColumn("pinned_ms", .int8), AdminColumn("connected_ms", .int8),
        AdminColumn("transactions", .int8), AdminColumn("tls"), AdminColumn("listens", .int8),
        AdminColumn("worker", .int4),
    ]

    static func rows(_ facts: AdminFacts) -> [[AdminValue]] {
        facts.work.clients.map { client in
            [
                .count(client.id), .text(client.user), .text(client.database),
                .optional(client.applicationName), .text(client.address), .text(client.state),
                .optional(client.node), .process(client.serverProcessID), .optional(client.pins),
                client.pins.isEmpty ? .null : .count(client.pinnedForMilliseconds),
                .count(client.connectedForMilliseconds), .count(client.transactions),
                .optional(client.tls), .count(UInt64(client.listens)),
                .integer(Int64(client.worker)),
            ]
        }
    }
}

extension AdminValue {
    /// A process id; 0 stands for none.
    static func process(_ id: Int32) -> Self { id == 0 ? .null : .integer(Int64(id)) }
}
