import PostgresWire
import Routing
import StatementClassifier
import Vocabulary

// A server is granted, refused, lost or released.
extension Session {
    /// A server was found for the batch that waits: `takeOpening` gives what to send it.
    /// Returns what the client must be told first: settings that are not what they were elsewhere.
    /// - Parameters:
    ///   - held: what the connection's session holds; it is the session's until `released`.
    ///   - isShared: the batch `mayShare` and `fits`: call `leaveContents` next.
    package mutating func granted(
        _ node: NodeID, role: Role, holding held: consuming ServerSession,
        isShared: Bool = false, texts: borrowing TextMemory
    ) -> [SettingsTracker.Reported] {
        attachment = Attachment(node: node, role: role)
        isSharing = isShared
        phase = .attached
        transaction = .idle
        if !fatals.isEmpty { fatals = [] }
        var held = held
        swap(&server, &held)
        let news = openWithSettings()
        openWithSequences()
        openWithChannels()
        beginHold(role)
        openWithBlock()
        _ = inject(batch.preparation)
        let isPromoted = openWithPromotion(texts)
        if !isPromoted { openWithStatements(texts) }
        let isEnded = batchEndsSegment || ledger.owesSyncOfProxy
        hasOpenSegment = !isEnded
        endMaking(isEnded)
        keepOpening()
        if hold.state == .off { batch.clear() }
        return news
    }

    /// Begins the client's block, if one waits to be begun; goes on with one that is there.
    private mutating func openWithBlock() {
        let isPrelude = deferred.state == .begun
        let goesOn = deferred.state == .roaming
        if !goesOn && (isPrelude || batch.reads.begins != nil) { beginRoaming() }
        if isPrelude {
            injection.raw(deferred.prelude)
            for _ in 0..<deferred.messageCount { ledger.sent(Owed(.query, .swallow)) }
        }
        if deferred.state != .roaming && (isPrelude || deferred.staysOnPrimary) {
            deferred.clear()
        }
        guard isPrelude || goesOn else { return }
        // So it is for the client, and will be for the server before anything else.
        transaction = .inTransaction
        isBlockEnding = attachment?.role == .replica && batch.reads.endBlock
    }

    /// The client has just logged in, with settings that no server has been asked for before: the
    /// attached server is given them, and tells what it reports then.
    package mutating func welcome(_ node: NodeID, role: Role, holding held: consuming ServerSession)
    {
        attachment = Attachment(node: node, role: role)
        phase = .attached
        server = held
        isWelcoming = true
        _ = openWithSettings()
    }

    /// The batch goes as it is. Puts what shared statements need between the frames of the batch.
    private mutating func openWithStatements(_ texts: borrowing TextMemory) {
        if batch.points.isEmpty {
            for owed in batch.owed { ledger.sent(owed) }
            return
        }
        // What precedes the batch precedes its first frame.
        cuts.append(Cut(offset: 0, injected: injection.bytes.count))
        var index = 0
        for point in batch.points {
            while index < point.index {
                ledger.sent(batch.owed[index])
                index += 1
            }
            switch point.want {
            case .statement(let statement): ensure(statement, texts)
            case .removal: removesStatements()
            case .named(let statement, let name):
                let isQuery = batch.owed[index].kind == .query
                provide(statement, name, isQuery: isQuery, texts)
            case .parse(let statement):
                makeKnown(statement, batch.owed[index].statement, texts)
                index += 1
            }
            cuts.append(Cut(offset: point.offset, injected: injection.bytes.count))
        }
        for owed in batch.owed[index...] { ledger.sent(owed) }
    }

    /// What the server that was granted is sent first, in stretches and in order.
    /// - Parameter frames: the frames of the batch that were kept.
    package mutating func takeOpening(
        _ frames: borrowing [UInt8], _ send: (RawSpan) -> Void
    ) {
        var (frame, injected) = (promotion.sparedBytes, 0)
        for cut in cuts {
            if cut.offset > frame { send(frames.span.bytes.extracting(frame..<cut.offset)) }
            if cut.injected > injected {
                send(injection.bytes.span.bytes.extracting(injected..<cut.injected))
            }
            (frame, injected) = (cut.offset, cut.injected)
        }
        let rest = injection.bytes.count
        if rest > injected { send(injection.bytes.span.bytes.extracting(injected..<rest)) }
        if frames.count > frame { send(frames.span.bytes.extracting(frame..<frames.count)) }
        if !cuts.isEmpty {
            if cuts.count > 32 { cuts = [] } else { cuts.removeAll(keepingCapacity: true) }
        }
        clearInjection()
    }

    /// Messages to send before anything else; empties them.
    package mutating func takeInjection(_ body: (borrowing [UInt8]) -> Void) {
        body(injection.bytes)
        clearInjection()
    }

    /// A large statement that was prepared again is not kept for an idle client.
    private mutating func clearInjection() {
        if injection.bytes.count > 4_096 { injection = MessageWriter() } else { injection.clear() }
    }

    /// What a message of the server was replaced with; empties it.
    package mutating func takeReplacement() -> [UInt8] {
        defer { replacement = MessageWriter() }
        return replacement.bytes
    }

    /// No server could be had for the batch that waits; its frames are to be thrown away.
    /// - Parameter message: the body of an ErrorResponse to be sent instead; empty: none.
    package mutating func refused(
        _ error: ErrorReply, message: [UInt8] = [], reply: inout MessageWriter
    ) {
        guard phase == .waiting else { return }
        refuse(error, message, endsSegment: batchEndsSegment, reply: &reply)
    }

    /// The attached server is given back. Returns what its session holds.
    @discardableResult
    package mutating func released() -> ServerSession {
        let held = detach()
        phase = withholdsReady ? .listening : skipsAfterRelease ? .skipping : .gathering
        skipsAfterRelease = false
        if hold.state != .off {
            hold.end()
            batch.clear()
        }
        return held
    }

    /// Nothing of the attached server is left in the session. Returns what the server's holds.
    mutating func detach() -> ServerSession {
        var held = ServerSession()
        swap(&server, &held)
        attachment = nil
        isSharing = false
        transaction = .idle
        isCopyingIn = false
        hasOpenSegment = false
        discardsToSync = false
        isBlockEnding = false
        hasLocalSettings = false
        needsAlignment = false
        hasWritten = false
        if !opening.isEmpty { opening.removeAll(keepingCapacity: true) }
        if !sqlNames.isEmpty { sqlNames = [] }
        listening.leavesAtCommit = false
        listensOnOwn = false
        beginSegment()
        promotion.detached()
        ledger.reset()
        if !making.isEmpty { making.removeAll() }
        statements.unnamedIsAbsent()
        // A block that goes on elsewhere takes along what it has set.
        settings.detached(keepsPending: deferred.state != .none || hold.begun != nil)
        pins.clear()
        return held
    }

    /// The attached server's connection broke.
    /// - Parameters:
    ///   - midFrame: part of a message has reached the client: nothing can be said any more.
    ///   - cause: what the socket or the server said.
    package mutating func lost(
        node: String, cause: String, midFrame: Bool, reply: inout MessageWriter
    ) -> LossVerdict {
        if healLoss() { return .runElsewhere }
        let words = fatal?.text ?? cause
        // A segment that the client has not ended yet, and those whose end is not acknowledged.
        // One that the proxy has ended in the client's place is still open for the client.
        let endsHere = ledger.owesSyncOfProxy
        let isOpen = hasOpenSegment || ledger.isSkipping || discardsToSync || endsHere
        let owed = ledger.owesProxyOnly ? 0 : ledger.owedReadyForQuery - (endsHere ? 1 : 0)
        let segments = owed + (isOpen ? 1 : 0)
        let mustClose =
            midFrame || transaction != .idle || !pins.isEmpty || isCopyingIn
            || ledger.isInDoubt || segments > 1
        let wasTold = ledger.sawError || ledger.isSkipping || discardsToSync
        if attachment?.role == .primary && (segments > 0 || transaction != .idle || isCopyingIn) {
            watermark.lost()
        }
        ledger.forEach { undo($0) }
        promotionFailed()
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
