/// SHOW POOLS: one row per node, database and user.
enum ShowPools: AdminReporting {
    static let columns = [
        AdminColumn("cluster"), AdminColumn("node"), AdminColumn("database"),
        AdminColumn("user"), AdminColumn("pool_mode"), AdminColumn("pool_size", .int8),
        AdminColumn("in_use", .int8), AdminColumn("idle", .int8), AdminColumn("opening", .int8),
        AdminColumn("waiting", .int8), AdminColumn("max_wait_ms", .int8),
    ]

    static func rows(_ facts: AdminFacts) -> [[AdminValue]] {
        facts.work.pools.map { pool in
            [
                .text(pool.cluster), .text(pool.node), .text(pool.database), .text(pool.user),
                .text(pool.mode), .count(pool.size), .count(pool.inUse), .count(pool.idle),
                .count(pool.opening), .count(pool.waiting), .count(pool.maxWaitMilliseconds),
            ]
        }
    }
}
