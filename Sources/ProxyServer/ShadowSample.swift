import NetworkIO
import PostgresWire
import Routing
import SessionCore
import StatementClassifier
import Vocabulary

/// A read of a client that is run on a replica as well: both answers, and what comes of them.
final class ShadowSample {
    let fingerprint: UInt64
    let isOrdered: Bool
    let tenant: Tenant
    let lane: ProfileID
    let batch: ShadowBatch
    /// As the client sent them.
    private let frames: [UInt8]
    /// On which replica it would have run.
    let node: NodeID
    private let desk: ShadowDesk
    private var reader = ReplyReader()
    private var primary: ShadowReply?
    private var replica: (reply: ShadowReply, replayed: LogSequenceNumber?)?
    private var isOver = false

    init(
        _ verdict: StatementVerdict, of client: ClientConnection, tenant: Tenant, lane: ProfileID,
        batch: ShadowBatch, frames: [UInt8], node: NodeID, desk: ShadowDesk
    ) {
        fingerprint = verdict.fingerprint
        isOrdered = desk.isOrdered(verdict.fingerprint)
        self.tenant = tenant
        self.lane = lane
        self.batch = batch
        self.frames = frames
        self.node = node
        self.desk = desk
    }

    /// The steps that run it: the second-last one, or the last, is the statement itself.
    var steps: [[UInt8]] {
        [batch.prelude + frames] + (batch.epilogue.isEmpty ? [] : [batch.epilogue])
    }

    /// The client's own is on its way to the primary: the other goes to the replica.
    func begin(at now: MonotonicInstant) {
        let errand = ShadowErrand(
            self, steps: [ShadowErrand.askReplayed] + steps, at: now
        ) { self.replicaAnswered($0) }
        desk.run(errand, on: node)
    }

    private func replicaAnswered(_ replies: [ShadowReply]?) {
        guard let replies, replies.count > 1 else { return end(.unavailable) }
        replica = (replies[1], replies[0].position)
        compare()
    }

    /// Bytes of the primary on their way to the client. Returns whether that was all.
    func passed(_ bytes: UnsafeRawBufferPointer, since: MonotonicInstant, at now: MonotonicInstant)
        -> Bool
    {
        _ = reader.take(bytes.bytes)
        if reader.isBroken || reader.digest.bytes > Limits.shadowReplyBytes {
            end(reader.isBroken ? .moved : .tooLarge)
            return true
        }
        guard reader.isComplete else { return false }
        // An answer that was changed on its way cannot be compared.
        guard reader.hasOutcome else {
            end(.moved)
            return true
        }
        primary = ShadowReply(
            digest: reader.digest, value: nil, nanoseconds: now.nanoseconds(since: since))
        compare()
        return true
    }

    /// The turn ended otherwise than by an answer.
    func abandon() { end(.moved) }

    private func compare() {
        guard !isOver, let primary, let replica else { return }
        desk.note(self, primary: primary, replica: replica.reply)
        let evidence = ShadowEvidence(
            isOrdered: isOrdered, primary: primary.digest, replica: replica.reply.digest,
            replayed: replica.replayed)
        if let outcome = evidence.outcome { return end(outcome) }
        isOver = true
        desk.inquire(self, evidence)
    }

    private func end(_ outcome: ShadowOutcome) {
        guard !isOver else { return }
        isOver = true
        desk.count(outcome, of: fingerprint)
    }
}
