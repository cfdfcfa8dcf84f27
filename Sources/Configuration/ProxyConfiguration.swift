import Vocabulary

/// The validated, immutable configuration of a proxy. Made by `ConfigurationLoader`; every field
/// has its default filled in and every reference between parts holds.
package struct ProxyConfiguration: Sendable, Equatable {
    package struct Listen: Sendable, Equatable {
        package var host = "127.0.0.1"
        package var port = 6432
        /// Folder of the `.s.PGSQL.<port>` socket; nil: no such socket.
        package var unixSocketDirectory: String?
        /// Other processes may listen on the same port (SO_REUSEPORT).
        package var reusePort = false
        package var tls = ListenTLS()
        package init() {}
    }

    /// Other processes that serve the same clients: a cancel may come to any of them.
    package struct Peers: Sendable, Equatable {
        /// The number of this host among `hosts`.
        package var id = 0
        /// Folder by which the processes of this host find each other; nil: there are no others.
        package var directory: String?
        /// Other hosts, and maybe this one.
        package var hosts: [Peer] = []
        package init() {}
    }

    /// A host with processes that serve the same clients.
    package struct Peer: Sendable, Equatable {
        package var id: Int
        package var host: String
        package var port: Int
        package init(id: Int, host: String, port: Int = 6432) {
            self.id = id
            self.host = host
            self.port = port
        }
    }

    /// What the file says of a node's role.
    package enum NodeRole: String, Sendable, Equatable, CaseIterable {
        /// Asserted: a node that turns out to be something else is taken out.
        case primary, replica
        /// To be found out, again and again.
        case auto
    }

    package struct Node: Sendable, Equatable {
        package var name: String
        /// A host name, an address, or a folder with a Unix-domain socket (starts with `/`).
        package var host: String
        package var port: Int
        package var role: NodeRole
        /// Share of reads by the weighted algorithms; 0 takes none.
        package var weight: Int
        /// With what the cluster says where the node says nothing.
        package var tls = ServerTLS()
        package init(name: String, host: String, port: Int, role: NodeRole, weight: Int = 1) {
            self.name = name
            self.host = host
            self.port = port
            self.role = role
            self.weight = weight
        }

        package init(name: String, host: String, port: Int, isPrimary: Bool, weight: Int = 1) {
            self.init(
                name: name, host: host, port: port, role: isPrimary ? .primary : .replica,
                weight: weight)
        }

        /// Asserted to be the primary.
        package var isPrimary: Bool { role == .primary }
    }

    /// Who the health probes log in as.
    package struct Monitor: Sendable, Equatable {
        package var user = "postgres"
        package var password: String?
        package var database = "postgres"
        package init() {}
    }

    package struct Health: Sendable, Equatable {
        /// Between two probes of a node that is up.
        package var intervalMillis = 1_000
        /// A probe that has not answered by then has failed.
        package var timeoutMillis = 3_000
        /// How many probes in a row must fail before a node that was up is taken out.
        package var failures = 2
        /// The longest pause between two probes of a node that is down; it doubles up to this.
        package var maxBackoffMillis = 5_000
        package init() {}
    }

    /// How far a replica may be behind the primary and still be read.
    package struct Lag: Sendable, Equatable {
        /// Of WAL that it has not replayed; nil: no bound.
        package var maxBytes: Int?
        /// Of time; nil: no bound.
        package var maxMillis: Int?
        /// One that was beyond is read again once it has come down to this; nil: to half of it.
        package var resumeBytes: Int?
        package var resumeMillis: Int?
        package init() {}

        /// A bound of a terabyte bounds nothing.
        package static let largestBytes = 1_000_000_000_000

        package var isBounded: Bool { maxBytes != nil || maxMillis != nil }
    }

    package struct Cluster: Sendable, Equatable {
        package var name: String
        package var nodes: [Node]
        /// Name in the registry of balancing algorithms.
        package var algorithm = "roundRobin"
        package var fallbackToPrimary = true
        package var monitor = Monitor()
        package var health = Health()
        package var lag = Lag()
        /// Replication connections to its primary at the most.
        package var maxWalSenders = 10
        /// nil: nobody is looked up.
        package var authQuery: AuthQuery?
        /// Between two looks at the catalogs of its databases, where nothing else asks for one.
        package var catalogRefreshSeconds = 60
        package init(name: String, nodes: [Node]) {
            self.name = name
            self.nodes = nodes
        }

        /// Roles are to be found out.
        package var findsRoles: Bool { nodes.contains { $0.role == .auto } }
    }

    package struct Database: Sendable, Equatable {
        /// As clients name it; `*` stands for every other.
        package var name: String
        package var cluster: String
        /// As the servers name it; nil: as clients do.
        package var serverName: String?
        package var pooling: Pooling
        package var consistency = Consistency()
        /// nil: as the cluster says.
        package var authQuery: AuthQuery?
        /// Clients of this database at the most, 0: no bound; nil: as for others.
        package var maxClients: Int?
        /// What `switchyard.route` is where the client and its user say nothing.
        package var route: RouteChoice?
        package var transactionReads = TransactionReads.primary
        package var sharedTurns = SharedTurns.auto
        package var functions = Functions()
        /// Everything runs on the primary, and what would have run on a replica is recorded; nil:
        /// not so.
        package var shadow: Shadow?
        package init(name: String, cluster: String, serverName: String? = nil, pooling: Pooling) {
            self.name = name
            self.cluster = cluster
            self.serverName = serverName
            self.pooling = pooling
        }
    }

    /// Whether reads of several clients may follow each other on one server connection without
    /// waiting for each other's answers.
    package enum SharedTurns: String, Sendable, Equatable, CaseIterable { case auto, off }

    /// Where the reads of a transaction run that may write.
    package enum TransactionReads: String, Sendable, Equatable, CaseIterable {
        case primary, replicaUntilWrite
    }

    /// Functions of whose effect the operator has the last word, as `schema.name` or `name`.
    package struct Functions: Sendable, Hashable {
        package var readOnly: [NamePattern] = []
        package var write: [NamePattern] = []
        package init() {}
    }

    /// What shadow mode records, and how much of it is run on a replica as well.
    package struct Shadow: Sendable, Equatable {
        /// Share of the reads that is run on a replica as well, from 0 to 1.
        package var sampleRate = 0.1
        /// Statements that are told apart, in each worker.
        package var maxStatements = 1_000
        /// A run on a replica is cancelled after this.
        package var timeoutMillis = 5_000
        package init() {}
    }

    package enum PoolMode: String, Sendable, Equatable, CaseIterable { case transaction, session }

    package struct Pooling: Sendable, Equatable {
        package var mode = PoolMode.transaction
        /// Server connections at the most, per node, database and user.
        package var size = 20
        /// Server connections that are kept open even when idle.
        package var minIdle = 0
        /// Prepared statements on one server connection.
        package var maxPreparedStatements = Limits.serverStatements
        /// How long a client waits for a server connection before it gets an error.
        package var maxWaitMillis = 30_000
        /// An idle server connection is closed after this; 0: never.
        package var idleTimeoutSeconds = 600
        /// A server connection is closed at the first return after this age; 0: never.
        package var maxLifetimeSeconds = 3_600
        package init() {}
    }

    /// Reads that replicas fail and that are run elsewhere.
    package struct Healing: Sendable, Equatable {
        /// How long what replicas refuse goes to the primary straight away, at the most; 0: it is
        /// tried on a replica each time.
        package var rememberSeconds = 600
        /// How much of a replica's answer is kept until it is whole.
        package var holdBytes = Limits.heldReplyBytes
        /// How long the first bytes of it are.
        package var holdMillis = Limits.heldReplyMilliseconds
        package init() {}
    }

    /// What a user proves its identity with, as configured: plain, `md5...` or `SCRAM-SHA-256$...`.
    /// Its description never shows the secret.
    package struct User: Sendable, Equatable {
        package var name: String
        /// Already resolved from the configuration, the environment or a file; nil: only `trust`.
        package var password: String?
        /// Clients of this user at the most, 0: no bound; nil: as for others.
        package var maxClients: Int?
        /// What `switchyard.route` is where the client says nothing; nil: what the database says.
        package var route: RouteChoice?
        package init(name: String, password: String?) {
            self.name = name
            self.password = password
        }
    }

    package enum LogLevel: String, Sendable, Equatable, CaseIterable {
        case trace, debug, info, warning, error
    }

    package enum LogFormat: String, Sendable, Equatable, CaseIterable { case text, json }

    package var listen = Listen()
    package var peers = Peers()
    /// nil: "auto".
    package var workers: Int?
    package var clusters: [Cluster] = []
    /// In the order of the file; at most one is `*`.
    package var databases: [Database] = []
    package var healing = Healing()
    package var users: [User] = []
    package var authentication: [AuthenticationRule] = []
    /// In the order of the file.
    package var identityMaps: [IdentityMap] = []
    package var adminUsers: [String] = []
    /// Clients that have logged in at the most, all databases together.
    package var maxClients = 10_000
    /// Of one user, one database, one address; 0: no bound.
    package var maxClientsPerUser = 0
    package var maxClientsPerDatabase = 0
    package var maxClientsPerAddress = 0
    /// Connections whose clients have not logged in yet at the most.
    package var maxLogins = 10_000
    /// How long the first refusal from an address waits; more with each.
    package var failedLoginDelayMillis = 100
    /// A client that has not logged in by then is disconnected.
    package var loginTimeoutSeconds = 60
    /// How long SIGTERM lets running transactions finish.
    package var shutdownTimeoutSeconds = 30
    /// Whether the system may write the memory of the process, with all secrets, to a file.
    package var coreDumps = false
    package var logLevel = LogLevel.info
    package var logFormat = LogFormat.text

    package init() {}

    /// The entry for a client's database: the one of its name, else `*`.
    package func database(named name: String) -> Database? {
        databases.first { $0.name == name } ?? databases.first { $0.name == "*" }
    }

    /// What `switchyard.route` is for a user of a database that says nothing itself.
    package func defaultRoute(user: String, database: String) -> RouteChoice {
        users.first { $0.name == user }?.route ?? self.database(named: database)?.route ?? .auto
    }

    /// The cluster of this name; nil: there is none.
    package func cluster(named name: String) -> Cluster? { clusters.first { $0.name == name } }
}
