import SessionCore
import Telemetry
import Vocabulary

// What a worker tells the admin side of itself.
extension Worker {
    func snapshot() -> WorkerSnapshot {
        var snapshot = WorkerSnapshot()
        snapshot.pools = drivers.map(pool)
        snapshot.clients = clients.values.map(client)
        snapshot.servers = servers.values.map(server) + replications.values.map(server)
        for cluster in clusters.values {
            for (index, node) in cluster.nodes.enumerated() {
                snapshot.nodes[NodeKey(cluster: cluster.name, node: node.name)] =
                    cluster.counters[index]
            }
        }
        for (name, desk) in shadows { snapshot.shadows[name] = desk.snapshot }
        snapshot.heals = heals.records
        for tenant in tenants.values {
            snapshot.databases[tenant.database, default: .init()].add(tenant.counters)
        }
        return snapshot
    }

    private func pool(_ driver: PoolDriver) -> PoolSnapshot {
        let counts = driver.pool.counts
        return PoolSnapshot(
            cluster: driver.name.cluster, node: driver.name.node, database: driver.name.database,
            user: driver.name.user, mode: driver.tenant.pooling.mode.rawValue,
            size: driver.pool.limits.size, inUse: counts.lent, idle: counts.idle,
            opening: counts.opening, waiting: counts.waiting,
            maxWaitMilliseconds: counts.oldestWaitMilliseconds(at: now))
    }

    private func client(_ client: ClientConnection) -> ClientSnapshot {
        let pins = client.session.pins
        var snapshot = ClientSnapshot(
            id: client.id.rawValue, user: client.user, database: client.database,
            applicationName: client.session.settings.value(of: "application_name")
                ?? client.login?.parameters?.setting("application_name") ?? "",
            address: client.isUnixSocket ? "unix" : "\(client.host):\(client.port)",
            state: client.stateName,
            node: client.server?.nodeName ?? client.replication?.nodeName ?? "",
            serverProcessID: client.server?.processID ?? client.replication?.processID ?? 0,
            pins: pins.description,
            pinnedForMilliseconds: pins.since.map { now.milliseconds(since: $0) } ?? 0,
            listens: client.session.listening.channels.count,
            connectedForMilliseconds: now.milliseconds(since: client.since),
            transactions: client.transactions + client.session.tally.transactions)
        snapshot.tls = client.channel?.encryption ?? ""
        snapshot.worker = index.index
        return snapshot
    }

    private func server(_ server: ServerConnection) -> ServerSnapshot {
        let isPinned = server.client.map { !$0.session.pins.isEmpty } ?? false
        var snapshot = ServerSnapshot(
            id: server.id.rawValue, cluster: server.driver.name.cluster, node: server.nodeName,
            database: server.driver.name.database, user: server.driver.name.user,
            state: server.state.name(isPinned: isPinned), processID: server.processID,
            client: server.client?.id.rawValue ?? 0,
            connectedForMilliseconds: now.milliseconds(since: server.since), turns: server.turns)
        snapshot.tls = server.encryptionName
        return snapshot
    }
}

// To be read: a connection of a replication client.
extension Worker {
    private func server(_ server: ReplicationConnection) -> ServerSnapshot {
        var snapshot = ServerSnapshot(
            id: server.id.rawValue, cluster: server.cluster.name, node: server.nodeName,
            database: server.database, user: server.client.user,
            state: server.state == .relaying ? "replication" : "login",
            processID: server.processID, client: server.client.id.rawValue,
            connectedForMilliseconds: now.milliseconds(since: server.since), turns: 1)
        snapshot.tls = server.encryptionName
        return snapshot
    }
}

extension ServerConnection.State {
    /// As `SHOW SERVERS` prints it.
    fileprivate func name(isPinned: Bool) -> String {
        switch self {
        case .opening, .login: "login"
        case .idle: "idle"
        case .lent: isPinned ? "pinned" : "active"
        case .draining: "active"
        case .held: "held"
        case .listening: "listening"
        case .shadowing: "shadow"
        case .resetting, .quarantined: "resetting"
        case .closed: "closed"
        }
    }
}

extension ClientConnection {
    /// As `SHOW CLIENTS` prints it.
    fileprivate var stateName: String {
        switch stage {
        case .startup, .authenticating: "login"
        case .welcoming: "waiting"
        case .admin: "admin"
        case .canceling: "cancel"
        case .replicating: "replication"
        case .closed: "closed"
        case .ready: readyName
        }
    }

    private var readyName: String {
        if isWaiting || session.phase == .listening { return "waiting" }
        if session.isInTransaction { return "transaction" }
        return session.isCancellable ? "active" : "idle"
    }
}
