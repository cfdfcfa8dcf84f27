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
        classifier: inout Classifier, reply: inout MessageWriter
    ) -> FrontendVerdict {
        switch phase {
        case .waiting: return .stall
        case .skipping: return skipped(type, reply: &reply)
        case .gathering, .attached: break
        }
        let body = frame.extracting(FrameScanner.headerBytes..<frame.byteCount)
        guard isWhole || Self.mayBeLarge(type) else { return malformed(type) }
        if phase == .gathering && deferred.state == .failed {
            return inFailedBlock(
                type, body, frame, isWhole, classifier: &classifier, reply: &reply)
        }
        if isDiscarding && type.isDiscardable { return discarded(isWhole) }
        switch type {
        case .query:
            return query(body, frame, isWhole, classifier: &classifier, reply: &reply)
        case .parse: return parse(body, frame, isWhole, classifier: &classifier)
        case .bind: return bind(body, frame, isWhole)
        case .describe: return describe(body, frame)
        case .execute: return plain(Owed(.execute), frame)
        case .close: return close(body, frame)
        case .sync: return sync(frame, reply: &reply)
        case .flush: return flush(frame)
        case .functionCall: return functionCall(body, frame)
        case .copyData: return copyData(frame.byteCount)
        case .copyDone, .copyFail: return copyEnd(frame)
        case .terminate: return .depart
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
        _ body: RawSpan, _ frame: RawSpan, _ isWhole: Bool, classifier: inout Classifier,
        reply: inout MessageWriter
    ) -> FrontendVerdict {
        guard !isWhole || Self.isOneString(body) else { return malformed(.query) }
        let verdict = judge(body, 0..<(body.byteCount - 1), isWhole, &classifier)
        if phase == .gathering && !batch.hasFrames
            && answersHere(verdict, body, frame, reply: &reply)
        {
            return .consumed
        }
        guard phase == .attached else {
            statements.forgetUnnamed()
            note(verdict)
            batch.judge(verdict)
            batch.add(segmentEnd(.query), frameBytes: frame.byteCount)
            return closeBatch(endsSegment: true)
        }
        let isRefused = mustRefuse(verdict)
        guard isRefused || mayRunHere(verdict) else { return stallOrMove() }
        statements.forgetUnnamed()
        if isRefused { return substitute(parse: nil) }
        note(verdict)
        noteBlockEnd(verdict)
        hasOpenSegment = false
        ledger.sent(segmentEnd(.query))
        return .forward
    }

    /// Judges a stretch of a body; text that is too long to be seen whole may do anything.
    func judge(
        _ body: RawSpan, _ range: Range<Int>, _ isWhole: Bool, _ classifier: inout Classifier
    ) -> StatementVerdict {
        guard isWhole else {
            return StatementVerdict(route: .primary, reason: .tooLong, effects: .unexamined)
        }
        return classifier.classify(
            body.extracting(range),
            standardConformingStrings: settings.standardConformingStrings)
    }

    // MARK: Extended protocol

    private mutating func parse(
        _ body: RawSpan, _ frame: RawSpan, _ isWhole: Bool, classifier: inout Classifier
    ) -> FrontendVerdict {
        var reader = BodyReader(body)
        guard let nameRange = reader.string() else { return malformed(.parse) }
        let text = isWhole ? reader.string() : reader.rest()
        guard let text else { return malformed(.parse) }
        let verdict = judge(body, text, isWhole, &classifier)
        let name = body.copy(nameRange)
        let isRefused = mustRefuse(verdict)
        if phase == .attached && !isRefused {
            guard mayRunHere(verdict) && (name.isEmpty || takesFramesDirectly) else {
                return stallOrMove()
            }
        }
        // A name that exists already must exist on this server too, so that it refuses the second.
        let mustInject = !name.isEmpty && makePresent(name)
        let number = remember(name, frame, verdict, isWhole)
        if isRefused { return substitute(parse: (name, number)) }
        note(verdict, isParse: true)
        let owed = Owed(.parse, statement: number)
        guard phase == .gathering else {
            hasOpenSegment = true
            ledger.sent(owed)
            return mustInject ? .forwardAfterInjection : .forward
        }
        batch.judge(verdict)
        batch.parses(name)
        if !name.isEmpty { batch.requirePrimary() }
        let kept = plain(owed, frame)
        return isWhole ? kept : routeEarly()
    }

    /// Remembers a Parse; one that is not whole, or beyond the bound, pins the session instead.
    private mutating func remember(
        _ name: [UInt8], _ frame: RawSpan, _ verdict: StatementVerdict, _ isWhole: Bool
    ) -> UInt32 {
        if isWhole,
            let number = statements.parsed(name: name, message: frame, verdict: verdict)
        {
            return number
        }
        segmentEffects.formUnion(.unexamined)
        batch.requirePrimary()
        if name.isEmpty { statements.forgetUnnamed() }
        return PreparedStatements.noNumber
    }

    private mutating func bind(
        _ body: RawSpan, _ frame: RawSpan, _ isWhole: Bool
    ) -> FrontendVerdict {
        var reader = BodyReader(body)
        guard reader.string() != nil, let nameRange = reader.string() else {
            return malformed(.bind)
        }
        let verdict = refer(to: body.copy(nameRange), Owed(.bind), frame)
        if phase == .gathering { batch.opensPortal() }
        if case .keep = verdict, !isWhole { return routeEarly() }
        return verdict
    }

    private mutating func describe(_ body: RawSpan, _ frame: RawSpan) -> FrontendVerdict {
        var reader = BodyReader(body)
        guard let kind = reader.byte(), let name = reader.string() else {
            return malformed(.describe)
        }
        guard kind == UInt8(ascii: "S") else { return plain(Owed(.describePortal), frame) }
        return refer(to: body.copy(name), Owed(.describeStatement), frame)
    }

    /// A message that refers to a prepared statement: it must be there first.
    private mutating func refer(
        to name: [UInt8], _ owed: Owed, _ frame: RawSpan
    ) -> FrontendVerdict {
        let verdict = statements.verdict(name: name)
        if phase == .attached, let verdict, !mayRunHere(verdict) { return stallOrMove() }
        if let verdict {
            note(verdict, isParse: owed.kind != .bind)
        } else {
            segmentIsRead = false
        }
        guard phase == .attached else {
            if let verdict { batch.judge(verdict) } else { batch.requirePrimary() }
            _ = makePresent(name)
            return plain(owed, frame)
        }
        if owed.kind == .bind, let verdict { noteBlockEnd(verdict) }
        let mustInject = makePresent(name)
        let forwarded = plain(owed, frame)
        return mustInject ? .forwardAfterInjection : forwarded
    }

    /// Sees to it that a statement exists on the attached server, or on the one that the batch will
    /// get: as it is now, not as later messages of the batch make it. Returns whether something is
    /// to be injected at once.
    private mutating func makePresent(_ name: [UInt8]) -> Bool {
        guard phase == .attached else {
            if batch.refers(to: name) { batch.needs(statements.prepare(name: name)) }
            return false
        }
        return inject(statements.prepare(name: name))
    }

    /// Writes what makes a statement exist on the attached server. Returns false if nothing must.
    mutating func inject(_ preparation: PreparedStatements.Preparation) -> Bool {
        switch preparation {
        case .none: return false
        case .parse(let message, let number):
            injection.raw(message)
            ledger.sent(Owed(.parse, .swallow, statement: number))
        case .closeUnnamed:
            injection.closeStatement("")
            ledger.sent(Owed(.close, .swallow, statement: PreparedStatements.noNumber))
        }
        return true
    }

    private mutating func close(_ body: RawSpan, _ frame: RawSpan) -> FrontendVerdict {
        var reader = BodyReader(body)
        guard let kind = reader.byte(), let name = reader.string() else {
            return malformed(.close)
        }
        let number =
            kind == UInt8(ascii: "S")
            ? statements.closed(name: body.copy(name)) : PreparedStatements.noNumber
        return plain(Owed(.close, statement: number), frame)
    }

    private mutating func sync(_ frame: RawSpan, reply: inout MessageWriter) -> FrontendVerdict {
        guard frame.byteCount == FrameScanner.headerBytes else { return malformed(.sync) }
        if phase == .gathering && !batch.hasFrames {
            reply.readyForQuery(deferred.status)
            return .consumed
        }
        if isCopyingIn {
            ledger.syncDuringCopyIn()
            return .forward
        }
        guard phase == .attached else {
            batch.add(segmentEnd(.sync), frameBytes: frame.byteCount)
            return closeBatch(endsSegment: true)
        }
        hasOpenSegment = false
        discardsToSync = false
        ledger.sent(segmentEnd(.sync))
        return .forward
    }

    private mutating func flush(_ frame: RawSpan) -> FrontendVerdict {
        guard phase == .gathering else { return .forward }
        guard batch.hasFrames else { return .consumed }
        // What was bound or executed before a Flush may be followed by a write in the same implicit
        // transaction; it cannot move to another server any more.
        if batch.hasPortal { batch.requirePrimary() }
        batch.add(nil, frameBytes: frame.byteCount)
        return closeBatch(endsSegment: false)
    }

    private mutating func functionCall(_ body: RawSpan, _ frame: RawSpan) -> FrontendVerdict {
        if phase == .attached && !takesFramesDirectly { return stallOrMove() }
        segmentIsRead = false
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
        case .waiting: return .stall
        case .attached: return .forward
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
    private mutating func plain(_ owed: Owed, _ frame: RawSpan) -> FrontendVerdict {
        guard phase == .attached else {
            batch.add(owed, frameBytes: frame.byteCount)
            return batch.frameBytes > Limits.heldBatchBytes ? routeEarly() : .keep
        }
        hasOpenSegment = true
        ledger.sent(owed)
        return .forward
    }
}
