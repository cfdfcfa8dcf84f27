import PostgresWire
import Routing
import StatementClassifier
import Vocabulary

// How a batch is judged, closed, answered here, or moved to another node.
extension Session {
    /// The batch is whole: find it a server.
    mutating func closeBatch(endsSegment: Bool) -> FrontendVerdict {
        batchEndsSegment = endsSegment
        phase = .waiting
        return .route(need)
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
            deferred.begin(modes, message: frame, hint: verdict.hint)
            reply.commandComplete(tag)
        case (.begun, .setTransaction(let modes)):
            deferred.set(modes, message: frame)
            reply.commandComplete("SET")
        case (.begun, .commit):
            deferred.clear()
            settings.endedUnsent(commits: true)
            tally.transactions += 1
            reply.commandComplete("COMMIT")
        case (.begun, .rollback), (.failed, .commit), (.failed, .rollback):
            deferred.clear()
            settings.endedUnsent(commits: false)
            tally.transactions += 1
            reply.commandComplete("ROLLBACK")
        case (.none, _), (.begun, _), (.failed, _), (.roaming, _):
            return false
        }
        reply.readyForQuery(deferred.status)
        return true
    }

    /// The command tag of a statement known to begin a transaction.
    private static func beginTag(_ body: RawSpan) -> String? {
        switch SettingStatement.firstLetter(of: body) {
        case UInt8(ascii: "b"): "BEGIN"
        case UInt8(ascii: "s"): "START TRANSACTION"
        case _: nil
        }
    }

    /// The attached server may run a statement of this verdict.
    func mayRunHere(_ verdict: StatementVerdict) -> Bool {
        if isRoaming { return staysInBlock(verdict) }
        if takesFramesDirectly { return true }
        return verdict.isRead(for: choice(verdict)) && verdict.transaction == .none
    }

    /// Where the client wants a statement to run: a comment counts before all settings. What
    /// changes the choice itself follows none.
    func choice(_ verdict: StatementVerdict) -> RouteChoice {
        if let hint = verdict.hint { return hint }
        let choice = settings.own.route
        if choice == .auto { return .auto }
        return verdict.reason == .changesSetting && verdict.route == .replica ? .auto : choice
    }

    /// A statement that a replica would take, in a READ ONLY transaction, and that would leave
    /// state where no later statement looks for it, or lock where nobody else sees the lock.
    func mustRefuse(_ verdict: StatementVerdict) -> Bool {
        guard attachment?.role == .replica, transaction != .idle, !isBlockEnding, !isRoaming
        else {
            return false
        }
        return !verdict.effects.intersection([
            .setting, .role, .advisoryLock, .holdCursor, .sqlPrepared, .load,
        ]).isEmpty
    }

    /// Lets the server itself raise the error, so that its transaction fails as the client's does.
    /// - Parameter text: a statement that raises it.
    mutating func substituteQuery(_ text: String = refusal) -> FrontendVerdict {
        segmentIsRead = false
        injection.query(text)
        hasOpenSegment = false
        ledger.sent(segmentEnd(.query))
        return .forwardInstead
    }

    /// The same in the place of a Bind: whoever executes that portal gets the error.
    mutating func substituteBind(
        portal: [UInt8], _ text: String = refusal
    ) -> FrontendVerdict {
        segmentIsRead = false
        injection.message(FrontendMessageType.parse.rawValue) {
            SharedStatement.writeVacantName(to: &$0)
            $0.string(text)
            $0.int16(0)
        }
        ledger.sent(Owed(.parse, .swallow, statement: PreparedStatements.noNumber))
        injection.message(FrontendMessageType.bind.rawValue) {
            $0.data(portal)
            $0.byte(0)
            SharedStatement.writeVacantName(to: &$0)
            for _ in 0..<3 { $0.int16(0) }
        }
        ledger.sent(Owed(.bind))
        closeVacant(.swallow)
        hasOpenSegment = true
        return .forwardInstead
    }

    /// Raises the error of a statement that cannot run in a READ ONLY transaction on a replica.
    static let refusal = """
        DO $switchyard$BEGIN RAISE EXCEPTION USING ERRCODE = '0A000', MESSAGE = \
        'statements that leave state in the session cannot run in a READ ONLY transaction that \
        runs on a replica', HINT = 'Run it before BEGIN, use SET LOCAL, or begin without READ \
        ONLY.'; END$switchyard$
        """

    /// The attached replica must not get this frame: wait for the running turn to end. Where the
    /// client has left its segment open, the proxy ends it: only reads have run in it.
    mutating func stallOrMove() -> FrontendVerdict {
        guard ledger.owedReadyForQuery == 0 && !isCopyingIn else { return .stall }
        injection.message(FrontendMessageType.sync.rawValue)
        ledger.sent(segmentEnd(.sync, .swallow))
        hasOpenSegment = false
        return .stallAfterInjection
    }

    /// A new segment of the extended protocol begins.
    mutating func beginSegment() {
        segmentEffects = []
        segmentIsRead = true
        segmentMayWrite = false
        if !segmentChanges.isEmpty { segmentChanges = [] }
        segmentCloses = 0
    }

    /// What will be owed for the message that ends the segment, with all that was sent in it.
    mutating func segmentEnd(
        _ kind: Owed.Kind, _ disposition: Owed.Disposition = .forward
    ) -> Owed {
        if segmentEffects.contains(PinSet.carried) { settings.sent(segmentChanges) }
        defer {
            beginSegment()
            endMaking(true)
            statements.endSegment()
        }
        var owed = Owed(
            kind, disposition, statement: segmentCloses, effects: segmentEffects,
            isRead: segmentIsRead)
        owed.mayWrite = segmentMayWrite
        return owed
    }

    /// A statement of the segment that is being sent, to be run in it.
    /// - Parameter changes: what it does to settings.
    mutating func note(_ verdict: StatementVerdict, _ changes: [SettingChange]) {
        if verdictsRun != nil { verdictsRun?.append(verdict) }
        if verdict.route == .primary {
            segmentIsRead = false
            segmentMayWrite = segmentMayWrite || verdict.mayWrite
            hasWritten = hasWritten || !verdict.effects.contains(.readsSequence)
        }
        noteUnlisten(verdict)
        noteCatalog(verdict)
        var effects = verdict.effects
        if verdict.reason == .changesSetting { hasLocalSettings = true }
        if effects.isEmpty && verdict.transaction == .none { return }
        if !changes.isEmpty { segmentChanges += changes }
        if !effects.isDisjoint(with: [.discardAll, .deallocateAll]) {
            segmentCloses = statements.closeAll()
            if phase == .attached { removesStatements() } else { batch.removesStatements() }
        }
        // What was committed on the way outlives an error that comes after it.
        if verdict.transaction != .none || verdict.statementCount > 1 {
            effects.formUnion(PinSet.compound)
        }
        segmentEffects.formUnion(effects)
    }

    /// A statement goes to the attached server. Where it ends the transaction on a replica, what
    /// follows has to wait and see.
    mutating func noteBlockEnd(_ verdict: StatementVerdict) {
        guard attachment?.role == .replica else { return }
        switch verdict.transaction {
        case .commit, .rollback: isBlockEnding = true
        case .other: isBlockEnding = isBlockEnding || verdict.statementCount > 1
        case .none, .begin, .setTransaction: break
        }
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

    /// One string, closed by the only zero byte.
    static func isOneString(_ body: RawSpan) -> Bool {
        var reader = BodyReader(body)
        return reader.string() != nil && reader.isAtEnd
    }

    /// Refuses the batch that was gathered.
    /// - Parameter message: the body of an ErrorResponse to be sent instead; empty: none.
    mutating func refuse(
        _ error: ErrorReply, _ message: [UInt8] = [], endsSegment: Bool,
        reply: inout MessageWriter
    ) {
        if message.isEmpty {
            error.write(to: &reply)
        } else {
            reply.message(BackendMessageType.errorResponse.rawValue) { $0.data(message) }
        }
        tally.errors += 1
        for owed in batch.owed {
            statements.undo(owed)
            if owed.effects.contains(PinSet.carried) { settings.unsent() }
        }
        statements.unnamedIsAbsent()
        batch.clear()
        beginSegment()
        if deferred.state == .begun {
            deferred.fail()
            settings.endedUnsent(commits: false)
        }
        phase = endsSegment ? .gathering : .skipping
        if endsSegment { reply.readyForQuery(deferred.status) }
    }
}
