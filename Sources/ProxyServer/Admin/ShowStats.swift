/// SHOW STATS: totals per database, as clients name it, since the start.
enum ShowStats: AdminReporting {
    static let columns = [
        AdminColumn("database"), AdminColumn("transactions", .int8),
        AdminColumn("statements", .int8), AdminColumn("reads", .int8),
        AdminColumn("writes", .int8), AdminColumn("fallbacks", .int8),
        AdminColumn("errors", .int8), AdminColumn("bytes_from_clients", .int8),
        AdminColumn("bytes_to_clients", .int8), AdminColumn("wait_ms", .int8),
        AdminColumn("unproven", .int8), AdminColumn("proof_waits", .int8),
        AdminColumn("proof_wait_ms", .int8), AdminColumn("heals", .int8),
        AdminColumn("shared_turns", .int8), AdminColumn("shared_depth", .int8),
        AdminColumn("reruns", .int8),
    ]

    static func rows(_ facts: AdminFacts) -> [[AdminValue]] {
        facts.work.databases.sorted { $0.key < $1.key }.map { name, work in
            [
                .text(name), .count(work.transactions), .count(work.statements),
                .count(work.reads), .count(work.writes), .count(work.fallbacks),
                .count(work.errors), .count(work.bytesFromClients), .count(work.bytesToClients),
                .count(work.waitMilliseconds), .count(work.unproven), .count(work.proofWaits),
                .count(work.proofWaitMilliseconds), .count(work.heals),
                .count(work.sharedTurns), .count(work.sharedDepth), .count(work.reruns),
            ]
        }
    }
}
