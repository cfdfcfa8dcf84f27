import Telemetry

/// SHOW HEALS: one row per statement that replicas have failed, and per SQLSTATE; the latest first.
enum ShowHeals: AdminReporting {
    static let columns = [
        AdminColumn("database"), AdminColumn("fingerprint"), AdminColumn("sqlstate"),
        AdminColumn("heals", .int8), AdminColumn("node"), AdminColumn("seen_seconds_ago", .int8),
        AdminColumn("remembered_seconds", .int8), AdminColumn("query"),
    ]

    static func rows(_ facts: AdminFacts) -> [[AdminValue]] {
        facts.work.heals.sorted { $0.value.lastSeen > $1.value.lastSeen }.map { key, heal in
            let left = heal.rememberedUntil.milliseconds(since: facts.now)
            return [
                .text(key.database),
                key.fingerprint == 0 ? .null : .text(key.fingerprint.hexadecimal),
                .text(key.state), .count(heal.count), .text(heal.node),
                .count(facts.seconds(since: heal.lastSeen)),
                left > 0 ? .count((left + 999) / 1_000) : .null,
                heal.statement.isEmpty ? .null : .text(heal.statement),
            ]
        }
    }
}
