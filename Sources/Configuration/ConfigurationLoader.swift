/// A configuration that can be used, and what its author may want to know all the same.
package struct LoadedConfiguration: Sendable, Equatable {
    package let configuration: ProxyConfiguration
    /// In the order of the file; none is an error.
    package let warnings: [ConfigurationProblem]
}

/// Makes a `ProxyConfiguration` of the bytes of a configuration file: strict, and with every
/// problem reported at once. Touches nothing outside: the caller fetches secrets.
package struct ConfigurationLoader {
    /// The algorithms that come with Switchyard.
    package static let builtInAlgorithms = [
        "random", "roundRobin", "weightedRandom", "weighted", "leastConnections", "lowestLatency",
        "leastLag",
    ]

    /// The database name that leads to the admin side and so to no cluster.
    package static let adminDatabase = "switchyard"

    typealias SecretResolver = (SecretSource) throws(SecretUnavailable) -> String

    let report = ProblemReport()
    let algorithms: [String]
    let resolve: SecretResolver

    /// - Parameters:
    ///   - bytes: the whole file, UTF-8.
    ///   - algorithms: the names in the registry of balancing algorithms.
    ///   - resolve: reads an environment variable or a file; called once for each place that names
    ///     one, also when the configuration turns out to be wrong elsewhere.
    /// - Throws: every problem of the file at once, in its order, with its warnings.
    package static func load(
        _ bytes: [UInt8], algorithms: [String] = builtInAlgorithms,
        resolve: (SecretSource) throws(SecretUnavailable) -> String
    ) throws(ConfigurationFailure) -> LoadedConfiguration {
        let (root, problems) = JSONParser.parse(bytes)
        return try withoutActuallyEscaping(resolve) { resolve throws(ConfigurationFailure) in
            let loader = ConfigurationLoader(algorithms: algorithms, resolve: resolve)
            loader.report.add(problems)
            let configuration = root.flatMap { loader.configuration(of: $0) }
            let found = loader.report.sorted
            guard let configuration, !loader.report.hasErrors else {
                throw ConfigurationFailure(problems: found)
            }
            return LoadedConfiguration(configuration: configuration, warnings: found)
        }
    }

    /// Reads every part, whatever is wrong with the others; nil if the root is no object.
    private func configuration(of node: JSONNode) -> ProxyConfiguration? {
        let setting = Setting(node: node, path: ConfigurationPath(), report: report)
        guard let root = setting.section(.root) else { return nil }
        var result = ProxyConfiguration()
        _ = root["$schema"]?.name("the address of the JSON Schema")
        root.read("listen", into: &result.listen, listen)
        root.read("peers", into: &result.peers, peers)
        warnOfLostCancels(root, result)
        root.read("workers", into: &result.workers, workers)
        if let clusters = root.required("clusters", "an object with at least one cluster") {
            result.clusters = self.clusters(clusters, listen: result.listen) ?? []
        }
        var pooling = ProxyConfiguration.Pooling()
        root.read("pooling", into: &pooling) { self.pooling($0, inheriting: .init()) }
        result.databases = databases(
            root, clusters: result.clusters.map(\.name), pooling: pooling,
            consistency: consistency(root))
        root.read("healing", into: &result.healing, healing)
        root.read("users", into: &result.users, users)
        root.read("identityMaps", into: &result.identityMaps, identityMaps)
        result.authentication = rules(root, maps: result.identityMaps.map(\.name))
        root.read("admin", into: &result.adminUsers, adminUsers)
        limits(root, into: &result)
        log(root["log"], into: &result)
        AccessCheck(root: root, configuration: result).run()
        return result
    }

    private func workers(_ setting: Setting) -> Int?? {
        let expected = "\"auto\", or a number of workers"
        if case .string(let text) = setting.node.value {
            if text == "auto" { return .some(nil) }
            setting.error("\(ConfigurationPath.quoted(text)) is not a number", expected: expected)
            return nil
        }
        return setting.integer(1...1_024, expected).map(Optional.some)
    }

    private func log(_ setting: Setting?, into result: inout ProxyConfiguration) {
        guard let log = setting?.section(.log) else { return }
        log.read("level", into: &result.logLevel) {
            $0.choice(ProxyConfiguration.LogLevel.self, "level")
        }
        log.read("format", into: &result.logFormat) {
            $0.choice(ProxyConfiguration.LogFormat.self, "format")
        }
    }
}
