import PostgresWire
import Routing
import SessionCore
import Vocabulary

// The end of a turn, good or bad.
extension ClientConnection {
    /// What becomes of a server whose turn is over.
    enum Afterwards { case kept, givenBack, putBack }

    /// The session's turn on this server is over. Says what becomes of the server; whether the
    /// client goes on is seen after that, when it resumes.
    func turnEnded(on server: ServerConnection, _ kind: ReleaseKind) -> Afterwards {
        leave(server)
        if turnKey != 0 { noteDuration(on: server) }
        let isShared = session.isSharing
        let contents = session.released()
        if !isShared { server.contents = contents }
        session.rest(&worker.texts)
        if stage == .welcoming { learned(from: server) }
        return afterwards(of: server, kind)
    }

    /// What becomes of a server that this session has left.
    func afterwards(of server: ServerConnection, _ kind: ReleaseKind) -> Afterwards {
        guard held.contains(where: { $0 === server }) else {
            return kind == .clean ? .givenBack : .putBack
        }
        if keepsServers && kind == .clean && !server.driver.isRetired && !server.isBroken {
            return .kept
        }
        held.removeAll { $0 === server }
        return .putBack
    }

    /// In session mode.
    private var keepsServers: Bool { tenant?.pooling.mode == .session }

    /// After a reload: gives back what this session has no right to keep any more.
    func releaseHeld() {
        let given = held.filter {
            $0 !== server && $0 !== parked && (!keepsServers || $0.driver.isRetired)
        }
        held.removeAll { kept in given.contains { $0 === kept } }
        for server in given { server.release(reset: true) }
    }

    func leave(_ server: ServerConnection) {
        self.server = nil
        // It has got a part of a CopyData message that it did not wait for. What it is sent next
        // would be taken for the rest.
        if scanner.unseenBytes > 0 { server.isBroken = true }
        shadow?.turnEnded()
        if let run = session.promotion.run, !session.isWithdrawing { measure(run, on: server) }
        drop(&opening)
        holdDeadline = nil
        if channel?.isHolding ?? false { channel?.releaseHeld() }
        let cluster = server.driver.cluster
        let node = server.driver.node
        cluster.load[node.index] -= 1
        book(cluster, node)
        guard need == .read, !session.isWithdrawing else { return }
        cluster.router.observed(
            node, nanoseconds: worker.now.nanoseconds(since: turnSince), at: worker.now)
    }

    /// Adds what the session has done since the last time to the counters.
    private func book(_ cluster: Cluster, _ node: NodeID) {
        let tally = session.takeTally()
        transactions += tally.transactions
        cluster.counters[node.index].reads += tally.reads
        cluster.counters[node.index].writes += tally.writes
        cluster.counters[node.index].errors += tally.errors
        guard let tenant else { return }
        tenant.counters.transactions += tally.transactions
        tenant.counters.reads += tally.reads
        tenant.counters.writes += tally.writes
        tenant.counters.statements += tally.reads + tally.writes
        tenant.counters.errors += tally.errors
        tenant.counters.promotions += tally.promotions
    }

    /// The attached or held server's connection broke.
    func serverLost(_ server: ServerConnection, cause: String, midFrame: Bool) {
        held.removeAll { $0 === server }
        if parked === server { return parkedLost() }
        guard self.server === server else { return }
        if stage == .welcoming {
            leave(server)
            session.released()
            return findWelcome(excluding: server.driver.node)
        }
        let isHeld = session.holdsReply
        if isHeld { weighElsewhere() }
        let verdict = session.lost(
            node: server.nodeName, cause: cause, midFrame: midFrame && !isHeld,
            reply: &worker.reply)
        noteCatalogChange()
        if session.watermark.isDue { stampWatermark() }
        if case .runElsewhere = verdict {
            _ = turnWithdrawn(on: server, .clean)
            return runElsewhere()
        }
        channel?.discardHeld()
        leave(server)
        sendReply()
        switch verdict {
        case .unnoticed, .answered, .runElsewhere: resume()
        case .fail(let error): fail(error)
        case .passOn(let bytes):
            channel?.write(bytes)
            end()
        }
    }
}
