import NetworkIO
import Routing
import SessionCore
import Vocabulary

// Reads that must see what was written before them.
extension ClientConnection {
    /// What a read of this session must see, by the consistency of its database.
    func requireProof(_ request: inout RouteRequest) {
        guard let tenant else { return }
        request.provenAfter = tenant.consistency.provenAfter(
            session: session.watermark.instant, database: tenant.mark.instant)
        if let place = session.settings.own.readAfter {
            request.readAfter = tenant.cluster.board.position(of: place)
        }
    }

    /// Where the primary takes no reads, there is nothing else to do but to wait.
    var mayAwaitProof: Bool {
        guard let tenant, need == .read else { return false }
        switch tenant.consistency.whenUnproven {
        case .wait: return true
        case .primary: return !tenant.cluster.view.fallbackToPrimary
        }
    }

    /// A position that is of no known timeline never will be.
    func mayBeProven(_ request: RouteRequest) -> Bool {
        guard request.readAfter?.rawValue == .max, let tenant else { return true }
        return !tenant.cluster.board.knowsTimeline
    }

    /// The batch goes to the primary for want of a proof: the next may find one.
    func wantProof(_ request: RouteRequest) {
        tenant?.counters.unproven += 1
        tenant?.cluster.board.want(request)
    }

    /// The batch waits for a proof, and holds no server meanwhile.
    func awaitProof(_ request: RouteRequest) {
        guard let tenant else { return }
        let milliseconds: Int
        switch tenant.consistency.whenUnproven {
        case .wait(let longest): milliseconds = longest
        case .primary: milliseconds = tenant.pooling.maxWaitMillis
        }
        if !isAwaitingProof { tenant.counters.proofWaits += 1 }
        isAwaitingProof = true
        worker.awaitProof(self, cluster: tenant.cluster, milliseconds: UInt64(milliseconds))
        tenant.cluster.board.want(request)
    }

    /// More may be proven now, or no replica be left that could be.
    func retryAfterProof() {
        guard isAwaitingProof, session.phase == .waiting else { return stopAwaitingProof() }
        find()
    }

    /// It has waited long enough.
    func proofIsLate() {
        guard isAwaitingProof, session.phase == .waiting else { return stopAwaitingProof() }
        find(awaitsProof: false)
    }

    /// The wait is over, or the client does not want it any more.
    func stopAwaitingProof() {
        guard isAwaitingProof else { return }
        isAwaitingProof = false
        if let waited = worker.endProofWait(id) {
            tenant?.counters.proofWaitMilliseconds += waited
        }
    }

    /// The server that was lent holds what the batch must see. It may be another one than was
    /// chosen: one that has started anew.
    func isProven(_ server: ServerConnection) -> Bool {
        guard need == .read else { return true }
        return server.driver.cluster.isProven(
            server.driver.node, for: routeRequest, openedBy: server.openedAt)
    }

    /// Another server takes the batch, or the same one once it is proven. That is awaited once: in
    /// a small pool that several workers share, each may get a new connection every time.
    func decline(_ server: ServerConnection) {
        server.driver.cluster.board.want(server.openedAt)
        server.giveBack()
        let fallsBack = server.driver.cluster.view.fallbackToPrimary
        guard !mayAwaitProof || (hasDeclined && fallsBack) else {
            hasDeclined = true
            return awaitProof(routeRequest)
        }
        failedNodes.insert(server.driver.node)
        find(awaitsProof: !fallsBack)
    }

    /// Something was acknowledged that later reads must see. The clock is read here and now: the
    /// loop's own instant may be older than the commit.
    func stampWatermark() {
        let now = EventLoop.clock()
        session.watermark.stamp(now)
        if let tenant, tenant.consistency.scope == .database { tenant.mark.raise(to: now) }
    }
}
