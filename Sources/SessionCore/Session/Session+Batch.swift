import PostgresWire
import Routing
import StatementClassifier
import Vocabulary

// How a batch is judged, closed, answered here, or moved to another node.
extension Session {
    /// The batch is whole: find it a server, unless the transaction has failed already.
    mutating func closeBatch(endsSegment: Bool, reply: inout MessageWriter) -> FrontendVerdict {
        if deferred.state == .failed {
            guard batch.transaction == .commit || batch.transaction == .rollback else {
                refuse(.failedTransaction, endsSegment: endsSegment, reply: &reply)
                return .consumed
            }
            deferred.clear()
        }
        batchEndsSegment = endsSegment
        phase = .waiting
        return .route(need(of: batch))
    }

    /// The batch has grown too large to be held: what is known of it goes to the primary.
    mutating func routeEarly() -> FrontendVerdict {
        batch.requirePrimary()
        batchEndsSegment = false
        phase = .waiting
        return .route(.primary)
    }

    /// Answers transaction control that no server needs to hear of yet. Returns whether it did.
    mutating func answersHere(
        _ verdict: StatementVerdict, _ body: RawSpan, _ frame: RawSpan,
        reply: inout MessageWriter
    ) -> Bool {
        switch (deferred.state, verdict.transaction) {
        case (.none, .begin(let modes)):
            guard let tag = Self.beginTag(body) else { return false }
            deferred.begin(modes, message: frame)
            reply.commandComplete(tag)
        case (.begun, .setTransaction(let modes)):
            deferred.set(modes, message: frame)
            reply.commandComplete("SET")
        case (.begun, .commit):
            deferred.clear()
            tally.transactions += 1
            reply.commandComplete("COMMIT")
        case (.begun, .rollback), (.failed, .commit), (.failed, .rollback):
            deferred.clear()
            tally.transactions += 1
            reply.commandComplete("ROLLBACK")
        case (.none, _), (.begun, _), (.failed, _):
            return false
        }
        reply.readyForQuery(deferred.status)
        return true
    }

    /// The command tag of a statement known to begin a transaction; nil if a comment hides its verb.
    private static func beginTag(_ body: RawSpan) -> String? {
        for offset in 0..<body.byteCount {
            switch body.unsafeLoad(fromByteOffset: offset, as: UInt8.self) {
            case 0x09...0x0D, 0x20: continue
            case UInt8(ascii: "b"), UInt8(ascii: "B"): return "BEGIN"
            case UInt8(ascii: "s"), UInt8(ascii: "S"): return "START TRANSACTION"
            case _: return nil
            }
        }
        return nil
    }

    /// The attached server may run a statement of this verdict.
    func mayRunHere(_ verdict: StatementVerdict) -> Bool {
        if takesFramesDirectly { return true }
        return verdict.route == .replica && verdict.transaction == .none
    }

    /// A statement that a replica would take, in a READ ONLY transaction, and that would leave state
    /// where no later statement looks for it, or lock where nobody else sees the lock.
    func mustRefuse(_ verdict: StatementVerdict) -> Bool {
        guard attachment?.role == .replica, transaction == .inTransaction else { return false }
        return !verdict.effects.intersection([
            .setting, .role, .advisoryLock, .holdCursor, .sqlPrepared, .load,
        ]).isEmpty
    }

    /// Lets the server itself raise the error, so that its transaction fails as the client's does.
    mutating func substitute(parseName: [UInt8]?, _ owed: Owed) -> FrontendVerdict {
        let text = """
            DO $switchyard$BEGIN RAISE EXCEPTION USING ERRCODE = '0A000', MESSAGE = \
            'statements that leave state in the session cannot run in a READ ONLY transaction that \
            runs on a replica', HINT = 'Run it before BEGIN, use SET LOCAL, or begin without READ \
            ONLY.'; END$switchyard$
            """
        if let parseName {
            injection.message(FrontendMessageType.parse.rawValue) {
                $0.data(parseName)
                $0.byte(0)
                $0.string(text)
                $0.int16(0)
            }
            hasOpenSegment = true
            segmentIsRead = false
        } else {
            injection.query(text)
        }
        ledger.sent(owed)
        return .forwardInstead
    }

    /// The attached replica must not get this frame: wait for the running turn to end. Where the
    /// client has left its segment open, the proxy ends it: only reads have run in it.
    mutating func stallOrMove() -> FrontendVerdict {
        guard ledger.owedReadyForQuery == 0 && !isCopyingIn else { return .stall }
        injection.message(FrontendMessageType.sync.rawValue)
        ledger.sent(Owed(.sync, .swallow, effects: segmentEffects, isRead: segmentIsRead))
        hasOpenSegment = false
        beginSegment()
        return .stallAfterInjection
    }

    /// A new segment of the extended protocol begins.
    mutating func beginSegment() {
        segmentEffects = []
        segmentIsRead = true
    }

    /// A statement of the segment that is being sent.
    mutating func note(_ verdict: StatementVerdict) {
        segmentEffects.formUnion(verdict.effects)
        if verdict.route == .primary { segmentIsRead = false }
    }

    /// Messages whose size PostgreSQL does not bound, but for its bound on all.
    static func mayBeLarge(_ type: FrontendMessageType) -> Bool {
        switch type {
        case .query, .parse, .bind, .functionCall, .copyData: true
        case .close, .describe, .execute, .flush, .sync, .terminate, .copyDone, .copyFail,
            .password:
            false
        }
    }

    /// The body of this message does not have its shape.
    func malformed(_ type: FrontendMessageType) -> FrontendVerdict {
        .fail(.clientProtocol(.malformedBody(type: type.rawValue)))
    }

    /// One string, closed by the only zero byte.
    static func isOneString(_ body: RawSpan) -> Bool {
        var reader = BodyReader(body)
        return reader.string() != nil && reader.isAtEnd
    }

    /// Refuses the batch that was gathered.
    mutating func refuse(_ error: ErrorReply, endsSegment: Bool, reply: inout MessageWriter) {
        error.write(to: &reply)
        tally.errors += 1
        batch.clear()
        beginSegment()
        if deferred.state == .begun { deferred.fail() }
        phase = endsSegment ? .gathering : .skipping
        if endsSegment { reply.readyForQuery(deferred.status) }
    }
}
