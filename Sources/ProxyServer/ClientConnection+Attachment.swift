import NetworkIO
import PostgresWire
import Routing
import SessionCore
import Vocabulary

// From a whole batch to a server that runs it.
extension ClientConnection {
    func route(_ need: RouteNeed, completedBy frame: UnsafeRawBufferPointer) {
        self.need = shadow == nil ? need : .primary
        lastFrame = frame
        failedNodes = NodeSet()
        seekingUntil = nil
        setback = nil
        isRemembered = false
        hasDeclined = false
        if let tenant, need == .read, !tenant.refusals.memory.isEmpty { recall(tenant) }
        shadow?.routed(need, completedBy: frame)
        // Before it is decided what fits where: nothing of that may change in between.
        if session.promotion.isPossible { worker.seeSchema() }
        goesAlone = false
        turnKey = sharingKey()
        find()
        lastFrame = nil
        if session.phase == .waiting { keep(frame) }
    }

    /// Finds a server for the batch that waits.
    /// - Parameter awaitsProof: if no replica is proven to hold what it must see, it may wait.
    func find(awaitsProof: Bool = true) {
        guard let tenant, let lane else { return }
        let cluster = tenant.cluster
        if let own = takeParked() {
            stopAwaitingProof()
            return attach(own)
        }
        if session.isStuck { return refuse(.blockCannotMove) }
        if let own = heldConnection(for: need, cluster) {
            stopAwaitingProof()
            return attach(own)
        }
        var request = routeRequest
        request.awaitsProof = awaitsProof && mayAwaitProof && mayBeProven(request)
        let route = cluster.route(request, random: worker.random.next())
        if route == .awaitProof { return awaitProof(request) }
        stopAwaitingProof()
        switch route {
        case .node(let node, let reason):
            if reason == .fallback { tenant.counters.fallbacks += 1 }
            if reason == .unproven { wantProof(request) }
            let driver = worker.driver(tenant, node)
            // One to the same node for both roles: its pool may have no second one.
            if let own = held.first(where: { $0.driver === driver }) { return attach(own) }
            if sharesTurn, let server = driver.line(for: self) { return attach(server) }
            wait(on: driver)
            driver.request(id, profile: lane)
        case .refused where turnsHome(): find()
        case .refused(let text): refuse(orTell: .noUsableReplica(text))
        case .noPrimary where cluster.view.findsRoles: seekNode()
        case .noPrimary: refuse(.noPrimary(cluster: cluster.name))
        case .awaitProof: break
        }
    }

    /// What the batch that waits asks of the router.
    var routeRequest: RouteRequest {
        var request = RouteRequest(need, excluded: failedNodes)
        if need == .read { requireProof(&request) }
        request.asked = session.waitingChoice
        request.sparesReplicas = isRemembered || setback?.sparesReplicas ?? false
        return request
    }

    /// In session mode: the connection to the primary, or to the replica of this session.
    private func heldConnection(for need: RouteNeed, _ cluster: Cluster) -> ServerConnection? {
        guard !held.isEmpty else { return nil }
        let request = routeRequest
        let wanted: Role = need == .primary ? .primary : .replica
        return held.first {
            $0.driver.cluster === cluster && cluster.role($0.driver.node) == wanted
                && cluster.view.nodes[$0.driver.node.index].state.isUsable
                && cluster.isProven($0.driver.node, for: request, openedBy: $0.openedAt)
                && !failedNodes.contains($0.driver.node)
                && !(isRemembered || setback?.sparesReplicas == true)
        }
    }

    func wait(on driver: PoolDriver) {
        waitingOn = driver
        driver.cluster.load[driver.node.index] += 1
    }

    /// The pool has lent a connection.
    func granted(_ server: ServerConnection) {
        stopWaiting()
        if stage == .welcoming {
            return learn(from: server)
        }
        guard stage == .ready, session.phase == .waiting else { return server.giveBack() }
        guard isProven(server) else { return decline(server) }
        if tenant?.pooling.mode == .session { held.append(server) }
        attach(server)
        if server.line.isOpen { server.driver.gather(on: server) }
        resume()
    }

    /// The batch runs on this server, behind those that run there already.
    func attach(_ server: ServerConnection) {
        let joins = server.isShared
        let isShared = joins || sharesTurn && session.fits(server.contents, texts: worker.texts)
        if joins { countJoined(server.join(self)) } else { server.lend(to: self) }
        if isShared && !joins { server.openLine(cost: turnCost) }
        self.server = server
        let cluster = server.driver.cluster
        cluster.load[server.driver.node.index] += 1
        turnSince = worker.now
        turnBytes = 0
        let news = session.granted(
            server.driver.node, role: cluster.role(server.driver.node),
            holding: server.takeContents(), isShared: isShared, texts: worker.texts)
        if isShared { server.contents = session.leaveContents() }
        if !news.isEmpty { tell(news) }
        if isRemembered || setback != nil { noteRefused(on: cluster.role(server.driver.node)) }
        session.takeOpening(batch) { server.channel?.write($0) }
        if let lastFrame { server.channel?.write(lastFrame) }
        if session.mayRunAgain {
            if let lastFrame { keep(lastFrame) }
            swap(&opening, &batch)
        }
        dropBatch()
        if session.holdsReply { channel?.hold() }
        if isClogged && !isShared { server.channel?.setReading(false) }
        shadow?.attached()
    }

    /// Settings are not what the client was told last.
    private func tell(_ news: [SettingsTracker.Reported]) {
        for value in news { worker.reply.parameterStatus(value.name, value.value) }
        sendReply()
    }

    /// The node that this session waits for is no good: look for another.
    func reroute(excluding: NodeID?) {
        guard isWaiting else { return }
        stopWaiting()
        if stage == .welcoming { return findWelcome(excluding: excluding) }
        if let excluding { failedNodes.insert(excluding) }
        find()
    }

    /// A connection could not be opened for this session.
    func serverRefused(
        _ driver: PoolDriver, cause: String, refusal: ServerLink.Refusal?
    ) {
        guard isWaiting else { return }
        guard let refusal else { return reroute(excluding: driver.node) }
        stopWaiting()
        if stage == .welcoming {
            // The server's own words, as if the client had asked it.
            if !refusal.message.isEmpty { channel?.write(refusal.message) }
            return refusal.message.isEmpty
                ? fail(.serverUnavailable(node: driver.name.node, refusal.text)) : end()
        }
        refuse(.serverUnavailable(node: driver.name.node, refusal.text))
    }

    func waitedTooLong(milliseconds: UInt64, driver: PoolDriver) {
        stopWaiting()
        let error = ErrorReply.poolExhausted(
            pool: driver.name.description, size: driver.pool.limits.size,
            waitedMilliseconds: milliseconds, lastFailure: driver.lastFailure)
        if stage == .welcoming { return fail(error) }
        refuse(error)
    }

    /// No server for the batch: the client gets an error and goes on.
    /// - Parameter message: the body of a server's ErrorResponse, to be sent instead.
    func refuse(_ error: ErrorReply, message: [UInt8] = []) {
        dropBatch()
        setback = nil
        session.refused(error, message: message, reply: &worker.reply)
        tenant?.counters.errors += 1
        sendReply()
        resume()
    }
}
