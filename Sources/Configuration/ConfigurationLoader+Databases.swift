import Vocabulary

extension ConfigurationLoader {
    /// The databases of the file; without any, every one is that of the only cluster.
    func databases(
        _ root: SectionReader, clusters: [String], pooling: ProxyConfiguration.Pooling,
        consistency: ProxyConfiguration.Consistency
    ) -> [ProxyConfiguration.Database] {
        var reads = ProxyConfiguration.TransactionReads.primary
        root.read("transactionReads", into: &reads, transactionReads)
        var sharedTurns = ProxyConfiguration.SharedTurns.auto
        root.read("sharedTurns", into: &sharedTurns, self.sharedTurns)
        guard let setting = root["databases"] else {
            if clusters.count > 1 {
                root.setting.error(
                    "\"databases\" is missing", expected: "the cluster of each database")
            }
            guard let cluster = clusters.first else { return [] }
            var every = ProxyConfiguration.Database(name: "*", cluster: cluster, pooling: pooling)
            every.consistency = consistency
            every.transactionReads = reads
            every.sharedTurns = sharedTurns
            return [every]
        }
        let entries = setting.entries("databases") ?? []
        if entries.isEmpty, setting.node.value == .object([]) {
            setting.warning("there is no database: only the admin database can be reached")
        }
        return entries.compactMap { name, setting in
            database(
                name, setting, clusters: clusters, pooling: pooling, consistency: consistency,
                reads: reads, sharedTurns: sharedTurns)
        }
    }

    private func database(
        _ name: String, _ setting: Setting, clusters: [String],
        pooling: ProxyConfiguration.Pooling, consistency: ProxyConfiguration.Consistency,
        reads: ProxyConfiguration.TransactionReads,
        sharedTurns: ProxyConfiguration.SharedTurns
    ) -> ProxyConfiguration.Database? {
        if name == Self.adminDatabase {
            setting.error(
                "the name \"\(name)\" is that of the admin database", expected: "another name")
        }
        guard let section = setting.section(.database),
            let cluster = cluster(of: section, clusters: clusters)
        else { return nil }
        var result = ProxyConfiguration.Database(name: name, cluster: cluster, pooling: pooling)
        section.read("database", into: &result.serverName) {
            $0.name("the name of the database on the servers").map(Optional.some)
        }
        section.read("pooling", into: &result.pooling) { self.pooling($0, inheriting: pooling) }
        result.consistency = self.consistency(section, inheriting: consistency)
        section.read("authQuery", into: &result.authQuery) { authQuery($0).map(Optional.some) }
        section.read("maxClients", into: &result.maxClients) { bound($0).map(Optional.some) }
        section.read("route", into: &result.route) { route($0).map(Optional.some) }
        result.transactionReads = reads
        section.read("transactionReads", into: &result.transactionReads, transactionReads)
        result.sharedTurns = sharedTurns
        section.read("sharedTurns", into: &result.sharedTurns, self.sharedTurns)
        section.read("functions", into: &result.functions, functions)
        section.read("shadow", into: &result.shadow, shadow)
        return result
    }

    /// `true`, or an object with what is not as usual. Wrapped once more, since nil is a value.
    private func shadow(_ setting: Setting) -> ProxyConfiguration.Shadow?? {
        if case .boolean(let isOn) = setting.node.value {
            return .some(isOn ? ProxyConfiguration.Shadow() : nil)
        }
        guard case .object = setting.node.value, let section = setting.section(.shadow) else {
            setting.error("this is \(setting.node.kind)", expected: "true, false or an object")
            return nil
        }
        var result = ProxyConfiguration.Shadow()
        section.read("sampleRate", into: &result.sampleRate) { $0.share() }
        section.read("maxStatements", into: &result.maxStatements) {
            $0.integer(1...100_000, "statements")
        }
        section.read("timeoutMillis", into: &result.timeoutMillis) {
            $0.integer(1...3_600_000, "milliseconds")
        }
        return .some(result)
    }

    private func cluster(of section: SectionReader, clusters: [String]) -> String? {
        guard let setting = section["cluster"] else {
            if clusters.count == 1 { return clusters[0] }
            _ = section.required("cluster", Setting.list(clusters))
            return nil
        }
        guard let name = setting.name("the name of a cluster") else { return nil }
        if clusters.contains(name) { return name }
        setting.unknown("cluster", name, known: clusters)
        return nil
    }

    private func sharedTurns(_ setting: Setting) -> ProxyConfiguration.SharedTurns? {
        setting.choice(ProxyConfiguration.SharedTurns.self, "a way of sharing")
    }

    private func transactionReads(_ setting: Setting) -> ProxyConfiguration.TransactionReads? {
        setting.choice(ProxyConfiguration.TransactionReads.self, "where transactions read")
    }

    /// A value of `switchyard.route`.
    func route(_ setting: Setting) -> RouteChoice? { setting.choice(RouteChoice.self, "route") }

    /// Only what `setting` says differs from `inheriting`.
    func pooling(
        _ setting: Setting, inheriting: ProxyConfiguration.Pooling
    ) -> ProxyConfiguration.Pooling? {
        guard let section = setting.section(.pooling) else { return nil }
        let year = 31_536_000
        var result = inheriting
        section.read("mode", into: &result.mode) {
            $0.choice(ProxyConfiguration.PoolMode.self, "mode")
        }
        section.read("size", into: &result.size) { $0.integer(1...100_000, "connections") }
        section.read("minIdle", into: &result.minIdle) { $0.integer(0...100_000, "connections") }
        section.read("maxPreparedStatements", into: &result.maxPreparedStatements) {
            $0.integer(1...10_000, "statements")
        }
        section.read("maxWaitMillis", into: &result.maxWaitMillis) {
            $0.integer(1...86_400_000, "milliseconds")
        }
        section.read("idleTimeoutSeconds", into: &result.idleTimeoutSeconds) {
            $0.integer(0...year, "seconds (0: never)")
        }
        section.read("maxLifetimeSeconds", into: &result.maxLifetimeSeconds) {
            $0.integer(0...year, "seconds (0: never)")
        }
        if result.minIdle > result.size {
            (section["minIdle"] ?? section["size"])?.error(
                "minIdle, \(result.minIdle), is more than size, \(result.size)",
                expected: "minIdle at most size")
        }
        return result
    }
}
