import Vocabulary

/// A read that waits until a replica is proven to hold what it must see.
struct ProofWait {
    let cluster: String
    let since: MonotonicInstant
    /// It does not wait beyond this.
    let deadline: MonotonicInstant
}

// Reads that wait for a proof, and hold no server meanwhile.
extension Worker {
    /// The client's batch waits from now on. One that has waited before keeps its deadline.
    func awaitProof(_ client: ClientConnection, cluster: Cluster, milliseconds: UInt64) {
        guard proofWaits[client.id] == nil else { return }
        let deadline = now.advanced(milliseconds: milliseconds)
        proofWaits[client.id] = ProofWait(cluster: cluster.name, since: now, deadline: deadline)
        loop.wake(at: deadline)
        guard !cluster.board.isWaiting(worker: index.index) else { return }
        cluster.board.setWaiting(true, worker: index.index)
        // A proof may have come before the monitor could know that somebody waits for it.
        shared.mailboxes[index.index].post(.proved(cluster: cluster.name))
    }

    /// It waits no more; returns for how long it has, in milliseconds.
    func endProofWait(_ session: SessionID) -> UInt64? {
        proofWaits.removeValue(forKey: session).map { now.milliseconds(since: $0.since) }
    }

    /// More may be proven than when these reads were last looked at.
    /// - Parameter cluster: nil: of any.
    func retryProofWaits(of cluster: String? = nil) {
        for (session, wait) in proofWaits where cluster == nil || wait.cluster == cluster {
            clients[session]?.retryAfterProof()
        }
        guard let cluster, !proofWaits.values.contains(where: { $0.cluster == cluster }) else {
            return
        }
        shared.proofs.board(of: cluster).setWaiting(false, worker: index.index)
    }

    /// The earliest deadline of those that wait.
    var nextProofDeadline: MonotonicInstant? { proofWaits.values.lazy.map(\.deadline).min() }

    /// Reads that have waited long enough go to the primary, or are refused.
    func expireProofWaits() {
        for (session, wait) in proofWaits where wait.deadline <= now {
            clients[session]?.proofIsLate()
        }
    }
}
