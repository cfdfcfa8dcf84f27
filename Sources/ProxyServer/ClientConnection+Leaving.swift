import NetworkIO
import PostgresWire
import SessionCore
import Vocabulary

// The end of a client's connection.
extension ClientConnection {
    /// Nothing more comes from the client. One that has said goodbye has what it sent before done.
    func inputEnded() {
        guard isTakingLeave, stage == .ready else { return depart() }
        channel?.close()
        channel = nil
    }

    func loginTimedOut() { fail(.loginTimeout) }

    /// The configuration has no place for this session any more.
    func leaveWhenAtRest() {
        leavesAtRest = true
        if isAtRest { fail(.shuttingDown) }
    }

    /// Tells the client why, and closes.
    func fail(_ error: ErrorReply) {
        guard stage != .closed else { return }
        // In the middle of a server's message nothing can be said.
        if let replication, !replication.watch.isBetweenFrames { return end() }
        channel?.discardHeld()
        var fatal = error
        fatal.severity = .fatal
        fatal.write(to: &worker.reply)
        sendReply()
        end()
    }

    /// The client is gone, or said so.
    func depart() { end() }

    func end() {
        guard stage != .closed else { return }
        stage = .closed
        if isWaiting { withdraw() }
        if let server { giveUp(server) }
        leavePlace()
        noteCatalogChange()
        forgetListening()
        if let parked {
            held.removeAll { $0 === parked }
            parked.rollBack(reset: true)
        }
        parked = nil
        for server in held { server.release(reset: true) }
        held = []
        replication?.end()
        replication = nil
        session.end(texts: &worker.texts)
        channel?.close()
        if processID != 0 { worker.shared.cancels.remove(processID) }
        for used in [profile, lane] { if let used { worker.release(used) } }
        (profile, lane) = (nil, nil)
        leaveTenant()
        worker.forget(self)
    }

    private func leaveTenant() {
        guard let tenant else { return }
        tenant.sessions -= 1
        guard tenant.isGone, tenant.sessions == 0 else { return }
        worker.texts.catalogs.remove(tenant.catalogPlace)
        tenant.catalogPlace = -1
    }

    /// Leaves the attached server: clean, or put back, or not to be used again.
    private func giveUp(_ server: ServerConnection) {
        let isAtRest = session.isAtRest
        let isClean = session.pins.isEmpty && !held.contains { $0 === server }
        held.removeAll { $0 === server }
        leave(server)
        if session.isSharing {
            _ = session.released()
            return server.isBroken ? server.abandon() : server.vacate(self)
        }
        server.contents = session.released()
        if isAtRest { server.release(reset: !isClean) } else { server.abandon() }
    }
}
