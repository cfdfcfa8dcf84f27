import NetworkIO
import PostgresWire
import Routing
import SessionCore
import StatementClassifier
import Vocabulary

/// What shadow mode sees of one client: the statements that it runs, and the answers to those that
/// are run on a replica as well.
final class ShadowTap {
    let desk: ShadowDesk
    private unowned let client: ClientConnection
    /// Of the batch that is being gathered.
    private var pending: [StatementVerdict] = []
    /// The transaction that is open would have run on a replica.
    private var blockReads = false
    private var sample: ShadowSample?

    /// More statements than this of one batch are not told apart.
    private static let pendingAtMost = 256

    init(_ desk: ShadowDesk, _ client: ClientConnection) {
        self.desk = desk
        self.client = client
    }

    /// The session has taken a frame.
    func ran(_ type: FrontendMessageType, _ frame: UnsafeRawBufferPointer) {
        for verdict in client.session.takeVerdicts() where verdict.transaction == .none {
            let settings = client.session.settings
            desk.meet(
                verdict.fingerprint,
                standardConformingStrings: settings.standardConformingStrings
            ) {
                // In other encodings a quote may be a part of a character.
                guard settings.hasSafeEncoding else { return nil }
                return client.session.text(run: type, frame.bytes, texts: desk.worker.texts)
            }
            if client.session.phase == .attached {
                desk.call(verdict.fingerprint, keptBy: causeWhileAttached(verdict))
            } else if pending.count < Self.pendingAtMost {
                pending.append(verdict)
            }
        }
    }

    /// It goes to the primary without being routed, since the session has that already.
    private func causeWhileAttached(_ verdict: StatementVerdict) -> String? {
        guard verdict.route == .replica else {
            // Where a block moves to the primary with its first write, it stays there.
            blockReads = false
            return words(verdict)
        }
        guard client.session.keepsServer else { return nil }
        let isBlock = client.session.isInTransaction
        if isBlock && blockReads { return nil }
        return isBlock ? Self.inTransaction : "the session is pinned: \(client.session.pins)"
    }

    /// Why it is for the primary, with the object of the catalog that decided.
    private func words(_ verdict: StatementVerdict) -> String {
        guard verdict.decidingObject >= 0, let place = client.tenant?.catalogPlace,
            let object = desk.worker.texts.catalogs.facts(place)?
                .explanation(of: verdict.decidingObject)
        else { return verdict.reason.text }
        return "\(verdict.reason.text): \(object)"
    }

    private static let inTransaction = "a transaction that is not READ ONLY"

    /// The batch is whole. Whatever it needs, it gets the primary.
    func routed(_ need: RouteNeed, completedBy frame: UnsafeRawBufferPointer) {
        let place = need == .read ? wouldRun() : (node: nil, obstacle: nil)
        for verdict in pending {
            desk.call(
                verdict.fingerprint, keptBy: need == .read ? place.obstacle : cause(verdict))
        }
        blockReads = place.node != nil && client.session.isInTransaction
        if let node = place.node, pending.count == 1, pending[0].isProvenRead {
            take(pending[0], on: node, frame)
        }
        if !pending.isEmpty { pending.removeAll(keepingCapacity: true) }
    }

    /// The replica that the batch would have run on, or why on none: as it would be without shadow
    /// mode, with all that it must see.
    private func wouldRun() -> (node: NodeID?, obstacle: String?) {
        var request = client.routeRequest
        request.need = .read
        client.requireProof(&request)
        switch desk.route(request) {
        case .node(let node, _) where desk.isReplica(node): return (node, nil)
        case .node(_, let reason):
            // Proofs are looked for as they would be.
            if reason == .unproven { client.tenant?.cluster.board.want(request) }
            return (nil, reason.words)
        case .refused(let text): return (nil, text)
        case .noPrimary: return (nil, "the cluster has no primary")
        case .awaitProof: return (nil, RouteReason.unproven.words)
        }
    }

    private func cause(_ verdict: StatementVerdict) -> String {
        if verdict.route == .primary { return words(verdict) }
        if client.session.waitingChoice == .primary { return RouteReason.primaryAsked.words }
        if client.session.isInTransaction { return Self.inTransaction }
        return pending.contains { $0.route == .primary }
            ? "what it was sent with runs on the primary" : "the session's settings or its batch"
    }

    /// Makes a sample of the batch that waits, if it is one to be compared.
    private func take(
        _ verdict: StatementVerdict, on node: NodeID, _ frame: UnsafeRawBufferPointer
    ) {
        guard let tenant = client.tenant, let lane = client.lane,
            desk.wants(verdict.fingerprint),
            client.batch.count + frame.count <= Limits.shadowBatchBytes,
            let batch = client.session.shadowBatch(texts: desk.worker.texts)
        else { return }
        sample = ShadowSample(
            verdict, of: client, tenant: tenant, lane: lane, batch: batch,
            frames: client.batch + Array(frame), node: node, desk: desk)
    }

    /// The batch is on its way to the primary.
    func attached() { sample?.begin(at: desk.worker.now) }

    /// Bytes of the primary are on their way to the client.
    func passed(_ bytes: UnsafeRawBufferPointer) {
        guard let sample else { return }
        let isOver = sample.passed(bytes, since: client.turnSince, at: desk.worker.now)
        if isOver { self.sample = nil }
    }

    /// The turn is over.
    func turnEnded() {
        sample?.abandon()
        sample = nil
    }
}
