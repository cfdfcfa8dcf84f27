import Configuration

/// SHOW CONFIG: one row per setting in force, by its JSON path. Never shows a secret.
enum ShowConfig: AdminReporting {
    static let columns = [
        AdminColumn("key"), AdminColumn("value"), AdminColumn("is_default", .bool),
    ]

    static func rows(_ facts: AdminFacts) -> [[AdminValue]] {
        facts.configuration.effectiveSettings.map { setting in
            [.text(setting.path), .text(setting.value), .bool(setting.isDefault)]
        }
    }
}
