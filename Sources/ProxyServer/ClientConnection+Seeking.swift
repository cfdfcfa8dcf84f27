import Routing
import SessionCore
import Vocabulary

// While the cluster has no node for a batch, but may have one before long.
extension ClientConnection {
    /// Waits for a view of the cluster that has one.
    func seekNode() {
        let patience = UInt64(tenant?.pooling.maxWaitMillis ?? 0)
        // What was waited before, for a node that has gone since, counts.
        let deadline = seekingUntil ?? worker.now.advanced(milliseconds: patience)
        seekingUntil = deadline
        isSeeking = true
        worker.waitingRoom.enter(id, until: deadline)
        worker.loop.wake(at: max(deadline, worker.now))
    }

    /// The cluster is not what it was: there may be a node now.
    func seekAgain() {
        guard isSeeking else { return }
        reroute(excluding: nil)
    }

    /// No node was found in time.
    func soughtInVain() {
        guard isSeeking, let tenant else { return }
        isSeeking = false
        let error = ErrorReply.noPrimary(
            cluster: tenant.cluster.name, because: tenant.cluster.view.obstacleToWriting,
            waitedMilliseconds: UInt64(tenant.pooling.maxWaitMillis))
        if stage == .welcoming { return fail(error) }
        refuse(orTell: error)
    }

    /// It does not wait any more, in no queue.
    func stopWaiting() {
        if isSeeking {
            isSeeking = false
            worker.waitingRoom.leave(id)
        }
        stopAwaitingProof()
        guard let driver = waitingOn else { return }
        waitingOn = nil
        driver.cluster.load[driver.node.index] -= 1
    }

    /// The same, of its own accord.
    func withdraw() {
        waitingOn?.withdraw(id)
        stopWaiting()
    }
}
