import Configuration
import DequeModule
import Logging
import NetworkIO
import Pooling
import PostgresWire
import Routing
import SessionCore
import StatementClassifier
import Telemetry
import Vocabulary

/// What one loop owns: its clients, its server connections, its shard of the pools, its caches and
/// its counters. These refer back to it: it outlives them, and they leave its tables when they end,
/// so no reference has to be weak (one weak reference makes every count of an object several times
/// as slow). Made inside the closure that runs on its queue and never seen by another.
final class Worker: LoopOwner {
    let index: LoopIndex
    let shared: Shared
    let loop = EventLoop()
    var settings: Settings
    var clusters: [String: Cluster] = [:]
    var tenants: [TenantKey: Tenant] = [:]
    /// Of clusters and databases that a reload took away, until their last connection is gone.
    var retired: [PoolDriver] = []
    var clients: [SessionID: ClientConnection] = [:]
    var servers: [ServerID: ServerConnection] = [:]
    /// Those of replication clients, which no pool knows of.
    var replications: [ServerID: ReplicationConnection] = [:]
    /// Of all tenants, those that are gone included.
    var hubs: [ListenHub] = []
    /// Of the databases in shadow mode that have clients, as these name them.
    var shadows: [String: ShadowDesk] = [:]
    let cancelDesk: CancelDesk
    var profiles = Profiles()
    /// What is remembered of the texts that clients send.
    var texts: TextMemory
    /// How long their reads take.
    var history = TurnHistory()
    /// Where sessions write what is answered here; empty between frames.
    var reply = MessageWriter()
    var ids: ServerIDSource
    /// For salts and keys.
    var secrets = SecretBytes()
    var random = SplitMix(seed: .random(in: .min ... .max))
    var isDraining = false
    var ending: Ending?
    /// Logins that are under way, oldest first, with their deadlines.
    var logins: [(deadline: MonotonicInstant, session: SessionID)] = []
    /// Clients that are told later that their login has failed.
    /// Clients whose cluster has no node for them now.
    var waitingRoom = WaitingRoom()
    var refusals: [(due: MonotonicInstant, session: SessionID)] = []
    /// Reads that wait until a replica is proven to hold what they must see.
    var proofWaits: [SessionID: ProofWait] = [:]
    /// Clients whose answers are held back, and until when at the latest; oldest first.
    var holds: Deque<(deadline: MonotonicInstant, session: SessionID)> = []
    /// What replicas refuse, by database.
    var refusedReads: [DatabaseKey: Refusals] = [:]
    /// Reads that replicas have failed.
    var heals = HealRecords()
    private var pending: [(PoolDriver, PoolOrder)] = []
    private var isCarryingOut = false
    private var reportedAt = MonotonicInstant(nanoseconds: 0)
    private var reportedEvents: UInt64 = 0

    init(index: LoopIndex, shared: Shared, settings: Settings, views: [ClusterView]) {
        self.index = index
        self.shared = shared
        self.settings = settings
        texts = TextMemory(classifier: Classifier(seed: shared.fingerprintSeed))
        ids = ServerIDSource(loop: index, loops: shared.mailboxes.count)
        cancelDesk = CancelDesk(loop: loop)
        for configuration in settings.configuration.clusters {
            clusters[configuration.name] = Cluster(
                configuration, tls: settings.tls,
                board: shared.proofs.board(of: configuration.name), now: loop.now)
        }
        for view in views { clusters[view.name]?.view = view }
    }

    var now: MonotonicInstant { loop.now }
    var log: Logger { shared.log }

    /// Runs until told to stop.
    func run() {
        loop.wake(at: loop.now.advanced(milliseconds: Self.tickMilliseconds))
        loop.run(owner: self, mailbox: shared.mailboxes[index.index])
    }

    /// Housekeeping that nobody asked for earlier happens this often.
    private static let tickMilliseconds: UInt64 = 1_000

    func timeCame() {
        for driver in drivers {
            driver.tick()
            for server in driver.lines { server.checkHead() }
        }
        expireLogins()
        expireSeekers()
        settleRefusals()
        expireProofWaits()
        expireHolds()
        for server in servers.values { server.checkDeadline() }
        for server in Array(replications.values) { server.checkDeadline() }
        cancelDesk.tick(now)
        for hub in hubs { hub.tick() }
        for desk in shadows.values { desk.tick() }
        sweepRetired()
        sweepTenants()
        touchCatalogs()
        texts.promotions.timeCame(now)
        reportLoad()
        if isDraining { closeResting() }
        loop.wake(at: now.advanced(milliseconds: Self.tickMilliseconds))
        if let next = logins.first { loop.wake(at: next.deadline) }
        if let next = nextRefusal { loop.wake(at: next) }
        if let next = nextProofDeadline { loop.wake(at: next) }
        endIfQuiet()
    }

    /// All pools of the tenants of today.
    var drivers: [PoolDriver] { tenants.values.flatMap { $0.pools.compactMap { $0 } } + retired }

    // MARK: Pools

    /// The pool of a tenant on a node.
    func driver(_ tenant: Tenant, _ node: NodeID) -> PoolDriver {
        if let known = tenant.pools[node.index] { return known }
        let name = PoolName(
            cluster: tenant.cluster.name, node: tenant.cluster.node(node).name,
            database: tenant.database, user: tenant.user)
        let fresh = PoolDriver(name, node: node, tenant: tenant, worker: self)
        tenant.pools[node.index] = fresh
        if tenant.isGone {
            // For what its last sessions still have to do.
            fresh.retire()
            retired.append(fresh)
        }
        return fresh
    }

    /// Carries out what a pool has ordered, in order; what that leads to comes after it.
    func carryOut(_ orders: [PoolOrder], of driver: PoolDriver) {
        guard !isCarryingOut else {
            for order in orders { pending.append((driver, order)) }
            return
        }
        isCarryingOut = true
        for order in orders { carryOut(order, of: driver) }
        var index = 0
        while index < pending.count {
            let (driver, order) = pending[index]
            carryOut(order, of: driver)
            index += 1
        }
        pending.removeAll(keepingCapacity: true)
        isCarryingOut = false
    }

    private func carryOut(_ order: PoolOrder, of driver: PoolDriver) {
        switch order {
        case .lend(let number, let session, let waited):
            guard let server = servers[number] else {
                // It broke before it could be handed over.
                clients[session]?.reroute(excluding: nil)
                return
            }
            guard let client = clients[session] else { return server.giveBack() }
            client.tenant?.counters.waitMilliseconds += waited
            client.granted(server)
        case .open(let number, let profile):
            let server = ServerConnection(number, driver: driver, profile: profile, worker: self)
            profiles.retain(profile)
            servers[number] = server
            server.open()
        case .close(let number): servers[number]?.close()
        case .hand(let number, _, let heir): hand(number, of: driver, to: heir)
        case .expire(let session, let waited):
            clients[session]?.waitedTooLong(milliseconds: waited, driver: driver)
        }
    }

    /// A server connection is gone.
    func forget(_ server: ServerConnection) {
        guard servers.removeValue(forKey: server.id) != nil else { return }
        release(server.profile)
    }

    /// Where sessions of a tenant listen together.
    func hub(of tenant: Tenant, encoding: String) -> ListenHub {
        if let known = tenant.hubs[encoding] { return known }
        let fresh = ListenHub(tenant, encoding: encoding, worker: self)
        tenant.hubs[encoding] = fresh
        hubs.append(fresh)
        return fresh
    }

    /// Nobody listens there any more.
    func forget(_ hub: ListenHub) {
        hubs.removeAll { $0 === hub }
        if hub.tenant.hubs[hub.encoding] === hub { hub.tenant.hubs[hub.encoding] = nil }
    }

    /// A reference to a profile is gone. With the last one its number may come to mean another.
    func release(_ profile: ProfileID) {
        guard profiles.release(profile) else { return }
        for tenant in tenants.values { tenant.welcomes[profile] = nil }
    }

    // MARK: Clients

    /// Somebody has connected: this worker takes the client, or another that has less to do.
    func clientCame(_ arrival: Arrival) {
        let place = shared.accepted()
        if place == index.index { return adopt(arrival) }
        shared.mailboxes[place].post(.adopt(arrival))
    }

    /// - Parameter isSibling: it is another process of this proxy.
    func adopt(_ arrival: Arrival, isSibling: Bool = false) {
        let client = ClientConnection(
            shared.newSession(), worker: self, peer: arrival.peer, isSibling: isSibling)
        clients[client.id] = client
        client.begin(FileDescriptor(owning: arrival.descriptor))
        let seconds = UInt64(settings.configuration.loginTimeoutSeconds)
        let deadline = now.advanced(milliseconds: seconds * 1_000)
        logins.append((deadline, client.id))
        if logins.count == 1 { loop.wake(at: deadline) }
    }

    /// A client is gone.
    func forget(_ client: ClientConnection) {
        guard clients.removeValue(forKey: client.id) != nil else { return }
        shared.clientCount.subtract(1, ordering: .relaxed)
        if !client.isSibling { shared.loads.left(index.index) }
    }

    private func expireLogins() {
        var count = 0
        for login in logins {
            let client = clients[login.session]
            if client?.isLoggingIn ?? false {
                guard login.deadline <= now else { break }
                client?.loginTimedOut()
            }
            count += 1
        }
        logins.removeFirst(count)
    }

    /// The tenant of a database and user; nil where the configuration has no such database.
    func tenant(user: String, database: String) -> Tenant? {
        let key = TenantKey(user: user, database: database)
        if let known = tenants[key] { return known }
        let configuration = settings.configuration
        guard let entry = configuration.database(named: database),
            let cluster = clusters[entry.cluster]
        else { return nil }
        let secret = settings.users.account(of: user)?.secret
        let fresh = Tenant(
            user: user, database: entry, clientDatabase: database,
            policy: TenantPolicy(configuration, user: user, database: database),
            cluster: cluster, secret: .init(secret),
            mark: shared.proofs.mark(of: entry.serverName ?? database, in: cluster.name))
        fresh.refusals = refusals(of: fresh.databaseKey)
        tenants[key] = fresh
        return fresh
    }

    /// Closes every session that holds nothing.
    func closeResting() {
        for client in Array(clients.values) { client.leaveWhenAtRest() }
    }

    /// How much has happened since the last time.
    private func reportLoad() {
        let elapsed = now.milliseconds(since: reportedAt)
        guard elapsed >= Self.tickMilliseconds / 2 else { return }
        let events = (loop.eventCount &- reportedEvents) &* 1_000 / elapsed
        (reportedAt, reportedEvents) = (now, loop.eventCount)
        shared.loads.report(events: Int(clamping: events), of: index.index)
    }

    private func sweepRetired() {
        retired.removeAll { driver in
            guard driver.isEmpty else { return false }
            driver.end()
            driver.tenant.forget(driver)
            return true
        }
    }

    private func sweepTenants() {
        for (key, tenant) in tenants where tenant.isVoid {
            for driver in tenant.pools { driver?.end() }
            tenant.pools = []
            texts.catalogs.remove(tenant.catalogPlace)
            tenants[key] = nil
        }
        sweepRefusals()
    }
}

/// A fast source of random bits for balancing; nothing secret is made of it (Steele, Lea and Flood,
/// "Fast Splittable Pseudorandom Number Generators").
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
