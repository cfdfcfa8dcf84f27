import Configuration
import NetworkIO
import Routing
import Telemetry
import Vocabulary

extension Worker {
    func mailArrived() {
        for letter in shared.mailboxes[index.index].collect() { read(letter) }
    }

    private func read(_ letter: Letter) {
        switch letter {
        case .adopt(let arrival): adopt(arrival)
        case .listen(let descriptor): loop.listen(on: descriptor)
        case .stopListening: loop.stopListening { clientCame($0) }
        case .learnt(let session, let answer): clients[session]?.learnt(answer)
        case .view(let view): show(view)
        case .catalog(let name, let standing): learned(name, standing)
        case .settings(let settings): reload(settings)
        case .proved(let cluster): retryProofWaits(of: cluster)
        case .adoptSibling(let descriptor):
            adopt(Arrival(descriptor: descriptor, peer: .local), isSibling: true)
        case .cancel(let session, let ticket):
            guard let client = clients[session] else { return answer(ticket) }
            client.cancelRequested(ticket)
        case .cancelAnswered(let number): cancelDesk.answer(number)
        case .passOn(let cancel, let resolution): passOn(cancel, to: resolution)
        case .refusal(let key, let fingerprint, let refusal):
            remember(key, fingerprint, refusal)
        case .schemaChanged(let key): forgetRefusals(key)
        case .nudge(let pool):
            for driver in drivers where driver.name == pool { driver.look() }
        case .hand(let server, let passage): handOver(server, passage)
        case .arrive(let handed): arrive(handed)
        case .resolved(let server, let resolution): resolved(server, resolution)
        case .report(let receive): receive(snapshot())
        case .explain(let errand, let question):
            clients[errand.session]?.adminAnswered(errand.request.token, explain(question))
        case .admin(let session, let token, let answer):
            clients[session]?.adminAnswered(token, answer)
        case .drain:
            isDraining = true
            closeResting()
        case .stop(let done): stop(done)
        }
    }

    /// The host of a node was looked up for a connection.
    func resolved(_ server: ServerID, _ resolution: Resolution) {
        servers[server]?.resolved(resolution)
        replications[server]?.resolved(resolution)
    }

    /// A cluster's state has changed. Sessions that wait for a node that went down look again.
    private func show(_ view: ClusterView) {
        guard let cluster = clusters[view.name],
            cluster.nodes.map(\.name) == view.nodes.map(\.name)
        else {
            return
        }
        let before = cluster.view
        cluster.view = view
        for (old, new) in zip(before.nodes, view.nodes)
        where old.state.isUsable && !new.state.isUsable {
            leave(new, of: cluster)
        }
        follow(cluster, from: before)
        for hub in hubs { hub.look() }
        retryProofWaits(of: view.name)
    }

    /// A node went down: idle connections to it are not to be trusted, and reads that wait for it
    /// go elsewhere.
    private func leave(_ node: NodeView, of cluster: Cluster) {
        for hub in hubs { hub.nodeFailed(node.id, of: cluster) }
        for tenant in tenants.values where tenant.cluster === cluster {
            guard let driver = tenant.pools[node.id.index] else { continue }
            for server in Array(servers.values)
            where server.driver === driver
                && (server.isIdle || server.client?.stage == .welcoming)
            {
                // A login asks for nothing that another node cannot tell.
                server.lost("the node was marked down")
            }
            guard node.role != .primary else {
                rerouteLogins(from: driver, node.id)
                continue
            }
            for session in driver.failWaiters() { clients[session]?.reroute(excluding: node.id) }
        }
    }

    /// Statements wait for their primary; what servers report at login any node can tell.
    private func rerouteLogins(from driver: PoolDriver, _ node: NodeID) {
        for client in Array(clients.values)
        where client.stage == .welcoming && client.waitingOn === driver {
            driver.withdraw(client.id)
            client.reroute(excluding: node)
        }
    }

    /// Takes a new configuration in. Clients stay; connections of pools that are not what they were
    /// are closed as they come in.
    private func reload(_ fresh: Settings) {
        settings = fresh
        var kept: [String: Cluster] = [:]
        for configuration in fresh.configuration.clusters {
            kept[configuration.name] = cluster(for: configuration)
        }
        clusters = kept
        for (key, tenant) in tenants { reload(tenant, key) }
        reloadShadows()
        for replication in Array(replications.values)
        where clusters[replication.cluster.name] !== replication.cluster {
            replication.client.leaveWhenAtRest()
        }
        for hub in hubs { hub.look() }
        retryProofWaits()
        for session in waitingRoom.takeAll() { clients[session]?.seekAgain() }
    }

    private func cluster(for configuration: ProxyConfiguration.Cluster) -> Cluster? {
        let board = shared.proofs.board(of: configuration.name)
        guard let fresh = Cluster(configuration, tls: settings.tls, board: board, now: now) else {
            return nil
        }
        guard let known = clusters[configuration.name],
            known.nodes.map(Endpoint.init) == fresh.nodes.map(Endpoint.init)
        else { return fresh }
        // The same nodes: what is known of them, their load and their counters go on.
        known.router = fresh.router
        known.tls = fresh.tls
        for (index, node) in fresh.nodes.enumerated() {
            known.view.nodes[index].weight = node.weight
        }
        known.view.fallbackToPrimary = configuration.fallbackToPrimary
        return known
    }

    private func reload(_ tenant: Tenant, _ key: TenantKey) {
        guard let entry = settings.configuration.database(named: key.database),
            let cluster = clusters[entry.cluster]
        else {
            tenants[key] = nil
            tenant.isGone = true
            let waiting = retirePools(of: tenant)
            for session in waiting { clients[session]?.reroute(excluding: nil) }
            for client in Array(clients.values) where client.tenant === tenant {
                client.releaseHeld()
                client.leaveWhenAtRest()
            }
            return
        }
        tenant.policy = TenantPolicy(
            settings.configuration, user: key.user, database: key.database)
        var waiting: [SessionID] = []
        let serverName = entry.serverName ?? key.database
        if cluster !== tenant.cluster || serverName != tenant.serverDatabase {
            waiting = retirePools(of: tenant)
            tenant.cluster = cluster
            tenant.serverDatabase = serverName
            tenant.refusals = refusals(of: tenant.databaseKey)
            tenant.welcomes = [:]
            tenant.pools = Array(repeating: nil, count: cluster.nodes.count)
            tenant.mark = shared.proofs.mark(of: serverName, in: cluster.name)
        }
        if entry.consistency != tenant.consistency {
            tenant.consistency = entry.consistency
            tenant.sharesTurns = entry.sharedTurns == .auto
            // Who wrote what until now was not noted.
            tenant.mark.raise(to: EventLoop.clock())
        }
        if let secret = settings.users.account(of: key.user)?.secret {
            switch secret {
            case .plain, .md5: tenant.secret = .init(secret)
            case .scram: break  // What a client has proven goes on being what is known.
            }
        }
        tenant.pooling = entry.pooling
        tenant.isolation = .unknown
        for driver in tenant.pools { driver?.update(entry.pooling) }
        refreshCatalog(of: tenant)
        for client in Array(clients.values) where client.tenant === tenant {
            client.releaseHeld()
            client.takePolicy()
        }
        for session in waiting { clients[session]?.reroute(excluding: nil) }
    }

    /// Returns the sessions that waited for connections of these pools.
    private func retirePools(of tenant: Tenant) -> [SessionID] {
        let drivers = tenant.pools.compactMap { $0 }
        tenant.pools = Array(repeating: nil, count: tenant.pools.count)
        var waiting: [SessionID] = []
        for driver in drivers {
            waiting += driver.failWaiters()
            driver.retire()
            retired.append(driver)
        }
        return waiting
    }

    private func stop(_ done: @escaping @Sendable () -> Void) {
        for client in Array(clients.values) { client.fail(.shuttingDown) }
        for server in Array(servers.values) { server.close() }
        ending = Ending(
            deadline: now.advanced(milliseconds: Ending.patienceMilliseconds), done: done)
        endIfQuiet()
    }

    /// What the last clients ran is to be cancelled: the servers hear of it before the loop ends.
    func endIfQuiet() {
        guard let ending else { return }
        guard cancelDesk.isEmpty || ending.deadline <= now else {
            return loop.wake(at: now.advanced(milliseconds: Ending.pauseMilliseconds))
        }
        self.ending = nil
        loop.stop()
        ending.done()
    }

    /// The end of a worker that still has cancels on their way.
    struct Ending {
        let deadline: MonotonicInstant
        let done: @Sendable () -> Void

        static let patienceMilliseconds: UInt64 = 2_000
        static let pauseMilliseconds: UInt64 = 10
    }
}

/// What makes a node the same node after a reload.
private struct Endpoint: Equatable {
    let name: String
    let host: String
    let port: Int
    let role: ProxyConfiguration.NodeRole
    let tls: ProxyConfiguration.ServerTLS

    init(_ node: ProxyConfiguration.Node) {
        name = node.name
        host = node.host
        port = node.port
        role = node.role
        tls = node.tls
    }
}
