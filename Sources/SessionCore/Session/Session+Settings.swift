import PostgresWire
import StatementClassifier
import Vocabulary

// Settings belong to the session: the difference is applied to each server connection that it gets,
// in front of what the client has sent, and never stays with another client.
extension Session {
    /// What a statement does to settings, as far as the session can take it along; what it cannot
    /// goes on pinning. Marks the verdict.
    mutating func takeChanges(
        from verdict: inout StatementVerdict, _ body: RawSpan, _ text: Range<Int>
    ) -> [SettingChange] {
        let telling: SessionEffects = [.setting, .role, .resetAll, .resetRole, .discardAll]
        guard !verdict.effects.isDisjoint(with: telling) || mayBeOwn(verdict, body, text)
        else { return [] }
        guard !settings.isFull || !verdict.effects.isDisjoint(with: [.resetAll, .discardAll]),
            let changes = SettingStatement.changes(
                in: body.extracting(text),
                standardConformingStrings: settings.standardConformingStrings,
                isEncodingSafe: settings.hasSafeEncoding),
            changes.allSatisfy({ $0.isOwn || CarriedSettings.canCarry($0) })
        else {
            // What a RESET has left of it nobody knows: it ends no pin, but is one.
            if !verdict.effects.isDisjoint(with: [.resetAll, .resetRole]) {
                verdict.effects.subtract([.resetAll, .resetRole])
                verdict.effects.formUnion([.setting, .role])
            }
            return []
        }
        verdict.effects.subtract([.setting, .role, .unexamined])
        if !changes.isEmpty { verdict.effects.insert(PinSet.carried) }
        // While there is no primary, this must still be possible.
        if changes.last.map({ settings.leadsToReplica($0) }) ?? false,
            changes.allSatisfy(\.isOwn)
        {
            verdict.route = .replica
        }
        return changes
    }

    /// Of what settings the meaning of a text depends on; sessions share a statement only where it
    /// is the same.
    var parseSalt: UInt64 {
        guard hasLocalSettings || settings.isPending else { return settings.salt }
        // What holds for this transaction alone is nobody else's.
        return id.rawValue << 1 | 1 << 63
    }

    // MARK: To the server

    /// Makes the settings of the server that was granted the session's. Returns what the client
    /// must be told where they need no change and still are not what it was told.
    mutating func openWithSettings() -> [SettingsTracker.Reported] {
        let statements = server.settings.difference(to: settings.carried)
        if statements.isEmpty { return settings.news(of: server.reported) }
        // Should one of them fail, the block is left open and failed: nothing that follows runs.
        align([Array("BEGIN".utf8)] + statements + [Array("COMMIT".utf8)])
        server.settings = settings.carried
        return []
    }

    private mutating func align(_ statements: [[UInt8]]) {
        injection.message(FrontendMessageType.query.rawValue) {
            $0.data(Array(statements.joined(separator: Array("; ".utf8))))
            $0.byte(0)
        }
        ledger.sent(Owed(.query, .swallow, effects: PinSet.alignment))
        self.statements.unnamedIsAbsent()
    }

    /// RESET has gone back to the server's beginning, which is not the session's: sets again what
    /// the startup message set.
    mutating func realign() {
        needsAlignment = false
        guard transaction != .failed else { return }
        let now = settings.current(on: server.settings)
        let repairs = now.server.additions(to: now.client)
        guard !repairs.isEmpty else { return }
        align(now.server.difference(to: now.client))
        if transaction == .idle {
            for repair in repairs { server.settings.apply(repair, base: CarriedSettings()) }
        } else {
            settings.repaired(repairs)
        }
    }

    // MARK: From the server

    /// The proxy's own Query went through.
    mutating func aligned(_ status: TransactionStatus) -> BackendVerdict {
        if let withheld {
            self.withheld = nil
            transaction = status
            tell(settings.news(of: server.reported))
            replacement.readyForQuery(withheld)
            let isOver = ledger.isAtRest && !hasOpenSegment && status == .idle
            return isOver ? .ended(forward: false, releaseKind) : .replace
        }
        if ledger.isAtRest && !hasOpenSegment {
            transaction = status
            if status == .idle && deferred.state == .none {
                return .ended(forward: false, releaseKind)
            }
        }
        hold.willTell(settings.reportedSoFar)
        let news = settings.news(of: server.reported)
        guard !news.isEmpty else { return .swallow }
        tell(news)
        return .replace
    }

    private mutating func tell(_ news: [SettingsTracker.Reported]) {
        for value in news { replacement.parameterStatus(value.name, value.value) }
    }

    /// A RESET is under way on the server, which will not go back to what the session began with by
    /// itself: what follows must not run before that is set again.
    func awaitsReset(_ type: FrontendMessageType) -> Bool {
        guard phase == .attached, settings.isResetting else { return false }
        return switch type {
        case .query, .parse, .bind, .describe, .functionCall: true
        case .execute, .close, .sync, .flush, .copyData, .copyDone, .copyFail, .terminate,
            .password:
            false
        }
    }

    /// What a RESET brings back may not be what the session began with: its reports wait.
    var withholdsReports: Bool {
        withheld != nil
            || !settings.base.isEmpty
                && ledger.head?.effects.contains(PinSet.carried) ?? false
    }

    /// A segment has changed settings of a session that began with some. Returns whether the client
    /// has to wait for its answer until these are set again.
    mutating func withholdReady(_ status: TransactionStatus) -> Bool {
        if needsAlignment && ledger.isAtRest && !hasOpenSegment { realign() }
        guard injection.isEmpty else {
            withheld = status
            return true
        }
        tell(settings.news(of: server.reported))
        return false
    }

    /// The server refuses a setting. Inside the client's transaction it has failed before, and will
    /// roll back.
    mutating func alignmentFailed(_ body: RawSpan) -> BackendVerdict {
        if transaction == .failed {
            _ = ledger.failed { _ in }
            return .swallow
        }
        ErrorReply.writeAsFatal(body, to: &replacement)
        return .refused
    }

    /// A command was completed that may end a transaction.
    mutating func noteTag(_ body: RawSpan) {
        settings.completed(
            commits: Self.begins(body, with: "COMMIT\0"),
            rollsBack: Self.begins(body, with: "ROLLBACK\0"))
    }

    private static func begins(_ body: RawSpan, with tag: StaticString) -> Bool {
        guard body.byteCount == tag.utf8CodeUnitCount else { return false }
        for index in 0..<body.byteCount {
            let byte = body.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            if byte != tag.utf8Start[index] { return false }
        }
        return true
    }

    /// A segment was answered: its changes count, or not, or nobody knows.
    mutating func settleSettings(_ owed: Owed, failed: Bool, at now: MonotonicInstant) {
        let isIdle = transaction == .idle
        if isIdle { hasLocalSettings = false }
        let hasChanges = owed.effects.contains(PinSet.carried)
        if hasChanges || settings.isUndecided {
            let outcome = settings.ended(
                hasChanges: hasChanges, failed: failed,
                isCompound: owed.effects.contains(PinSet.compound), isIdle: isIdle)
            switch outcome {
            case .nothing: break
            case .committed(let changes):
                settings.commit(changes)
                for change in changes { server.settings.apply(change, base: CarriedSettings()) }
            case .uncertain: pins.set([.setting, .role], true, at: now)
            }
            needsAlignment = needsAlignment || !settings.base.isEmpty
        }
        if isIdle { takeUnexplained(at: now) }
    }

    /// What a function has set: its value is known, so it can be taken along like any other.
    private mutating func takeUnexplained(at now: MonotonicInstant) {
        for value in settings.takeUnexplained() {
            let change = SettingChange.setConfig(
                name: value.name.lowercased(), value: Array(value.value.utf8), isLocal: false)
            guard Self.isSettable(value.name), CarriedSettings.canCarry(change) else {
                pins.set(PinSet.reportedSetting, true, at: now)
                continue
            }
            settings.commit([change])
            server.settings.apply(change, base: CarriedSettings())
        }
    }

    private static func isSettable(_ name: String) -> Bool {
        name != "is_superuser" && name != "session_authorization" && name != "search_path"
    }

    /// The order of changes and answers is lost in a COPY that came with its Sync.
    mutating func losesCountOfSettings() {
        settings.detached()
        segmentEffects.subtract(PinSet.carried)
        segmentEffects.formUnion([.setting, .role])
    }
}
