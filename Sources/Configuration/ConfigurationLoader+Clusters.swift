extension ConfigurationLoader {
    func clusters(
        _ setting: Setting, listen: ProxyConfiguration.Listen
    ) -> [ProxyConfiguration.Cluster]? {
        guard let entries = setting.entries("clusters") else { return nil }
        if entries.isEmpty {
            setting.error("there is no cluster", expected: "at least one")
        }
        // A cluster with something wrong keeps its name, so that databases still find it.
        return entries.map { name, setting in
            cluster(name, setting, listen: listen) ?? .init(name: name, nodes: [])
        }
    }

    private func cluster(
        _ name: String, _ setting: Setting, listen: ProxyConfiguration.Listen
    ) -> ProxyConfiguration.Cluster? {
        guard let section = setting.section(.cluster) else { return nil }
        var result = ProxyConfiguration.Cluster(name: name, nodes: [])
        var tls = ProxyConfiguration.ServerTLS()
        section.read("tls", into: &tls) { serverTLS($0, inheriting: .init()) }
        if let nodes = section.required("nodes", "an array with at least a primary") {
            result.nodes = self.nodes(nodes, listen: listen, tls: tls) ?? []
        }
        section.read("balancing", into: &result.algorithm, algorithm)
        section.read("fallbackToPrimary", into: &result.fallbackToPrimary) { $0.boolean() }
        section.read("monitor", into: &result.monitor, monitor)
        section.read("health", into: &result.health, health)
        section.read("lag", into: &result.lag, lag)
        section.read("maxWalSenders", into: &result.maxWalSenders) {
            $0.integer(0...10_000, "a number of connections")
        }
        section.read("authQuery", into: &result.authQuery) { authQuery($0).map(Optional.some) }
        section.read("catalogRefreshSeconds", into: &result.catalogRefreshSeconds) {
            $0.integer(1...86_400, "seconds")
        }
        return result
    }

    private func algorithm(_ setting: Setting) -> String? {
        let balancing = setting.section(.balancing)
        guard let choice = balancing?["algorithm"],
            let name = choice.name("an algorithm: \(Setting.list(algorithms))")
        else { return nil }
        if algorithms.contains(name) { return name }
        choice.unknown("algorithm", name, known: algorithms)
        return nil
    }

    private func monitor(_ setting: Setting) -> ProxyConfiguration.Monitor? {
        guard let section = setting.section(.monitor) else { return nil }
        var result = ProxyConfiguration.Monitor()
        section.read("user", into: &result.user) { $0.name("the name of a user") }
        section.read("database", into: &result.database) { $0.name("the name of a database") }
        if let setting = section["password"], let password = password(setting) {
            result.password = password
            if PasswordForm(of: password) != .plain {
                setting.warning("this looks like a hash; to log in, the password itself is needed")
            }
        }
        return result
    }

    private func health(_ setting: Setting) -> ProxyConfiguration.Health? {
        guard let section = setting.section(.health) else { return nil }
        var result = ProxyConfiguration.Health()
        section.read("intervalMillis", into: &result.intervalMillis) {
            $0.integer(10...3_600_000, "milliseconds")
        }
        section.read("timeoutMillis", into: &result.timeoutMillis) {
            $0.integer(10...3_600_000, "milliseconds")
        }
        section.read("failures", into: &result.failures) { $0.integer(1...1_000, "a number") }
        result.maxBackoffMillis = max(result.maxBackoffMillis, result.intervalMillis)
        section.read("maxBackoffMillis", into: &result.maxBackoffMillis) {
            $0.integer(10...3_600_000, "milliseconds")
        }
        if result.maxBackoffMillis < result.intervalMillis {
            section["maxBackoffMillis"]?.error(
                "\(result.maxBackoffMillis) is shorter than the pause between probes of a node"
                    + " that is up", expected: "at least intervalMillis, \(result.intervalMillis)")
        }
        return result
    }
}
