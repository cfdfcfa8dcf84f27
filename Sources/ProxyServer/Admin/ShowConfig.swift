import Configuration

/// SHOW CONFIG: one row per key, by its JSON path. Never shows a secret.
enum ShowConfig: AdminReporting {
    static let columns = [AdminColumn("key"), AdminColumn("value")]

    static func rows(_ facts: AdminFacts) -> [[AdminValue]] {
        var list = ConfigurationListing()
        list.append(facts.configuration)
        return list.rows
    }
}

/// Collects the rows of SHOW CONFIG.
private struct ConfigurationListing {
    var rows: [[AdminValue]] = []

    mutating func append(_ configuration: ProxyConfiguration) {
        add("listen.host", configuration.listen.host)
        add("listen.port", configuration.listen.port)
        rows.append([
            .text("listen.unixSocketDirectory"),
            .optional(configuration.listen.unixSocketDirectory),
        ])
        add("workers", configuration.workers.map(String.init) ?? "auto")
        for cluster in configuration.clusters { append(cluster) }
        for database in configuration.databases { append(database) }
        for user in configuration.users {
            add("users.\(user.name).password", user.password == nil ? "(none)" : "(set)")
        }
        for (index, rule) in configuration.authentication.enumerated() {
            append(rule, at: "authentication[\(index)]")
        }
        add("admin.users", configuration.adminUsers.joined(separator: ","))
        add("maxClients", configuration.maxClients)
        add("loginTimeoutSeconds", configuration.loginTimeoutSeconds)
        add("shutdownTimeoutSeconds", configuration.shutdownTimeoutSeconds)
        add("log.level", configuration.logLevel.rawValue)
        add("log.format", configuration.logFormat.rawValue)
    }

    private mutating func append(_ cluster: ProxyConfiguration.Cluster) {
        let path = "clusters.\(cluster.name)"
        for (index, node) in cluster.nodes.enumerated() {
            let place = "\(path).nodes[\(index)]"
            add("\(place).name", node.name)
            add("\(place).host", node.host)
            add("\(place).port", node.port)
            add("\(place).role", node.isPrimary ? "primary" : "replica")
            if !node.isPrimary { add("\(place).weight", node.weight) }
        }
        add("\(path).balancing.algorithm", cluster.algorithm)
        add("\(path).fallbackToPrimary", cluster.fallbackToPrimary)
        add("\(path).monitor.user", cluster.monitor.user)
        add("\(path).monitor.password", cluster.monitor.password == nil ? "(none)" : "(set)")
        add("\(path).monitor.database", cluster.monitor.database)
        add("\(path).health.intervalMillis", cluster.health.intervalMillis)
        add("\(path).health.timeoutMillis", cluster.health.timeoutMillis)
        add("\(path).health.failures", cluster.health.failures)
        add("\(path).health.maxBackoffMillis", cluster.health.maxBackoffMillis)
    }

    private mutating func append(_ database: ProxyConfiguration.Database) {
        let path = "databases.\(database.name)"
        add("\(path).cluster", database.cluster)
        if let name = database.serverName { add("\(path).database", name) }
        let pooling = database.pooling
        add("\(path).pooling.mode", pooling.mode.rawValue)
        add("\(path).pooling.size", pooling.size)
        add("\(path).pooling.minIdle", pooling.minIdle)
        add("\(path).pooling.maxWaitMillis", pooling.maxWaitMillis)
        add("\(path).pooling.idleTimeoutSeconds", pooling.idleTimeoutSeconds)
        add("\(path).pooling.maxLifetimeSeconds", pooling.maxLifetimeSeconds)
    }

    private mutating func append(_ rule: ProxyConfiguration.AuthenticationRule, at path: String) {
        add("\(path).database", rule.database)
        add("\(path).user", rule.user)
        add("\(path).address", rule.address)
        add("\(path).method", rule.method.rawValue)
    }

    private mutating func add(_ key: String, _ value: some CustomStringConvertible) {
        rows.append([.text(key), .text(value.description)])
    }
}
