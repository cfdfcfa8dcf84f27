import Authentication
import Configuration
import PostgresWire
import Routing
import SessionCore
import Telemetry
import Vocabulary

/// One database as one user on one worker: the pools on each node, and what clients are told at
/// login. Shared by all sessions of that pair; a reload changes it in place.
final class Tenant {
    let user: String
    /// As clients name it.
    let database: String
    var policy: TenantPolicy
    var serverDatabase: String
    var cluster: Cluster
    var pooling: ProxyConfiguration.Pooling
    /// What reads on replicas must see.
    var consistency: ProxyConfiguration.Consistency
    /// When a write to the database was last acknowledged, by any worker.
    var mark: ProofDirectory.Mark
    /// What the servers are shown: of the configuration, or what the last client proved.
    var secret: ServerSecret
    var keyring: ScramKeyring?
    /// By node; made when first needed.
    var pools: [PoolDriver?]
    /// What servers report at login, by profile.
    var welcomes: [ProfileID: Welcome] = [:]
    /// Where sessions of each client encoding listen.
    var hubs: [String: ListenHub] = [:]
    var counters = DatabaseCounters()
    /// What replicas refuse.
    var refusals = Refusals()
    /// Clients of it, logged in or about to be.
    var sessions = 0
    /// Of what is known of its database, on the worker's shelf; -1: none yet.
    var catalogPlace: Int32 = -1
    /// How servers isolate this user's transactions, as far as one has told.
    var isolation = RoamingPolicy.Isolation.unknown
    /// Its reads may share server connections.
    var sharesTurns: Bool
    /// Tells its statements from those of others that read the same.
    let salt = UInt64.random(in: .min ... .max)
    /// A reload has taken it away; sessions that are not at rest yet still use it.
    var isGone = false

    var key: TenantKey { TenantKey(user: user, database: database) }

    init(
        user: String, database: ProxyConfiguration.Database, clientDatabase: String,
        policy: TenantPolicy, cluster: Cluster, secret: ServerSecret, mark: ProofDirectory.Mark
    ) {
        self.user = user
        self.policy = policy
        self.database = clientDatabase
        serverDatabase = database.serverName ?? clientDatabase
        self.cluster = cluster
        pooling = database.pooling
        consistency = database.consistency
        sharesTurns = database.sharedTurns == .auto
        self.mark = mark
        self.secret = secret
        pools = Array(repeating: nil, count: cluster.nodes.count)
    }

    /// The pool has ended.
    func forget(_ driver: PoolDriver) {
        for index in pools.indices where pools[index] === driver { pools[index] = nil }
    }

    /// Nobody has ever done anything with it and nobody is about to: most likely the servers have
    /// no such database. Where all databases are allowed, clients could make up any number of
    /// these.
    var isVoid: Bool {
        sessions == 0 && counters.transactions == 0
            && pools.allSatisfy { $0?.isEmpty ?? true }
    }
}

extension Worker {
    /// What servers are shown for a tenant: what a client has proven last, on whatever worker.
    func secret(of tenant: Tenant) -> ServerSecret {
        if let proven = shared.proven.find(tenant.key) { tenant.secret = proven }
        return tenant.secret
    }
}

extension PoolDriver {
    /// A server has refused the login of this pool's user. What is remembered of it may be old.
    func doubtUser(_ refusal: ServerLink.Refusal, on worker: Worker) {
        guard refusal.state.hasPrefix("28"),
            let entry = worker.settings.configuration.database(named: tenant.database)
        else { return }
        worker.shared.lookups.find(entry)?.doubt(tenant.user)
    }
}

/// Which tenant.
struct TenantKey: Hashable, Sendable {
    let user: String
    let database: String
}

/// Interned startup parameters. A number is used again once nobody refers to it any more.
struct Profiles {
    private struct Entry {
        var settings: [StartupParameters.Setting]
        /// What of them a session takes along.
        let base: CarriedSettings
        /// Those that only count when a server connection is opened.
        let fixed: [StartupParameters.Setting]
        var references: Int
    }

    private var entries: [Entry] = []
    private var free: [Int] = []
    private var index: [[StartupParameters.Setting]: Int] = [:]

    /// The profile of these settings, in whatever order they were sent; one reference more.
    mutating func retain(_ settings: [StartupParameters.Setting]) -> ProfileID {
        let sorted = settings.count < 2 ? settings : settings.sorted { $0.name < $1.name }
        if let known = index[sorted] {
            entries[known].references += 1
            return ProfileID(known)
        }
        let parts = StartupSettings(settings)
        let entry = Entry(
            settings: sorted, base: parts.carried, fixed: parts.fixed, references: 1)
        let number = free.popLast() ?? entries.count
        if number == entries.count { entries.append(entry) } else { entries[number] = entry }
        index[sorted] = number
        return ProfileID(number)
    }

    /// The profile of those settings of another that only count when a server connection is
    /// opened; one reference more.
    mutating func retainLane(of profile: ProfileID) -> ProfileID {
        retain(entries[profile.index].fixed)
    }

    mutating func retain(_ profile: ProfileID) { entries[profile.index].references += 1 }

    /// One reference less. Returns whether it was the last.
    mutating func release(_ profile: ProfileID) -> Bool {
        entries[profile.index].references -= 1
        guard entries[profile.index].references == 0 else { return false }
        index[entries[profile.index].settings] = nil
        free.append(profile.index)
        return true
    }

    /// What a session of this profile sets on every server connection that it gets.
    func base(_ profile: ProfileID) -> CarriedSettings { entries[profile.index].base }

    func settings(_ profile: ProfileID) -> [StartupParameters.Setting] {
        entries[profile.index].settings
    }
}
