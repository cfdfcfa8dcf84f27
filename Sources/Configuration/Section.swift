/// A kind of object in the configuration file, with the keys it may have. The one list of keys:
/// the loader reads no other, and a test holds the JSON Schema to it.
package enum Section: String, Sendable, CaseIterable {
    case root, listen, cluster, node, balancing, monitor, health, lag, authQuery, database, pooling
    case shadow, healing, functions, whenUnproven
    case user, secret, rule, identity, admin, log, peers, peer, listenTLS, serverTLS

    /// In the order in which documentation and messages list them.
    package var keys: [String] {
        switch self {
        case .root:
            [
                "$schema", "listen", "peers", "workers", "clusters", "databases", "users",
                "authentication", "identityMaps", "pooling", "healing", "consistency",
                "maxStalenessMillis", "whenUnproven", "admin", "log", "maxClients",
                "maxClientsPerUser", "maxClientsPerDatabase", "maxClientsPerAddress", "maxLogins",
                "loginTimeoutSeconds", "failedLoginDelayMillis", "shutdownTimeoutSeconds",
                "coreDumps", "transactionReads", "sharedTurns",
            ]
        case .listen: ["host", "port", "unixSocketDirectory", "reusePort", "tls"]
        case .cluster:
            [
                "nodes", "balancing", "fallbackToPrimary", "monitor", "health", "lag", "authQuery",
                "maxWalSenders", "tls", "catalogRefreshSeconds",
            ]
        case .node: ["name", "host", "port", "role", "weight", "tls"]
        case .balancing: ["algorithm"]
        case .monitor: ["user", "password", "database"]
        case .health: ["intervalMillis", "timeoutMillis", "failures", "maxBackoffMillis"]
        case .lag: ["maxBytes", "maxMillis", "resumeBytes", "resumeMillis"]
        case .authQuery:
            [
                "user", "password", "database", "query", "cacheSeconds", "negativeCacheSeconds",
                "timeoutMillis",
            ]
        case .database:
            [
                "cluster", "database", "pooling", "consistency", "maxStalenessMillis",
                "whenUnproven", "authQuery", "maxClients", "functions",
                "route", "transactionReads", "sharedTurns", "shadow",
            ]
        case .functions: ["readOnly", "write"]
        case .pooling:
            [
                "mode", "size", "minIdle", "maxPreparedStatements", "maxWaitMillis",
                "idleTimeoutSeconds", "maxLifetimeSeconds",
            ]
        case .whenUnproven: ["waitMillis"]
        case .healing: ["rememberSeconds", "holdBytes", "holdMillis"]
        case .shadow: ["sampleRate", "maxStatements", "timeoutMillis"]
        case .user: ["password", "maxClients", "route"]
        case .secret: ["env", "file"]
        case .rule:
            ["type", "database", "user", "address", "method", "clientCertificate", "map"]
        case .identity: ["systemUser", "databaseUser"]
        case .admin: ["users"]
        case .log: ["level", "format"]
        case .peers: ["id", "directory", "hosts"]
        case .peer: ["id", "host", "port"]
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
