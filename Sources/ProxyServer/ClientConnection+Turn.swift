import PostgresWire
import Routing
import SessionCore
import Vocabulary

// The end of a turn, good or bad, and cancels.
extension ClientConnection {
    /// The session's turn on this server is over. Returns whether the client keeps the connection.
    func turnEnded(on server: ServerConnection) -> Bool {
        leave(server)
        session.released()
        let keeps = tenant?.pooling.mode == .session && held.contains { $0 === server }
        if leavesAtRest && isAtRest { fail(.shuttingDown) }
        return keeps && stage == .ready
    }

    func leave(_ server: ServerConnection) {
        self.server = nil
        let cluster = server.driver.tenant.cluster
        let node = server.driver.node
        cluster.load[node.index] -= 1
        book(cluster, node)
        guard need == .read else { return }
        cluster.router.observed(
            node, nanoseconds: worker.now.nanoseconds(since: turnSince), at: worker.now)
    }

    /// Adds what the session has done since the last time to the counters.
    private func book(_ cluster: Cluster, _ node: NodeID) {
        let tally = session.tally
        let reads = tally.reads - booked.reads
        let writes = tally.writes - booked.writes
        let errors = tally.errors - booked.errors
        cluster.counters[node.index].reads += reads
        cluster.counters[node.index].writes += writes
        cluster.counters[node.index].errors += errors
        if let tenant {
            tenant.counters.transactions += tally.transactions - booked.transactions
            tenant.counters.reads += reads
            tenant.counters.writes += writes
            tenant.counters.statements += reads + writes
            tenant.counters.errors += errors
        }
        booked = tally
    }

    /// The attached or held server's connection broke.
    func serverLost(_ server: ServerConnection, cause: String, midFrame: Bool) {
        held.removeAll { $0 === server }
        guard self.server === server else { return }
        let verdict = session.lost(
            node: server.nodeName, cause: cause, midFrame: midFrame, reply: &worker.reply)
        leave(server)
        sendReply()
        switch verdict {
        case .unnoticed, .answered: resume()
        case .fail(let error): fail(error)
        }
    }

    // MARK: Cancel

    /// The client asked, on another connection, to stop what runs.
    func cancelRequested() {
        if let driver = waitingOn, stage == .ready {
            driver.withdraw(id)
            stopWaiting()
            refuse(.canceled)
        } else if session.isCancellable {
            server?.sendCancel()
        }
    }
}
