import PostgresWire
import Routing
import StatementClassifier
import Vocabulary

// A read that a replica refuses, or dies of, is run again elsewhere, as long as nothing of its
// answer has reached the client. The shell keeps the batch's frames and the answer meanwhile.
extension Session {
    /// What the attached server answers is to be kept from the client.
    package var holdsReply: Bool { hold.state != .off }

    /// What has been kept is nobody's: the batch is going to run elsewhere.
    package var isWithdrawing: Bool { hold.state == .withdrawing }

    /// Decides whether the batch that was granted a server could be run on another one too. Only
    /// what the classifier has proven a read is: whoever forces anything else to a replica gets the
    /// replica's answer.
    mutating func beginHold(_ role: Role) {
        guard role == .replica || isSharing, batch.isProvenRead, batch.isWhole,
            batch.frameBytes <= Limits.rerunBytes
        else { return }
        hold.begin(deferred.replayable)
    }

    /// What was kept is the client's now: it has become too much, or it has waited long enough.
    package mutating func letGo() {
        guard hold.state == .holding else { return }
        hold.end()
        batch.clear()
    }

    /// Where else the batch could run, should this error have to be healed.
    package mutating func weigh(_ elsewhere: Elsewhere) { hold.elsewhere = elsewhere }

    /// The client's next batch is a turn of its own on whatever node: while a batch runs on a
    /// replica, or on a connection that it shares, what follows waits.
    var awaitsTurn: Bool {
        guard let attachment, attachment.role == .replica || isSharing else { return false }
        if isSharing || hold.state != .off { return true }
        return (transaction == .idle || isBlockEnding) && ledger.owedReadyForQuery > 0
            && !hasOpenSegment
    }

    /// Of the batch that waits or is held back: that of its statement, if it has only one. 0: it
    /// has none.
    package var fingerprint: UInt64 { batch.fingerprint }

    /// A text of the batch that was withdrawn; nil: it is not remembered.
    /// - Parameter frames: of the batch.
    package func withdrawnText(
        _ frames: borrowing RawSpan, texts: borrowing TextMemory
    ) -> [UInt8]? {
        for point in batch.points {
            switch point.want {
            case .statement(let shared):
                return Array(texts.statements.body(of: shared.number).prefix { $0 != 0 })
            case .parse(let number), .named(let number, _):
                return Array(texts.statements.body(of: number).prefix { $0 != 0 })
            case .removal: continue
            }
        }
        if case .parse(let message, _) = batch.preparation {
            return Array(message.dropFirst(FrameScanner.headerBytes + 1).prefix { $0 != 0 })
        }
        guard frames.byteCount > FrameScanner.headerBytes else { return nil }
        let type = frames.unsafeLoad(fromByteOffset: 0, as: UInt8.self)
        var reader = BodyReader(
            frames.extracting(FrameScanner.headerBytes..<frames.byteCount))
        switch FrontendMessageType(rawValue: type) {
        case .query: break
        case .parse: guard reader.string() != nil else { return nil }
        case _: return nil
        }
        let body = frames.extracting(FrameScanner.headerBytes..<frames.byteCount)
        return reader.string().map { body.copy($0) }
    }

    // MARK: The replica refuses

    /// An error that the client need not see. Nil: it is the client's.
    mutating func heal(_ body: RawSpan) -> BackendVerdict? {
        guard hold.state == .holding else { return nil }
        guard !Self.isStalePlan(body), let refusal = StandbyRefusal(error: Self.sqlState(body)),
            hold.elsewhere.canHeal(refusal.scope)
        else {
            letGo()
            return nil
        }
        return withdraw(refusal, body)
    }

    /// The replica would not take the session's settings. Nil: so would no other.
    mutating func healAlignment(_ body: RawSpan) -> BackendVerdict? {
        guard hold.state == .holding, hold.elsewhere.canHeal(.thisReplica) else { return nil }
        hold.needsReset = true
        return withdraw(.setting(Self.sqlState(body)), body)
    }

    private mutating func withdraw(
        _ refusal: StandbyRefusal, _ body: RawSpan
    ) -> BackendVerdict {
        hold.withdraw(refusal, body.copy(0..<body.byteCount))
        failedUnseen()
        return .swallow
    }

    /// The server skips what was sent, but the client's words stand: they are for another one.
    mutating func failedUnseen() {
        var dropped: [Owed] = []
        _ = ledger.failed { dropped.append($0) }
        for owed in dropped.reversed() { undoOnServer(owed) }
    }

    /// A message of a server that is done for, until it is done with what it was sent.
    mutating func withdrawn(_ type: BackendMessageType, _ body: RawSpan) -> BackendVerdict {
        switch type {
        case .readyForQuery: return withdrawnReady(body)
        case .errorResponse:
            if noteFatal(body) { return .swallow }
            failedUnseen()
        case .parseComplete:
            if let head = ledger.head { made(head) }
            _ = ledger.paid(.parse)
        case .bindComplete: _ = ledger.paid(.bind)
        case .closeComplete: _ = ledger.paid(.close, .parseKnown)
        case .noData: _ = ledger.paid(.describeStatement, .describePortal)
        case .rowDescription: _ = ledger.described()
        case .commandComplete, .emptyQueryResponse, .portalSuspended: _ = ledger.completed()
        case .parameterStatus: _ = report(body)
        case .noticeResponse, .notificationResponse, .dataRow, .copyData, .copyDone,
            .copyOutResponse, .parameterDescription, .functionCallResponse:
            break
        case .copyInResponse, .copyBothResponse, .authentication, .backendKeyData,
            .negotiateProtocolVersion:
            return .violation
        }
        return .swallow
    }

    private mutating func withdrawnReady(_ body: RawSpan) -> BackendVerdict {
        guard let status = Self.status(body) else { return .violation }
        _ = ledger.readyForQuery()
        guard ledger.isEmpty else { return .swallow }
        guard status == .idle else {
            if isSharing { return .violation }
            injection.query("ROLLBACK")
            ledger.sent(Owed(.query, .swallow, effects: PinSet.withdrawn))
            return .swallow
        }
        return .withdrawn(hold.needsReset ? .reset : .clean)
    }

    // MARK: Elsewhere

    /// The connection is gone, and the batch can run elsewhere all the same.
    mutating func healLoss() -> Bool {
        switch hold.state {
        case .off: return false
        case .withdrawing: return true
        case .holding: break
        }
        if isSharing {
            hold.withdraw(.neighbor, [])
            return true
        }
        let refusal = fatal.map { StandbyRefusal(fatal: $0.state) } ?? .connectionLost
        guard let refusal, hold.elsewhere.canHeal(refusal.scope) else { return false }
        hold.withdraw(refusal, [])
        return true
    }

    /// The server that has failed is left, and the batch waits for another, as it was before it was
    /// granted one. What was kept of the answer is to be thrown away.
    /// - Returns: what the server's session holds, and why it has failed.
    package mutating func withdraw() -> (ServerSession, StandbyRefusal, message: [UInt8]) {
        let held = detach()
        let outcome = (held, hold.refusal ?? .connectionLost, hold.message)
        if let begun = hold.begun { deferred = begun } else { deferred.clear() }
        if let told = hold.told { settings.retold(told) }
        hold.end()
        phase = .waiting
        return outcome
    }
}

extension Session {
    /// The SQLSTATE of an error; empty: it has none.
    static func sqlState(_ body: RawSpan) -> String {
        var reader = BodyReader(body)
        while let code = reader.byte(), code != 0, let value = reader.string() {
            if code == UInt8(ascii: "C") { return body.text(value) }
        }
        return ""
    }

    /// What ReadyForQuery says; nil: it is malformed.
    static func status(_ body: RawSpan) -> TransactionStatus? {
        guard body.byteCount == 1 else { return nil }
        return TransactionStatus(rawValue: body.unsafeLoad(fromByteOffset: 0, as: UInt8.self))
    }
}
