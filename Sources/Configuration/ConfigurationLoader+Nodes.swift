extension ConfigurationLoader {
    typealias Node = ProxyConfiguration.Node

    /// The nodes of one cluster; nil where the list is none. Nodes with something wrong are left
    /// out of it, and then nothing is said of how many primaries there are.
    func nodes(
        _ setting: Setting, listen: ProxyConfiguration.Listen, tls: ProxyConfiguration.ServerTLS
    ) -> [Node]? {
        guard let elements = setting.elements("nodes") else { return nil }
        var found: [(node: Node, section: SectionReader)] = []
        for element in elements {
            guard let section = element.section(.node), let node = node(section, tls) else {
                continue
            }
            checkDistinct(node, section, from: found.map(\.node))
            checkNotSelf(node, section, listen: listen)
            found.append((node, section))
        }
        if found.count == elements.count { checkRoles(found, of: setting) }
        return found.map(\.node)
    }

    private func node(
        _ section: SectionReader, _ inherited: ProxyConfiguration.ServerTLS
    ) -> Node? {
        let name = section.required("name", "a name for logs and status")?.name("a name")
        let host = section.required("host", "a host name, an address or a socket folder")
            .flatMap(nodeHost)
        let role = section.required("role", "\"primary\", \"replica\" or \"auto\"")?
            .choice(ProxyConfiguration.NodeRole.self, "role")
        var port = 5_432
        var weight = 1
        section.read("port", into: &port) { $0.integer(1...65_535, "a port") }
        section.read("weight", into: &weight) { $0.integer(0...10_000, "a share of reads") }
        var tls = inherited
        section.read("tls", into: &tls) { serverTLS($0, inheriting: inherited) }
        guard let name, let host, let role else { return nil }
        var node = Node(name: name, host: host, port: port, role: role, weight: weight)
        node.tls = tls
        return node
    }

    private func nodeHost(_ setting: Setting) -> String? {
        let expected = "a host name, an address, or the path of a folder with a socket"
        guard let host = setting.name(expected) else { return nil }
        if host.hasPrefix("/") || Self.isHostName(host) { return host }
        setting.error("\(ConfigurationPath.quoted(host)) is no host", expected: expected)
        return nil
    }

    private func checkDistinct(_ node: Node, _ section: SectionReader, from others: [Node]) {
        if others.contains(where: { $0.name == node.name }) {
            section["name"]?.error(
                "another node of this cluster is named \(ConfigurationPath.quoted(node.name))",
                expected: "a name of its own")
        }
        let place = node.host.lowercased()
        if let twin = others.first(where: {
            $0.host.lowercased() == place && $0.port == node.port
        }) {
            (section["port"] ?? section["host"])?.error(
                "node \(ConfigurationPath.quoted(twin.name)) has the same host and port,"
                    + " \(node.host):\(node.port)", expected: "another server")
        }
    }

    /// A node that is the proxy itself would make it talk to itself without end.
    private func checkNotSelf(
        _ node: Node, _ section: SectionReader, listen: ProxyConfiguration.Listen
    ) {
        guard node.port == listen.port else { return }
        let loopback = ["127.0.0.1", "::1", "localhost"]
        let everywhere = ["0.0.0.0", "::"]
        let host = node.host.lowercased()
        let own = listen.host.lowercased()
        let isOwn =
            host == own || everywhere.contains(host)
            || (loopback.contains(host) && (loopback + everywhere).contains(own))
            || (listen.unixSocketDirectory.map { $0 == node.host } ?? false)
        guard isOwn else { return }
        (section["port"] ?? section["host"])?.error(
            "\(node.host):\(node.port) is where the proxy itself listens",
            expected: "a PostgreSQL server")
    }

    private func checkRoles(_ found: [(node: Node, section: SectionReader)], of nodes: Setting) {
        let primary = found.first { $0.node.role == .primary }
        let finds = found.contains { $0.node.role == .auto }
        if primary == nil && !finds {
            nodes.error(
                "there is no primary",
                expected: "one node with \"role\": \"primary\", or nodes with \"role\": \"auto\"")
        }
        guard let primary else { return }
        for (node, section) in found where node.isPrimary && node.name != primary.node.name {
            section["role"]?.error(
                "a second primary besides \(ConfigurationPath.quoted(primary.node.name))",
                expected: "one primary in a cluster")
        }
        for (node, section) in found where node.role == .auto {
            section["role"]?.error(
                "\(ConfigurationPath.quoted(primary.node.name)) is said to be the primary",
                expected: "\"auto\" for that one too, or \"replica\" here")
        }
        let replicas = found.filter { !$0.node.isPrimary }
        if !replicas.isEmpty, replicas.allSatisfy({ $0.node.weight == 0 }) {
            nodes.warning("every replica has weight 0: a weighted algorithm finds none for reads")
        }
        primary.section["weight"]?.warning("the weight of a primary counts for nothing")
    }
}
