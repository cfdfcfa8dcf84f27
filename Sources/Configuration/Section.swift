/// A kind of object in the configuration file, with the keys it may have. The one list of keys:
/// the loader reads no other, and a test holds the JSON Schema to it.
package enum Section: String, Sendable, CaseIterable {
    case root, listen, cluster, node, balancing, monitor, health, database, pooling, user, secret
    case rule, admin, log, listenTLS, serverTLS

    /// In the order in which documentation and messages list them.
    package var keys: [String] {
        switch self {
        case .root:
            [
                "$schema", "listen", "workers", "clusters", "databases", "users", "authentication",
                "pooling", "admin", "log", "maxClients", "loginTimeoutSeconds",
                "shutdownTimeoutSeconds",
            ]
        case .listen: ["host", "port", "unixSocketDirectory", "tls"]
        case .cluster: ["nodes", "balancing", "fallbackToPrimary", "monitor", "health", "tls"]
        case .node: ["name", "host", "port", "role", "weight", "tls"]
        case .balancing: ["algorithm"]
        case .monitor: ["user", "password", "database"]
        case .health: ["intervalMillis", "timeoutMillis", "failures", "maxBackoffMillis"]
        case .database: ["cluster", "database", "pooling"]
        case .pooling:
            [
                "mode", "size", "minIdle", "maxPreparedStatements", "maxWaitMillis",
                "idleTimeoutSeconds", "maxLifetimeSeconds",
            ]
        case .user: ["password"]
        case .secret: ["env", "file"]
        case .rule: ["database", "user", "address", "method"]
        case .admin: ["users"]
        case .log: ["level", "format"]
        case .listenTLS:
            ["mode", "certificate", "key", "clientCA", "minimumVersion", "ciphers"]
        case .serverTLS:
            [
                "mode", "rootCertificate", "certificate", "key", "minimumVersion",
                "sslnegotiation",
            ]
        }
    }
}
