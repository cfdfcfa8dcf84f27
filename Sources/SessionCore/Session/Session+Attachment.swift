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
            // So it is for the client, and will be for the server before anything else.
            transaction = .inTransaction
        }
        for preparation in batch.preparations { _ = inject(preparation) }
        for owed in batch.owed { ledger.sent(owed) }
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
        discardsToSync = false
        isBlockEnding = false
        beginSegment()
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
        let words = fatal?.text ?? cause
        // A segment that the client has not ended yet, and those whose end is not acknowledged.
        // One that the proxy has ended in the client's place is still open for the client.
        let endsHere = ledger.owesSyncOfProxy
        let isOpen = hasOpenSegment || ledger.isSkipping || discardsToSync || endsHere
        let segments = ledger.owedReadyForQuery - (endsHere ? 1 : 0) + (isOpen ? 1 : 0)
        let mustClose =
            midFrame || transaction != .idle || !pins.isEmpty || isCopyingIn
            || ledger.isInDoubt || segments > 1
        let wasTold = ledger.sawError || ledger.isSkipping || discardsToSync
        ledger.forEach { statements.undo($0) }
        defer { released() }
        // Within a message nothing can be said that would be understood.
        if midFrame { return .passOn([]) }
        if mustClose {
            return fatal.map { .passOn($0.message) }
                ?? .fail(.serverLost(node: node, cause: words, closing: true))
        }
        guard segments > 0 else { return .unnoticed }
        if !wasTold {
            ErrorReply.serverLost(node: node, cause: words, closing: false).write(to: &reply)
            tally.errors += 1
        }
        if isOpen { skipsAfterRelease = true } else { reply.readyForQuery(.idle) }
        return .answered
    }
}
