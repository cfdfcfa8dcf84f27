import PostgresWire
import StatementClassifier
import Vocabulary

// LISTEN and UNLISTEN outside transactions: they are carried out on a connection that all sessions
// share which do not listen on one of their own.
extension Session {
    /// Takes a Query that is one LISTEN or UNLISTEN and nothing else. Nil: it is not, or the
    /// session's own server connection has to take it.
    mutating func sharesListen(
        _ verdict: StatementVerdict, _ body: RawSpan, reply: inout MessageWriter
    ) -> FrontendVerdict? {
        guard verdict.reason == .notification, verdict.statementCount == 1, !batch.hasFrames,
            !verdict.effects.isDisjoint(with: [.listen, .mayRelease]), listening.isShared
        else { return nil }
        if mustSettleBeforeListen { return .stall }
        guard let statement = shareable(body.extracting(0..<(body.byteCount - 1))) else {
            return nil
        }
        statements.forgetUnnamed()
        return carryOut(statement, preface: [], reply: &reply)
    }

    /// Whether a transaction will be open is known only once the server has answered.
    private var mustSettleBeforeListen: Bool {
        phase == .attached && !ledger.isEmpty && !ledger.isInDoubt && !hasOpenSegment
            && !isCopyingIn && !pins.reasons.contains(.listen)
    }

    /// The statement of a text that can be carried out here and now.
    func shareable(_ text: RawSpan) -> ListenStatement? {
        guard listening.isShared, settings.hasSafeEncoding,
            phase == .gathering ? deferred.state == .none : isPinnedAtRest
        else { return nil }
        let statement = ListenStatement.read(
            text, standardConformingStrings: settings.standardConformingStrings)
        if case .listen(let channel) = statement, listening.isFull,
            !listening.channels.contains(channel)
        {
            return nil
        }
        return statement
    }

    /// The session keeps a server that it does not listen on, and nothing runs there.
    private var isPinnedAtRest: Bool {
        phase == .attached && ledger.isEmpty && isAtRest && !pins.reasons.contains(.listen)
    }

    /// - Parameter preface: what is answered before the statement's own outcome.
    mutating func carryOut(
        _ statement: ListenStatement, preface: [UInt8], reply: inout MessageWriter
    ) -> FrontendVerdict {
        switch statement {
        case .listen(let channel):
            listening.await(channel, preface: preface)
            phase = .listening
        case .unlisten(let channel):
            listening.leave(channel)
            answerListen("UNLISTEN", preface, reply: &reply)
        case .unlistenAll:
            listening.leaveAll()
            answerListen("UNLISTEN", preface, reply: &reply)
        }
        return .listen
    }

    private mutating func answerListen(
        _ tag: String, _ preface: [UInt8], reply: inout MessageWriter
    ) {
        tally.writes += 1
        tally.transactions += 1
        reply.raw(preface)
        reply.commandComplete(tag)
        reply.readyForQuery(.idle)
    }

    /// The LISTEN that the session waits for is done.
    package mutating func listened(reply: inout MessageWriter) {
        guard phase == .listening else { return }
        if withholdsReady { return releaseReady(reply: &reply) }
        answerListen("LISTEN", listening.preface, reply: &reply)
        listening.settle(isListening: true)
        phase = attachment == nil ? .gathering : .attached
    }

    /// The LISTEN that the session waits for has failed.
    /// - Parameter message: the server's ErrorResponse; nil: `error` says why.
    package mutating func listenRefused(
        _ message: [UInt8]?, _ error: ErrorReply, reply: inout MessageWriter
    ) {
        guard phase == .listening else { return }
        if withholdsReady { return releaseReady(reply: &reply) }
        tally.errors += 1
        reply.raw(listening.preface)
        if let message { reply.raw(message) } else { error.write(to: &reply) }
        reply.readyForQuery(.idle)
        listening.settle(isListening: false)
        phase = attachment == nil ? .gathering : .attached
    }

    // MARK: Statements that the session's own server runs

    /// A mark on effects: among the statements was one that may take back an UNLISTEN.
    private static let takesBack = SessionEffects(rawValue: 1 << 26)

    /// A statement goes to a server: what it means for what the session listens on.
    mutating func noteUnlisten(_ verdict: StatementVerdict) {
        guard listening.isActive else { return }
        switch verdict.transaction {
        case .none, .commit, .begin, .setTransaction: break
        case .rollback, .other: segmentEffects.formUnion(Self.takesBack)
        }
    }

    /// A segment is over: UNLISTEN * and DISCARD ALL count once they are committed. In doubt the
    /// session listens on.
    mutating func settleUnlisten(_ owed: Owed, failed: Bool) {
        guard listening.isActive else { return }
        if failed || transaction == .failed || owed.effects.contains(Self.takesBack) {
            listening.leavesAtCommit = false
        } else if !owed.effects.isDisjoint(with: [.unlistenAll, .discardAll]) {
            listening.leavesAtCommit = true
        }
        if transaction == .idle && listening.leavesAtCommit { listening.leaveAll() }
    }

    /// A notification that the session's own server has sent. The shared connection brings those of
    /// its channels.
    mutating func ownNotification(_ body: RawSpan) -> BackendVerdict {
        watermark.told()
        guard listening.isActive, let channel = ListenRoster.channel(of: body),
            listening.channels.contains(channel)
        else { return .forward }
        return .swallow
    }

    // MARK: What comes over the shared connection

    /// What the roster of the shared connection is to be told.
    package mutating func takeListenOrders() -> [Listening.Order] { listening.takeOrders() }

    /// Notifications that have waited until now.
    package mutating func takeHeldNotifications() -> [UInt8] { listening.takeHeld() }

    /// What becomes of a notification.
    package enum Delivery: Sendable { case now, later, tooMuch }

    /// A notification on a channel that the session listens on. As PostgreSQL does, it is told
    /// outside transactions only.
    /// - Parameter canSend: the client takes what it is sent.
    package mutating func notified(_ message: RawSpan, canSend: Bool) -> Delivery {
        if isAtRest && canSend && !listening.holds { return .now }
        return listening.hold(message) ? .later : .tooMuch
    }

    /// The shared connection is gone.
    package mutating func listeningEnded(_ end: Listening.End) {
        listening.lose(end)
    }
}
