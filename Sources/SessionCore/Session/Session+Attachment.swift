import PostgresWire
import Routing
import StatementClassifier
import Vocabulary

// A server is granted, refused, lost or released.
extension Session {
    /// A server was found for the batch that waits. `takeInjection` gives what must precede the
    /// client's frames: the deferred BEGIN, and statements that the frames refer to.
    package mutating func granted(_ node: NodeID, role: Role) {
        attachment = Attachment(node: node, role: role)
        phase = .attached
        transaction = .idle
        fatal = nil
        if deferred.state == .begun {
            injection.raw(deferred.prelude)
            for _ in 0..<deferred.messageCount { ledger.sent(Owed(.query, .swallow)) }
            deferred.clear()
        }
        for name in batch.foreignNames { _ = injectStatement(name) }
        for owed in batch.owed where !ledger.sent(owed) && owed.kind == .parse {
            statements.failed(owed.statement)
        }
        hasOpenSegment = !batchEndsSegment
        batch.clear()
    }

    /// No server could be had for the batch that waits; its frames are to be thrown away.
    package mutating func refused(_ error: ErrorReply, reply: inout MessageWriter) {
        guard phase == .waiting else { return }
        refuse(error, endsSegment: batchEndsSegment, reply: &reply)
    }

    /// The attached server has been given back.
    package mutating func released() {
        attachment = nil
        phase = skipsAfterRelease ? .skipping : .gathering
        skipsAfterRelease = false
        transaction = .idle
        isCopyingIn = false
        hasOpenSegment = false
        ledger.reset()
        statements.detached()
        settings.detached()
        pins.clear()
    }

    /// The attached server's connection broke.
    /// - Parameters:
    ///   - midFrame: part of a message has reached the client: nothing can be said any more.
    ///   - cause: what the socket or the server said.
    package mutating func lost(
        node: String, cause: String, midFrame: Bool, reply: inout MessageWriter
    ) -> LossVerdict {
        let words = fatal ?? cause
        let isBusy = !ledger.isEmpty || hasOpenSegment
        let mustClose =
            midFrame || transaction != .idle || !pins.isEmpty || isCopyingIn
            || ledger.owedReadyForQuery > 1
        let endsSegment = !hasOpenSegment && !ledger.isSkipping
        defer { released() }
        if mustClose { return .fail(.serverLost(node: node, cause: words, closing: true)) }
        guard isBusy else { return .unnoticed }
        ErrorReply.serverLost(node: node, cause: words, closing: false).write(to: &reply)
        tally.errors += 1
        if endsSegment { reply.readyForQuery(.idle) } else { skipsAfterRelease = true }
        return .answered
    }
}
