import NetworkIO
import PostgresWire
import Routing
import SessionCore
import Vocabulary

/// What a replica has said to the batch that waits.
struct Setback {
    let refusal: StandbyRefusal
    /// The body of its ErrorResponse; empty: it said nothing.
    let message: [UInt8]
    /// No other replica is to be asked.
    let sparesReplicas: Bool
}

// A read that a replica has failed is run elsewhere, unseen by the client.
extension ClientConnection {
    /// Tells the session where else its batch could run.
    func weighElsewhere() {
        guard let server, let cluster = tenant?.cluster, server.driver.cluster === cluster else {
            return session.weigh([])
        }
        var request = routeRequest
        request.excluded.insert(server.driver.node)
        session.weigh(cluster.view.elsewhere(for: request))
    }

    /// The session's turn on this server has come to nothing. Says what becomes of the server; the
    /// batch waits for another.
    func turnWithdrawn(on server: ServerConnection, _ kind: ReleaseKind) -> Afterwards {
        channel?.discardHeld()
        swap(&batch, &opening)
        leave(server)
        let (contents, refusal, message) = session.withdraw()
        server.contents = contents
        let node = server.driver.node
        let wasSetBack = setback != nil
        failedNodes.insert(node)
        let fallsBack = server.driver.cluster.view.fallbackToPrimary
        setback = Setback(
            refusal: refusal, message: message,
            sparesReplicas: refusal.scope == .everyStandby || wasSetBack && fallsBack)
        return afterwards(of: server, kind)
    }

    /// Finds another server for the batch.
    func runElsewhere() {
        guard stage == .ready, session.phase == .waiting else { return resume() }
        find()
        resume()
    }

    /// No server for the batch: where a replica has said why it would not run it, that is the
    /// better answer.
    func refuse(orTell error: ErrorReply) {
        guard let setback, !setback.message.isEmpty else { return refuse(error) }
        refuse(error, message: setback.message)
    }

    // MARK: What is held back

    /// Some bytes more of an answer that is held back. Returns whether they are the client's, now
    /// or later; lets go what has become too much.
    func mayHold(_ count: Int, _ channel: Channel) -> Bool {
        if session.isWithdrawing { return false }
        if session.holdsReply && channel.heldBytes + count <= Limits.heldReplyBytes {
            if holdDeadline == nil { limitHold() }
            return true
        }
        letGo()
        return true
    }

    /// The answer is the client's, as far as it has come.
    private func letGo() {
        session.letGo()
        holdDeadline = nil
        channel?.releaseHeld()
    }

    /// It has not come whole: the client must not wait too long for what has.
    private func limitHold() {
        let deadline = worker.now.advanced(milliseconds: Limits.heldReplyMilliseconds)
        holdDeadline = deadline
        worker.holds.append((deadline, id))
        worker.loop.wake(at: deadline)
    }

    /// The client has waited long enough for the rest.
    func holdExpired(at deadline: MonotonicInstant) {
        guard holdDeadline == deadline, !session.isWithdrawing else { return }
        letGo()
        resume()
    }
}

extension Worker {
    /// Lets go what was held back for too long.
    func expireHolds() {
        while let first = holds.first, first.deadline <= now {
            holds.removeFirst()
            clients[first.session]?.holdExpired(at: first.deadline)
        }
        if let next = holds.first { loop.wake(at: next.deadline) }
    }
}
