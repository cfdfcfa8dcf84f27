import PostgresWire
import StatementClassifier
import Vocabulary

// Parse, Bind, Describe and Close. The client's name of a statement is its own affair: on servers
// the statement has the proxy's name, and is made there when it is first needed.
extension Session {
    mutating func parse(
        _ body: RawSpan, _ frame: RawSpan, _ isWhole: Bool, texts: inout TextMemory
    ) -> FrontendVerdict {
        var reader = BodyReader(body)
        guard let name = reader.string() else {
            return malformed(.parse, frame, isWhole: isWhole)
        }
        let text = isWhole ? reader.string() : reader.rest()
        guard let text else { return malformed(.parse, frame) }
        var verdict = judge(body, text, isWhole, &texts)
        let changes = takeChanges(from: &verdict, body, text)
        if let own = ownText(verdict, changes, body, text) {
            let message = Self.rewritten(.parse, body, text, to: own)
            let whole = message.span.bytes
            let rest = whole.extracting(FrameScanner.headerBytes..<whole.byteCount)
            return instead(parse(rest, whole, true, texts: &texts), message)
        }
        let uses = nameUse(verdict, body, text)
        if phase == .attached && !mayRunHere(verdict) { return stallOrMove() }
        if phase == .attached { _ = mustRefuseChannels(verdict) }
        if isUnsettled(uses) { return .stall }
        provide(uses, isRun: false, texts)
        if verdict.route == .primary { segmentIsRead = false }
        let rest = name.upperBound + 1
        guard !name.isEmpty, isWhole, statements.hasRoom(for: body.byteCount) else {
            return parseInPlace(
                name, body, frame, verdict, key: texts.catalogs.key(catalog), changes, uses,
                isWhole)
        }
        if isMalformed(name, in: body) {
            return plain(Owed(.parse, statement: PreparedStatements.noNumber), frame)
        }
        let found = statements.find(body, name)
        if case .nothing = found, isKnownInSQL(body, name) {
            return parseInPlace(
                name, body, frame, verdict, key: texts.catalogs.key(catalog), changes, uses,
                isWhole)
        }
        switch found {
        case .unsettled: return .stall
        case .at(let index):
            if isBeingMade(statements.named[index].statement, texts) { return .stall }
            return parseAgain(
                index, body.copy(name), body.extracting(rest..<body.byteCount), frame, &texts)
        case .nothing: break
        }
        let statement = texts.statements.intern(
            body.extracting(rest..<body.byteCount), salt: parseSalt)
        if isBeingMade(statement, texts) {
            texts.statements.release(statement)
            return .stall
        }
        let number = statements.parsed(
            body, name, statement: statement, verdict: verdict,
            key: texts.catalogs.key(catalog), changes: changes, uses: uses)
        guard phase == .attached else {
            batch.judge(verdict, choice(verdict))
            batch.parses(texts.statements.current(statement), number: number)
            return .consumed
        }
        hasOpenSegment = true
        makeKnown(statement, number, texts)
        return .forwardInstead
    }

    /// SQL has made a statement of this name, which the server holds against another.
    private func isKnownInSQL(_ body: RawSpan, _ name: Range<Int>) -> Bool {
        !sqlNames.isEmpty && sqlNames.contains(body.copy(PreparedStatements.significant(name)))
    }

    /// The unnamed statement, or one that is too large to be remembered: it keeps its own name.
    private mutating func parseInPlace(
        _ name: Range<Int>, _ body: RawSpan, _ frame: RawSpan, _ verdict: StatementVerdict,
        key: UInt64, _ changes: [SettingChange], _ uses: PreparedNameUse, _ isWhole: Bool
    ) -> FrontendVerdict {
        var number = PreparedStatements.noNumber
        if name.isEmpty && isWhole && body.byteCount <= Limits.rememberedStatementBytes {
            number = statements.parsedUnnamed(frame, verdict, key: key, changes, uses)
        } else {
            keepInPlace(name, body, verdict)
        }
        if phase == .gathering {
            batch.judge(verdict, choice(verdict))
            if name.isEmpty { batch.parsesUnnamed() }
        }
        let kept = plain(Owed(.parse, statement: number), frame)
        if case .keep = kept, !isWhole { return routeEarly() }
        return afterInjection(kept)
    }

    /// A statement that is not remembered lives on this server connection alone.
    private mutating func keepInPlace(
        _ name: Range<Int>, _ body: RawSpan, _ verdict: StatementVerdict
    ) {
        batch.requirePrimary()
        if name.isEmpty {
            segmentEffects.formUnion(.unexamined)
            statements.forgetUnnamed()
        } else {
            segmentEffects.formUnion(verdict.effects.intersection(PinSet.pinning))
            segmentEffects.formUnion(.sqlPrepared)
            sqlNames.insert(body.copy(PreparedStatements.significant(name)))
        }
    }

    /// A name that exists already exists on the server too: it refuses the second (42P05).
    private mutating func parseAgain(
        _ index: Int, _ name: [UInt8], _ rest: RawSpan, _ frame: RawSpan, _ texts: inout TextMemory
    ) -> FrontendVerdict {
        let statement = statements.named[index].statement
        let shared = texts.statements.current(statement)
        if phase == .attached {
            ensure(shared, texts)
        } else {
            batch.refers(to: shared)
        }
        let before = injection.bytes.count
        injection.message(FrontendMessageType.parse.rawValue) {
            shared.write(to: &$0)
            $0.data(rest.copy(0..<rest.byteCount))
        }
        return rewritten(
            Owed(.parse, statement: statements.refuses(name)),
            bytes: injection.bytes.count - before)
    }

    mutating func bind(
        _ body: RawSpan, _ frame: RawSpan, _ isWhole: Bool, texts: inout TextMemory
    ) -> FrontendVerdict {
        var reader = BodyReader(body)
        guard let portal = reader.string(), let name = reader.string() else {
            return malformed(.bind, frame, isWhole: isWhole)
        }
        if phase == .gathering { batch.opensPortal() }
        if isRoaming && keepsBound(body, portal: portal) { return stallOrMove() }
        let verdict = refer(
            to: name, in: body, Owed(.bind), frame, portal: portal, texts: &texts)
        if phase == .gathering { noteBind(body, portal: portal) }
        if case .keep = verdict, !isWhole { return routeEarly() }
        if case .keepInstead = verdict, !isWhole {
            _ = routeEarly()
            return .routeInstead(.primary)
        }
        return verdict
    }

    mutating func describe(
        _ body: RawSpan, _ frame: RawSpan, texts: inout TextMemory
    ) -> FrontendVerdict {
        var reader = BodyReader(body)
        guard let kind = reader.byte(), let name = reader.string() else {
            return malformed(.describe, frame)
        }
        guard kind == UInt8(ascii: "S") else { return plain(Owed(.describePortal), frame) }
        return refer(to: name, in: body, Owed(.describeStatement), frame, texts: &texts)
    }

    /// A message that refers to a prepared statement: it must be there first.
    /// - Parameter portal: of a Bind: it runs the statement.
    private mutating func refer(
        to name: Range<Int>, in body: RawSpan, _ owed: Owed, _ frame: RawSpan,
        portal: Range<Int>? = nil, texts: inout TextMemory
    ) -> FrontendVerdict {
        if name.isEmpty { return referToUnnamed(body, owed, frame, portal: portal, &texts) }
        if isMalformed(name, in: body) { return referToNothing(name, body, owed, frame) }
        let index: Int
        switch statements.find(body, name) {
        case .unsettled: return .stall
        case .nothing: return referToNothing(name, body, owed, frame)
        case .at(let found): index = found
        }
        if isBeingMade(statements.named[index].statement, texts) { return .stall }
        refreshVerdict(of: index, &texts)
        let verdict = statements.named[index].verdict
        let changes = statements.named[index].changes
        if let answer = admit(verdict, changes, body, portal: portal) { return answer }
        let uses = statements.named[index].uses
        if isUnsettled(uses) { return .stall }
        provide(uses, isRun: portal != nil, texts)
        let statement = statements.named[index].statement
        let shared = texts.statements.current(statement)
        if phase == .attached { ensure(shared, texts) } else { batch.refers(to: shared) }
        let bytes = rename(name, in: body, frame, to: shared)
        var owed = owed
        owed.shared = shared
        owed.statement = statements.named[index].number
        return rewritten(owed, bytes: bytes)
    }

    private mutating func referToUnnamed(
        _ body: RawSpan, _ owed: Owed, _ frame: RawSpan, portal: Range<Int>?,
        _ texts: inout TextMemory
    ) -> FrontendVerdict {
        refreshUnnamedVerdict(&texts)
        if let verdict = statements.unnamed?.verdict {
            let changes = statements.unnamed?.changes ?? []
            if let answer = admit(verdict, changes, body, portal: portal) { return answer }
            if let uses = statements.unnamed?.uses {
                if isUnsettled(uses) { return .stall }
                provide(uses, isRun: portal != nil, texts)
            }
        } else {
            segmentIsRead = false
            segmentMayWrite = true
            batch.requirePrimary()
        }
        guard phase == .attached else {
            if batch.refersToUnnamed() { batch.needs(statements.prepareUnnamed()) }
            return plain(owed, frame)
        }
        _ = inject(statements.prepareUnnamed())
        return afterInjection(plain(owed, frame))
    }

    /// Whether the statement may run where the session is; nil: it may, and is noted.
    private mutating func admit(
        _ verdict: StatementVerdict, _ changes: [SettingChange], _ body: RawSpan,
        portal: Range<Int>?
    ) -> FrontendVerdict? {
        guard phase == .attached else {
            batch.judge(verdict, choice(verdict))
            if let portal {
                note(verdict, changes)
                noteListenBind(verdict, body, portal)
            } else if verdict.route == .primary {
                segmentIsRead = false
            }
            return nil
        }
        if !mayRunHere(verdict) { return stallOrMove() }
        guard let portal else {
            if verdict.route == .primary { segmentIsRead = false }
            return nil
        }
        if mustRefuse(verdict) { return substituteBind(portal: body.copy(portal)) }
        if mustRefuseSequence(verdict) {
            return substituteBind(portal: body.copy(portal), Self.sequenceRefusal)
        }
        if mustRefuseChannels(verdict) {
            return substituteBind(portal: body.copy(portal), Self.channelsRefusal)
        }
        note(verdict, changes)
        noteBlockEnd(verdict)
        return nil
    }

    /// The server has no statement of this name either, unless it was made in SQL.
    private mutating func referToNothing(
        _ name: Range<Int>, _ body: RawSpan, _ owed: Owed, _ frame: RawSpan
    ) -> FrontendVerdict {
        segmentIsRead = false
        segmentMayWrite = true
        batch.requirePrimary()
        guard SharedStatement.isReserved(body.extracting(name)) else { return plain(owed, frame) }
        return rewritten(owed, bytes: rename(name, in: body, frame, to: .none))
    }

    mutating func close(_ body: RawSpan, _ frame: RawSpan) -> FrontendVerdict {
        var reader = BodyReader(body)
        guard let kind = reader.byte(), let name = reader.string() else {
            return malformed(.close, frame)
        }
        var owed = Owed(.close, statement: PreparedStatements.noNumber)
        guard kind == UInt8(ascii: "S") else { return plain(owed, frame) }
        if isMalformed(name, in: body) { return plain(owed, frame) }
        if name.isEmpty {
            statements.forgetUnnamed()
            return plain(owed, frame)
        }
        switch statements.find(body, name) {
        case .unsettled: return .stall
        case .nothing:
            guard SharedStatement.isReserved(body.extracting(name)) else {
                return plain(owed, frame)
            }
        case .at(let index):
            owed.statement = statements.close(at: index)
            if sqlNames.remove(body.copy(PreparedStatements.significant(name))) != nil {
                return plain(owed, frame)
            }
        }
        // Other sessions use it, or will: on the server it stays.
        return rewritten(owed, bytes: rename(name, in: body, frame, to: .none))
    }

    /// A name that the server refuses because of its bytes, and must see for that.
    private func isMalformed(_ name: Range<Int>, in body: RawSpan) -> Bool {
        var isASCII = true
        for offset in name {
            isASCII = isASCII && body.unsafeLoad(fromByteOffset: offset, as: UInt8.self) < 0x80
        }
        guard !isASCII, settings.value(of: "client_encoding")?.uppercased() ?? "UTF8" == "UTF8"
        else { return false }
        return String(validating: body.copy(name), as: UTF8.self) == nil
    }
}
