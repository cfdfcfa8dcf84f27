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
        switch type {
        case .query:
            return query(body, frame, isWhole, classifier: &classifier, reply: &reply)
        case .parse: return parse(body, frame, isWhole, classifier: &classifier)
        case .bind: return bind(body, frame, isWhole)
        case .describe: return describe(body, frame)
        case .execute: return plain(Owed(.execute), frame)
        case .close: return close(body, frame)
        case .sync: return sync(frame, reply: &reply)
        case .flush: return flush(frame, reply: &reply)
        case .functionCall: return functionCall(frame)
        case .copyData: return phase == .attached ? .forward : .consumed
        case .copyDone, .copyFail: return copyEnd()
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
        statements.forgetUnnamed()
        let owed = Owed(.query, effects: verdict.effects, isRead: verdict.route == .replica)
        guard phase == .attached else {
            batch.judge(verdict)
            batch.add(owed, frameBytes: frame.byteCount)
            return closeBatch(endsSegment: true, reply: &reply)
        }
        if mustRefuse(verdict) { return substitute(parseName: nil, owed) }
        guard mayRunHere(verdict) else { return stallOrMove() }
        hasOpenSegment = false
        ledger.sent(owed)
        return .forward
    }

    /// Judges a stretch of a body; text that is too long to be seen whole may do anything.
    private func judge(
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
        if phase == .attached {
            if mustRefuse(verdict) { return substitute(parseName: name, Owed(.parse)) }
            guard mayRunHere(verdict) && (name.isEmpty || takesFramesDirectly) else {
                return stallOrMove()
            }
        }
        let number = remember(name, frame, verdict, isWhole)
        note(verdict)
        let owed = Owed(.parse, statement: number)
        guard phase == .gathering else {
            hasOpenSegment = true
            if !ledger.sent(owed) { statements.failed(number) }
            return .forward
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
        if let verdict { note(verdict) } else { segmentIsRead = false }
        guard phase == .attached else {
            if let verdict { batch.judge(verdict) } else { batch.requirePrimary() }
            batch.refers(to: name)
            return plain(owed, frame)
        }
        let mustInject = injectStatement(name)
        let forwarded = plain(owed, frame)
        return mustInject ? .forwardAfterInjection : forwarded
    }

    /// Writes what makes a statement exist on the attached server. Returns false if nothing must.
    mutating func injectStatement(_ name: [UInt8]) -> Bool {
        switch statements.prepare(name: name) {
        case .none: return false
        case .parse(let message, let number):
            injection.raw(message)
            if !ledger.sent(Owed(.parse, .swallow, statement: number)) { statements.absent(number) }
        case .closeUnnamed:
            injection.closeStatement("")
            ledger.sent(Owed(.close, .swallow))
        }
        return true
    }

    private mutating func close(_ body: RawSpan, _ frame: RawSpan) -> FrontendVerdict {
        var reader = BodyReader(body)
        guard let kind = reader.byte(), let name = reader.string() else {
            return malformed(.close)
        }
        if kind == UInt8(ascii: "S") { statements.closed(name: body.copy(name)) }
        return plain(Owed(.close), frame)
    }

    private mutating func sync(_ frame: RawSpan, reply: inout MessageWriter) -> FrontendVerdict {
        if phase == .gathering && !batch.hasFrames {
            reply.readyForQuery(deferred.status)
            return .consumed
        }
        if isCopyingIn {
            ledger.syncDuringCopyIn()
            return .forward
        }
        let owed = Owed(.sync, effects: segmentEffects, isRead: segmentIsRead)
        beginSegment()
        guard phase == .attached else {
            batch.add(owed, frameBytes: frame.byteCount)
            return closeBatch(endsSegment: true, reply: &reply)
        }
        hasOpenSegment = false
        ledger.sent(owed)
        return .forward
    }

    private mutating func flush(_ frame: RawSpan, reply: inout MessageWriter) -> FrontendVerdict {
        guard phase == .gathering else { return .forward }
        guard batch.hasFrames else { return .consumed }
        // What was executed before a Flush may be followed by a write in the same implicit
        // transaction.
        if batch.hasExecute { batch.requirePrimary() }
        batch.add(nil, frameBytes: frame.byteCount)
        return closeBatch(endsSegment: false, reply: &reply)
    }

    private mutating func functionCall(_ frame: RawSpan) -> FrontendVerdict {
        let owed = Owed(.functionCall)
        guard phase == .attached else {
            batch.requirePrimary()
            batch.add(owed, frameBytes: frame.byteCount)
            phase = .waiting
            return .route(.primary)
        }
        guard takesFramesDirectly else { return stallOrMove() }
        ledger.sent(owed)
        return .forward
    }

    private mutating func copyEnd() -> FrontendVerdict {
        isCopyingIn = false
        return phase == .attached ? .forward : .consumed
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
