import PostgresWire
import Routing
import StatementClassifier
import Vocabulary

extension Session {
    /// A frame of the client.
    /// - Parameters:
    ///   - frame: the message with its header; of an oversized one (`isWhole` false) the beginning.
    ///   - reply: takes what is answered here; send it to the client after what went before.
    package mutating func frontend(
        _ type: FrontendMessageType, frame: RawSpan, isWhole: Bool = true,
        texts: inout TextMemory, reply: inout MessageWriter
    ) -> FrontendVerdict {
        switch phase {
        case .waiting, .listening: return .stall
        case .skipping: return skipped(type, reply: &reply)
        case .gathering, .attached: break
        }
        if !hasStorage { wake(&texts) }
        let body = frame.extracting(FrameScanner.headerBytes..<frame.byteCount)
        guard isWhole || Self.mayBeLarge(type) else {
            return malformed(type, frame, isWhole: false)
        }
        if awaitsTurn || waitsForPromotion() { return .stall }
        if !statements.released.isEmpty || !stale.isEmpty { releaseStatements(&texts) }
        if phase == .gathering && deferred.state == .failed {
            return inFailedBlock(
                type, body, frame, isWhole, texts: &texts, reply: &reply)
        }
        if isDiscarding && type.isDiscardable { return discarded(isWhole) }
        if awaitsReset(type) { return .stall }
        if needsAlignment && phase == .attached && !hasOpenSegment && !isCopyingIn {
            realign()
            return afterInjection(
                take(type, body, frame, isWhole, texts: &texts, reply: &reply))
        }
        return take(type, body, frame, isWhole, texts: &texts, reply: &reply)
    }

    /// What was injected goes before whatever becomes of the frame.
    func afterInjection(_ verdict: FrontendVerdict) -> FrontendVerdict {
        if injection.isEmpty { return verdict }
        return switch verdict {
        case .forward: .forwardAfterInjection
        case .stall: .stallAfterInjection
        case .consumed: .forwardInstead
        case .keep, .keepInstead, .routeInstead, .route, .forwardAfterInjection, .forwardInstead,
            .stallAfterInjection, .listen, .depart, .fail:
            verdict
        }
    }

    /// A frame that the session is to see, in a phase that takes frames.
    private mutating func take(
        _ type: FrontendMessageType, _ body: RawSpan, _ frame: RawSpan, _ isWhole: Bool,
        texts: inout TextMemory, reply: inout MessageWriter
    ) -> FrontendVerdict {
        switch type {
        case .query:
            return query(body, frame, isWhole, texts: &texts, reply: &reply)
        case .parse: return afterInjection(parse(body, frame, isWhole, texts: &texts))
        case .bind: return bind(body, frame, isWhole, texts: &texts)
        case .describe: return describe(body, frame, texts: &texts)
        case .execute: return plain(Owed(.execute), frame)
        case .close: return close(body, frame)
        case .sync: return sync(frame, texts, reply: &reply)
        case .flush: return flush(frame, texts, reply: &reply)
        case .functionCall: return functionCall(body, frame)
        case .copyData: return copyData(frame.byteCount)
        case .copyDone, .copyFail: return copyEnd(frame)
        // As for PostgreSQL, what was sent before it is done first.
        case .terminate: return isAnswering ? .stall : .depart
        case .password: return .fail(.clientProtocol(.unknownType(type.rawValue)))
        }
    }

    private mutating func skipped(
        _ type: FrontendMessageType, reply: inout MessageWriter
    ) -> FrontendVerdict {
        if type == .terminate { return .depart }
        guard type == .sync else { return .consumed }
        phase = .gathering
        reply.readyForQuery(deferred.status)
        return .consumed
    }

    /// The server that is attached skips to the client's Sync, or would if it had not been given
    /// one of the proxy's own already.
    private var isDiscarding: Bool {
        phase == .attached && (ledger.isSkipping && !ledger.isInDoubt || discardsToSync)
    }

    /// The rest of an oversized frame goes to the server unseen: so must its beginning.
    private func discarded(_ isWhole: Bool) -> FrontendVerdict {
        if isWhole { return .consumed }
        return ledger.isSkipping ? .forward : .fail(.internalFault)
    }

    // MARK: Simple protocol

    private mutating func query(
        _ body: RawSpan, _ frame: RawSpan, _ isWhole: Bool, texts: inout TextMemory,
        reply: inout MessageWriter
    ) -> FrontendVerdict {
        guard !isWhole || Self.isOneString(body) else { return malformed(.query, frame) }
        var verdict = judge(body, 0..<(body.byteCount - 1), isWhole, &texts)
        let text = 0..<(body.byteCount - 1)
        let changes = takeChanges(from: &verdict, body, text)
        if let own = ownText(verdict, changes, body, text) {
            let message = Self.rewritten(.query, body, text, to: own)
            let whole = message.span.bytes
            let rest = whole.extracting(FrameScanner.headerBytes..<whole.byteCount)
            return instead(query(rest, whole, true, texts: &texts, reply: &reply), message)
        }
        let uses = nameUse(verdict, body, text)
        if phase == .gathering && !batch.hasFrames {
            if answersHere(verdict, body, frame, reply: &reply) { return .consumed }
            if setsAhead(verdict, changes, body, frame, reply: &reply) { return .consumed }
        }
        if let shared = sharesListen(verdict, body, reply: &reply) { return shared }
        guard phase == .attached else {
            statements.forgetUnnamed()
            provide(uses, isRun: true, isQuery: true, texts)
            note(verdict, changes)
            batch.judge(verdict, choice(verdict))
            batch.add(segmentEnd(.query), frameBytes: frame.byteCount)
            return closeBatch(endsSegment: true)
        }
        let isRefused = mustRefuse(verdict)
        guard isRefused || mayRunHere(verdict) else { return stallOrMove() }
        if isUnsettled(uses) { return .stall }
        if mustRefuseSequence(verdict) { return substituteQuery(Self.sequenceRefusal) }
        if mustRefuseChannels(verdict) { return substituteQuery(Self.channelsRefusal) }
        statements.forgetUnnamed()
        if isRefused { return substituteQuery() }
        provide(uses, isRun: true, isQuery: true, texts)
        note(verdict, changes)
        noteBlockEnd(verdict)
        hasOpenSegment = false
        ledger.sent(segmentEnd(.query))
        return afterInjection(.forward)
    }

    /// Judges a stretch of a body; text that is too long to be seen whole may do anything.
    mutating func judge(
        _ body: RawSpan, _ range: Range<Int>, _ isWhole: Bool, _ texts: inout TextMemory
    ) -> StatementVerdict {
        guard isWhole else {
            return StatementVerdict(route: .primary, reason: .tooLong, effects: .unexamined)
        }
        knowCatalog(&texts)
        return texts.classifier.classify(
            body.extracting(range),
            standardConformingStrings: settings.standardConformingStrings,
            isEncodingSafe: settings.hasSafeEncoding
                && (settings.hasUTF8 || !texts.catalogs.hasWideNames(catalog)),
            watchesClock: watchesClock, in: texts.catalogs, at: catalog)
    }

    // MARK: Ends of segments

    private mutating func sync(
        _ frame: RawSpan, _ texts: borrowing TextMemory, reply: inout MessageWriter
    ) -> FrontendVerdict {
        if isCopyingIn {
            ledger.syncDuringCopyIn()
            return .forward
        }
        guard frame.byteCount == FrameScanner.headerBytes else { return malformed(.sync, frame) }
        if phase == .gathering && !batch.hasFrames {
            reply.readyForQuery(deferred.status)
            return .consumed
        }
        guard phase == .attached else {
            if batch.bindsListen, let shared = sharesListen(texts, reply: &reply) { return shared }
            batch.add(segmentEnd(.sync), frameBytes: frame.byteCount)
            return closeBatch(endsSegment: true)
        }
        hasOpenSegment = false
        discardsToSync = false
        ledger.sent(segmentEnd(.sync))
        return .forward
    }

    private mutating func flush(
        _ frame: RawSpan, _ texts: borrowing TextMemory, reply: inout MessageWriter
    ) -> FrontendVerdict {
        guard frame.byteCount == FrameScanner.headerBytes else { return malformed(.flush, frame) }
        guard phase == .gathering else { return .forward }
        guard batch.hasFrames else { return .consumed }
        if let answered = describesListen(texts, reply: &reply) { return answered }
        // What was bound or executed before a Flush may be followed by a write in the same implicit
        // transaction; it cannot move to another server any more.
        if batch.hasPortal { batch.requirePrimary() }
        if deferred.state == .none && need == .read { return endAtFlush() }
        batch.add(nil, frameBytes: frame.byteCount)
        return closeBatch(endsSegment: false)
    }

    /// What has only been prepared so far is answered as well by a Sync of the proxy's own: what
    /// follows may then run anywhere, and is a batch of its own.
    private mutating func endAtFlush() -> FrontendVerdict {
        injection.message(FrontendMessageType.sync.rawValue)
        batch.add(segmentEnd(.sync, .swallow), frameBytes: FrameScanner.headerBytes)
        _ = closeBatch(endsSegment: false)
        return .routeInstead(.read)
    }

    private mutating func functionCall(_ body: RawSpan, _ frame: RawSpan) -> FrontendVerdict {
        if phase == .attached && (!takesFramesDirectly || isRoaming) { return stallOrMove() }
        segmentIsRead = false
        segmentMayWrite = true
        if !LargeObjectFunction.isCalled(by: body) { segmentEffects.formUnion(.unexamined) }
        let owed = segmentEnd(.functionCall)
        guard phase == .attached else {
            batch.requirePrimary()
            batch.add(owed, frameBytes: frame.byteCount)
            return closeBatch(endsSegment: true)
        }
        hasOpenSegment = false
        ledger.sent(owed)
        return .forward
    }

    /// Some bytes of CopyData, or of the rest of an oversized frame, which nobody needs to see.
    /// Part of a batch where a client sends a whole COPY at once; else only the server may want
    /// them: one that is not in COPY-in ignores them.
    package mutating func copyData(_ bytes: Int) -> FrontendVerdict {
        switch phase {
        case .waiting, .listening: return .stall
        case .attached: return awaitsTurn || promotion.isProving ? .stall : .forward
        case .skipping: return .consumed
        case .gathering: break
        }
        guard batch.hasFrames else { return .consumed }
        batch.add(nil, frameBytes: bytes)
        return batch.frameBytes > Limits.heldBatchBytes ? routeEarly() : .keep
    }

    private mutating func copyEnd(_ frame: RawSpan) -> FrontendVerdict {
        guard phase == .attached else {
            guard batch.hasFrames else { return .consumed }
            batch.add(Owed(.copyEnd), frameBytes: frame.byteCount)
            return batch.frameBytes > Limits.heldBatchBytes ? routeEarly() : .keep
        }
        if isCopyingIn { isCopyingIn = false } else { ledger.sent(Owed(.copyEnd)) }
        return .forward
    }

    /// A frame that only has to take its place among what is owed.
    mutating func plain(_ owed: Owed, _ frame: RawSpan) -> FrontendVerdict {
        guard phase == .attached else {
            batch.add(owed, frameBytes: frame.byteCount)
            return batch.frameBytes > Limits.heldBatchBytes ? routeEarly() : .keep
        }
        hasOpenSegment = true
        ledger.sent(owed)
        return .forward
    }
}
