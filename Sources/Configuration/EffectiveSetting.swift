/// One setting as it is in force: a row of `SHOW CONFIG`.
package struct EffectiveSetting: Hashable, Sendable {
    /// Such as `clusters.main.nodes[pg1].port`: as in the file, but with nodes by name.
    package let path: String
    /// As one would write it in the file, strings without quotes; `***` for a secret, `none` for
    /// what is not set.
    package let value: String
    /// Whether it would be the same if the file did not say it.
    package let isDefault: Bool
    /// The entry of a list or of an object by name that this setting belongs to, as a path; empty
    /// for settings that are always there.
    let entry: String
}

/// Lists the settings of a configuration.
struct SettingsList {
    private(set) var settings: [EffectiveSetting] = []
    /// Secrets in plain sight, to find out whether one has changed; never handed out.
    private let showsSecrets: Bool
    private var entry = ""

    init(_ configuration: ProxyConfiguration, showsSecrets: Bool = false) {
        self.showsSecrets = showsSecrets
        let usual = ProxyConfiguration()
        listen(configuration.listen, usual.listen)
        peers(configuration.peers)
        add("workers", configuration.workers.map(String.init) ?? "auto", "auto")
        for cluster in configuration.clusters { self.cluster(cluster) }
        for database in configuration.databases { self.database(database) }
        healing(configuration.healing, usual.healing)
        for user in configuration.users { self.user(user) }
        for (index, rule) in configuration.authentication.enumerated() {
            self.rule(rule, index, of: configuration.authentication.count)
        }
        for map in configuration.identityMaps { identityMap(map) }
        add("admin.users", configuration.adminUsers.joined(separator: ", "), "")
        add("log.level", configuration.logLevel.rawValue, usual.logLevel.rawValue)
        add("log.format", configuration.logFormat.rawValue, usual.logFormat.rawValue)
        add("maxClients", configuration.maxClients, usual.maxClients)
        add("maxClientsPerUser", configuration.maxClientsPerUser, usual.maxClientsPerUser)
        add(
            "maxClientsPerDatabase", configuration.maxClientsPerDatabase,
            usual.maxClientsPerDatabase)
        add("maxClientsPerAddress", configuration.maxClientsPerAddress, usual.maxClientsPerAddress)
        add("maxLogins", configuration.maxLogins, usual.maxLogins)
        add("loginTimeoutSeconds", configuration.loginTimeoutSeconds, usual.loginTimeoutSeconds)
        add(
            "failedLoginDelayMillis", configuration.failedLoginDelayMillis,
            usual.failedLoginDelayMillis)
        add(
            "shutdownTimeoutSeconds", configuration.shutdownTimeoutSeconds,
            usual.shutdownTimeoutSeconds)
        add("coreDumps", configuration.coreDumps, usual.coreDumps)
    }

    mutating func add<Value: Equatable>(
        _ path: String, _ value: Value, _ usual: Value? = nil
    ) {
        settings.append(
            EffectiveSetting(
                path: path, value: "\(value)", isDefault: value == usual, entry: entry))
    }

    private mutating func addSecret(_ path: String, _ secret: String?) {
        let shown = showsSecrets ? secret.map { "set: \($0)" } : secret.map { _ in "***" }
        add(path, shown ?? "none", "none")
    }

    // MARK: - Parts

    private mutating func listen(
        _ listen: ProxyConfiguration.Listen, _ usual: ProxyConfiguration.Listen
    ) {
        add("listen.host", listen.host, usual.host)
        add("listen.port", listen.port, usual.port)
        add("listen.unixSocketDirectory", listen.unixSocketDirectory ?? "none", "none")
        add("listen.reusePort", listen.reusePort, usual.reusePort)
        listenTLS(listen.tls, usual.tls)
    }

    private mutating func healing(
        _ healing: ProxyConfiguration.Healing, _ usual: ProxyConfiguration.Healing
    ) {
        add("healing.rememberSeconds", healing.rememberSeconds, usual.rememberSeconds)
        add("healing.holdBytes", healing.holdBytes, usual.holdBytes)
        add("healing.holdMillis", healing.holdMillis, usual.holdMillis)
    }

    private mutating func peers(_ peers: ProxyConfiguration.Peers) {
        add("peers.id", peers.id, 0)
        add("peers.directory", peers.directory ?? "none", "none")
        for peer in peers.hosts {
            entry = "peers.hosts[\(peer.id)]"
            add("\(entry).host", peer.host)
            add("\(entry).port", peer.port, 6_432)
        }
        entry = ""
    }

    private mutating func cluster(_ cluster: ProxyConfiguration.Cluster) {
        let usual = ProxyConfiguration.Cluster(name: cluster.name, nodes: [])
        let path = ConfigurationPath().key("clusters").key(cluster.name).description
        for node in cluster.nodes { self.node(node, path) }
        entry = path
        add("\(path).balancing.algorithm", cluster.algorithm, usual.algorithm)
        add("\(path).fallbackToPrimary", cluster.fallbackToPrimary, usual.fallbackToPrimary)
        add("\(path).monitor.user", cluster.monitor.user, usual.monitor.user)
        addSecret("\(path).monitor.password", cluster.monitor.password)
        add("\(path).monitor.database", cluster.monitor.database, usual.monitor.database)
        add("\(path).maxWalSenders", cluster.maxWalSenders, usual.maxWalSenders)
        let health = cluster.health
        add("\(path).health.intervalMillis", health.intervalMillis, usual.health.intervalMillis)
        add("\(path).health.timeoutMillis", health.timeoutMillis, usual.health.timeoutMillis)
        add("\(path).health.failures", health.failures, usual.health.failures)
        add(
            "\(path).health.maxBackoffMillis", health.maxBackoffMillis,
            max(usual.health.maxBackoffMillis, health.intervalMillis))
        lag(cluster.lag, "\(path).lag")
        if let query = cluster.authQuery { authQuery(query, path) }
        add(
            "\(path).catalogRefreshSeconds", cluster.catalogRefreshSeconds,
            usual.catalogRefreshSeconds)
        entry = ""
    }

    private mutating func lag(_ lag: ProxyConfiguration.Lag, _ path: String) {
        add("\(path).maxBytes", lag.maxBytes.map(String.init) ?? "none", "none")
        add("\(path).maxMillis", lag.maxMillis.map(String.init) ?? "none", "none")
        add("\(path).resumeBytes", lag.resumeBytes.map(String.init) ?? "half", "half")
        add("\(path).resumeMillis", lag.resumeMillis.map(String.init) ?? "half", "half")
    }

    private mutating func node(_ node: ProxyConfiguration.Node, _ cluster: String) {
        entry = "\(cluster).nodes[\(node.name)]"
        add("\(entry).host", node.host)
        add("\(entry).port", node.port, 5_432)
        add("\(entry).role", node.role.rawValue)
        add("\(entry).weight", node.weight, 1)
        serverTLS(node.tls, "\(entry).tls")
        entry = ""
    }

    private mutating func database(_ database: ProxyConfiguration.Database) {
        let usual = ProxyConfiguration.Pooling()
        let pooling = database.pooling
        entry = ConfigurationPath().key("databases").key(database.name).description
        add("\(entry).cluster", database.cluster)
        add("\(entry).database", database.serverName ?? "none", "none")
        add("\(entry).pooling.mode", pooling.mode.rawValue, usual.mode.rawValue)
        add("\(entry).pooling.size", pooling.size, usual.size)
        add("\(entry).pooling.minIdle", pooling.minIdle, usual.minIdle)
        add(
            "\(entry).pooling.maxPreparedStatements", pooling.maxPreparedStatements,
            usual.maxPreparedStatements)
        add("\(entry).pooling.maxWaitMillis", pooling.maxWaitMillis, usual.maxWaitMillis)
        add(
            "\(entry).pooling.idleTimeoutSeconds", pooling.idleTimeoutSeconds,
            usual.idleTimeoutSeconds)
        add(
            "\(entry).pooling.maxLifetimeSeconds", pooling.maxLifetimeSeconds,
            usual.maxLifetimeSeconds)
        consistency(database.consistency)
        if let query = database.authQuery { authQuery(query, entry) }
        add("\(entry).maxClients", database.maxClients.map(String.init) ?? "none", "none")
        add("\(entry).route", database.route?.rawValue ?? "none", "none")
        add(
            "\(entry).sharedTurns", database.sharedTurns.rawValue,
            ProxyConfiguration.SharedTurns.auto.rawValue)
        add(
            "\(entry).transactionReads", database.transactionReads.rawValue,
            ProxyConfiguration.TransactionReads.primary.rawValue)
        let functions = database.functions
        add(
            "\(entry).functions.readOnly", functions.readOnly.map(\.text).joined(separator: ", "),
            "")
        add("\(entry).functions.write", functions.write.map(\.text).joined(separator: ", "), "")
        shadow(database.shadow)
        entry = ""
    }

    private mutating func consistency(_ consistency: ProxyConfiguration.Consistency) {
        let usual = ProxyConfiguration.Consistency()
        add("\(entry).consistency", consistency.scope.rawValue, usual.scope.rawValue)
        add(
            "\(entry).maxStalenessMillis", consistency.maxStalenessMillis,
            usual.maxStalenessMillis)
        switch consistency.whenUnproven {
        case .primary: add("\(entry).whenUnproven", "primary", "primary")
        case .wait(let milliseconds): add("\(entry).whenUnproven.waitMillis", milliseconds)
        }
    }

    private mutating func shadow(_ shadow: ProxyConfiguration.Shadow?) {
        let usual = ProxyConfiguration.Shadow()
        guard let shadow else { return add("\(entry).shadow", false, false) }
        add("\(entry).shadow.sampleRate", shadow.sampleRate, usual.sampleRate)
        add("\(entry).shadow.maxStatements", shadow.maxStatements, usual.maxStatements)
        add("\(entry).shadow.timeoutMillis", shadow.timeoutMillis, usual.timeoutMillis)
    }

    private mutating func authQuery(_ query: ProxyConfiguration.AuthQuery, _ parent: String) {
        let usual = ProxyConfiguration.AuthQuery(user: "")
        let path = "\(parent).authQuery"
        add("\(path).user", query.user)
        addSecret("\(path).password", query.password)
        add("\(path).database", query.database, usual.database)
        add("\(path).query", query.query, usual.query)
        add("\(path).cacheSeconds", query.cacheSeconds, usual.cacheSeconds)
        add(
            "\(path).negativeCacheSeconds", query.negativeCacheSeconds,
            usual.negativeCacheSeconds)
        add("\(path).timeoutMillis", query.timeoutMillis, usual.timeoutMillis)
    }

    private mutating func user(_ user: ProxyConfiguration.User) {
        entry = ConfigurationPath().key("users").key(user.name).description
        addSecret("\(entry).password", user.password)
        add("\(entry).maxClients", user.maxClients.map(String.init) ?? "none", "none")
        add("\(entry).route", user.route?.rawValue ?? "none", "none")
        entry = ""
    }

    private mutating func rule(
        _ rule: ProxyConfiguration.AuthenticationRule, _ index: Int, of count: Int
    ) {
        let isDefault = count == 1 && rule == .everywhereByScram
        settings.append(
            EffectiveSetting(
                path: "authentication[\(index)]",
                value: rule.summary, isDefault: isDefault, entry: ""))
    }

    private mutating func identityMap(_ map: ProxyConfiguration.IdentityMap) {
        entry = ConfigurationPath().key("identityMaps").key(map.name).description
        for (index, one) in map.entries.enumerated() {
            add("\(entry)[\(index)]", "\(one.systemUser.text) as \(one.databaseUser.text)")
        }
        entry = ""
    }
}

extension ProxyConfiguration {
    /// Every setting in force, in the order of the file's parts, without secrets.
    package var effectiveSettings: [EffectiveSetting] { SettingsList(self).settings }
}
