import Routing
import SessionCore
import Vocabulary

// The server connection of a transaction block that reads on a replica: between its batches it is
// parked, lent to this client and to nobody else.
extension ClientConnection {
    /// A batch of the block is over.
    func turnParked(on server: ServerConnection) {
        leave(server)
        server.contents = session.released()
        parked = server
        if session.roaming.isolation == .readCommitted { tenant?.isolation = .readCommitted }
    }

    /// The parked connection, if the batch that waits goes on with it; else the block is to be
    /// begun anew on another.
    func takeParked() -> ServerConnection? {
        guard let server = parked else { return nil }
        parked = nil
        if need == .read && (session.waitsToEndBlock || mayGoOn(with: server)) { return server }
        leaveParked(server)
        return nil
    }

    /// What has changed since the block began does not keep it from reading on.
    private func mayGoOn(with server: ServerConnection) -> Bool {
        let cluster = server.driver.cluster
        let request = routeRequest
        return cluster === tenant?.cluster && !request.sparesReplicas
            && cluster.view.canRead(server.driver.node.index, for: request)
    }

    private func leaveParked(_ server: ServerConnection) {
        session.leavesParked()
        need = session.waitingNeed
        let isHeld = held.contains { $0 === server }
        held.removeAll { $0 === server }
        server.rollBack(reset: isHeld)
    }

    /// The parked connection broke: nobody has lost anything by it.
    func parkedLost() {
        parked = nil
        session.leavesParked()
    }

    /// A replica was asked how it isolates transactions, and keeps one snapshot: no block of this
    /// user and database is to read on one.
    func isolationDiffers() {
        guard let tenant else { return }
        tenant.isolation = .other
        for client in Array(worker.clients.values) where client.tenant === tenant {
            client.takePolicy()
        }
    }

    /// No replica can be had, for a block that need not have one: it begins on the primary.
    func turnsHome() -> Bool {
        guard need == .read, session.waitsToRoam else { return false }
        session.staysHome()
        need = .primary
        return true
    }
}
