/// SHOW VERSION: one row about the process.
enum ShowVersion: AdminReporting {
    static let columns = [
        AdminColumn("version"), AdminColumn("uptime_seconds", .int8),
        AdminColumn("workers", .int4), AdminColumn("clients", .int8),
        AdminColumn("config_file"), AdminColumn("reloaded_seconds_ago", .int8),
        AdminColumn("reload_error"),
    ]

    static func rows(_ facts: AdminFacts) -> [[AdminValue]] {
        [
            [
                .text(facts.version), .count(facts.seconds(since: facts.startedAt)),
                .count(facts.workerCount), .count(facts.work.clients.count),
                .text(facts.configurationPath),
                .optional(facts.lastReload.map { facts.seconds(since: $0.at) }),
                .optional(facts.lastReload?.problem),
            ]
        ]
    }
}

/// SHOW HELP: one row per command.
enum ShowHelp: AdminReporting {
    static let columns = [AdminColumn("command"), AdminColumn("meaning")]

    static func rows(_ facts: AdminFacts) -> [[AdminValue]] {
        AdminReport.allCases.map { [.text("SHOW \($0.keyword)"), .text($0.purpose)] } + [
            [.text("RELOAD"), .text("read the configuration file again, keeping every client")],
            [
                .text("EXPLAIN ROUTE 'sql' [DATABASE name] [USER name]"),
                .text("where a statement would run, and why"),
            ],
        ]
    }
}
