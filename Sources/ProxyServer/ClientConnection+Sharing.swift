import PostgresWire
import SessionCore
import Vocabulary

// Turns that share a server connection with those of other clients.
extension ClientConnection {
    /// By what the worker remembers how long such batches take; 0: the batch that waits is none
    /// that could share a connection.
    func sharingKey() -> UInt64 {
        guard let tenant, tenant.sharesTurns, shadow == nil,
            tenant.pooling.mode == .transaction, session.mayShare
        else { return 0 }
        return session.fingerprint ^ tenant.salt
    }

    /// The batch that waits is known to be fast, and nothing has come in between.
    var sharesTurn: Bool {
        turnKey != 0 && !goesAlone && setback == nil && !isRemembered
            && worker.history.isFast(turnKey)
    }

    /// What the batch that waits takes at a server that has nothing else to do, in nanoseconds.
    var turnCost: UInt64 { worker.history.leastTime(turnKey) }

    /// The batch that waits finds all that it needs on this connection.
    func canShare(_ server: ServerConnection) -> Bool {
        isProven(server) && session.fits(server.contents, texts: worker.texts)
    }

    /// The batch is sent behind others.
    /// - Parameter depth: how many there are on the connection now.
    func countJoined(_ depth: Int) {
        guard let tenant else { return }
        tenant.counters.sharedTurns += 1
        tenant.counters.sharedDepth = max(tenant.counters.sharedDepth, UInt64(depth))
    }

    /// The turn has run.
    func noteDuration(on server: ServerConnection) {
        let since = max(turnSince, server.line.headSince)
        worker.history.ran(
            turnKey, nanoseconds: worker.now.nanoseconds(since: since), bytes: turnBytes)
    }

    /// What came on its connection was too much for those before it, or it is gone: the batch runs
    /// once more, on a connection of its own.
    func runAlone() {
        guard let server, session.isSharing else { return }
        tenant?.counters.reruns += 1
        leaveShared(server)
        goesAlone = true
        runElsewhere()
    }

    /// Takes the batch back from a connection that has not answered any of it.
    func leaveShared(_ server: ServerConnection) {
        channel?.discardHeld()
        swap(&batch, &opening)
        leave(server)
        session.leaveLine()
    }

    /// The turn on a shared connection is cancelled by its client. False: the server has to be
    /// asked for that.
    func cancelShared(_ server: ServerConnection) -> Bool {
        guard server.client === self else {
            // It has not begun.
            server.vacate(self)
            leaveShared(server)
            refuse(.canceled)
            return true
        }
        server.evacuate()
        return false
    }
}
