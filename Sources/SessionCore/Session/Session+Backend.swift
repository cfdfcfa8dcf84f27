import PostgresWire
import StatementClassifier
import Vocabulary

extension Session {
    /// A frame of the attached server. DataRow and CopyData never come here.
    package mutating func backend(
        _ type: BackendMessageType, body: RawSpan, at now: MonotonicInstant
    ) -> BackendVerdict {
        if hold.state == .withdrawing { return withdrawn(type, body) }
        switch type {
        case .readyForQuery: return readyForQuery(body, at: now)
        case .rowDescription: return verdict(ledger.described())
        case .commandComplete:
            if settings.isUndecided { noteTag(body) }
            if ledger.head?.effects.contains(PinSet.probe) ?? false { probed(body, at: now) }
            if ledger.head?.effects.contains(PinSet.isolation) ?? false {
                _ = ledger.completed()
                let tag = body.text(0..<max(0, body.byteCount - 1))
                return isolationTold(tag == "SELECT 0" ? .readCommitted : .other)
            }
            return verdict(ledger.completed())
        case .emptyQueryResponse, .portalSuspended: return verdict(ledger.completed())
        case .parseComplete: return parseComplete()
        case .bindComplete: return provePromotion(verdict(ledger.paid(.bind)))
        case .closeComplete: return closeComplete()
        case .noData: return verdict(ledger.paid(.describeStatement, .describePortal))
        case .parameterDescription: return provePromotion(verdict(ledger.part()))
        case .copyOutResponse, .copyDone, .functionCallResponse: return verdict(ledger.part())
        case .copyInResponse, .copyBothResponse: return copyIn()
        case .errorResponse: return errorResponse(body)
        case .noticeResponse: return ledger.head?.disposition == .swallow ? .swallow : .forward
        case .notificationResponse: return ownNotification(body)
        case .parameterStatus: return parameterStatus(body)
        case .dataRow, .copyData: return .forward
        case .authentication, .backendKeyData, .negotiateProtocolVersion: return .violation
        }
    }

    private func verdict(_ payment: ReplyLedger.Payment) -> BackendVerdict {
        switch payment {
        case .forward: .forward
        case .swallow: .swallow
        case .ended, .doubtful, .unexpected: .violation
        }
    }

    private mutating func parseComplete() -> BackendVerdict {
        if let owed = ledger.head {
            statements.confirmed(owed.statement)
            made(owed)
        }
        return verdict(ledger.paid(.parse))
    }

    private mutating func closeComplete() -> BackendVerdict {
        guard let owed = ledger.head else { return .violation }
        if owed.kind == .parseKnown { return parseWasKnown(owed.statement) }
        statements.closeCompleted(owed.statement)
        return verdict(ledger.paid(.close))
    }

    /// The answer to the Close that stands for a Parse.
    private mutating func parseWasKnown(_ number: UInt32) -> BackendVerdict {
        statements.confirmed(number)
        guard case .forward = ledger.paid(.parseKnown) else { return .violation }
        return .forwardAs(.parseComplete)
    }

    private mutating func readyForQuery(
        _ body: RawSpan, at now: MonotonicInstant
    ) -> BackendVerdict {
        guard let status = Self.status(body) else { return .violation }
        switch ledger.readyForQuery() {
        case .forward, .unexpected: return .violation
        case .swallow: return .swallow
        case .doubtful:
            transaction = status
            hasOpenSegment = false
            segmentMayWrite = true
            let owed = segmentEnd(.sync)
            settle(owed, failed: true, at: now)
            return ended(owed, failed: true)
        case .ended(let owed, _) where owed.effects.contains(PinSet.alignment):
            return aligned(status)
        case .ended(let owed, _) where owed.effects.contains(PinSet.withdrawn): return .swallow
        case .ended(let owed, _) where owed.effects.contains(PinSet.isolation): return .swallow
        case .ended(let owed, _) where owed.effects.contains(PinSet.probe):
            transaction = status
            return ended(owed, failed: false)
        case .ended(let owed, let failed):
            isCopyingIn = false
            if ledger.isEmpty {
                isBlockEnding = false
                letGo()
            }
            transaction = status
            settle(owed, failed: failed, at: now)
            if status == .idle { deferred.endRoaming() }
            if owed.effects.contains(PinSet.carried) && !settings.base.isEmpty {
                if withholdReady(status) { return .swallow }
            }
            return ended(owed, failed: failed)
        }
    }

    /// Books what a finished segment did.
    private mutating func settle(_ owed: Owed, failed: Bool, at now: MonotonicInstant) {
        if attachment?.role == .primary {
            watermark.ended(wrote: owed.mayWrite, isRead: owed.isRead, transaction)
        }
        if owed.statement != 0 { settleRemoval(owed, failed: failed) }
        if !owed.isRead { noteSequences() }
        if !owed.effects.isEmpty {
            pins.apply(
                owed.effects, failed: failed, isSettled: transaction == .idle, at: now)
        }
        settleSettings(owed, failed: failed, at: now)
        settleUnlisten(owed, failed: failed)
        guard owed.disposition == .forward else { return }
        if owed.isRead { tally.reads += 1 } else { tally.writes += 1 }
        if failed { tally.errors += 1 }
        if transaction == .idle { tally.transactions += 1 }
    }

    /// A segment with a DEALLOCATE ALL or DISCARD ALL is over.
    private mutating func settleRemoval(_ owed: Owed, failed: Bool) {
        if failed { return statements.closeUndone(owed.statement) }
        statements.closeCompleted(owed.statement)
        guard !owed.effects.isDisjoint(with: [.discardAll, .deallocateAll]) else { return }
        server.statements.removalSucceeded()
    }

    /// Asks the server what is left of what pins the session.
    private mutating func probe() {
        pins.probing()
        injection.query(PinSet.question)
        ledger.sent(Owed(.query, .swallow, effects: PinSet.probe))
        statements.unnamedIsAbsent()
    }

    /// The server has counted.
    private mutating func probed(_ body: RawSpan, at now: MonotonicInstant) {
        let tag = body.text(0..<max(0, body.byteCount - 1))
        guard tag.hasPrefix("SELECT "), let sum = Int(tag.dropFirst(7)) else { return }
        pins.found(sum, at: now)
    }

    private mutating func ended(_ owed: Owed, failed: Bool) -> BackendVerdict {
        let isForClient = owed.disposition == .forward
        // The proxy ended the client's segment itself: its remaining frames share its failure.
        let discards = !isForClient && failed
        guard ledger.isAtRest && !hasOpenSegment && transaction == .idle else {
            if isToBeParked { return .ended(forward: isForClient, .parked) }
            if discards { discardsToSync = true }
            if isForClient { return replacement.isEmpty ? .forward : .forwardAfterReplacement }
            return .swallow
        }
        if listensOnOwn { unlistenOnOwn() }
        if pins.wantsProbe && attachment?.role == .primary { probe() }
        if !pins.isEmpty { keepSequences() }
        skipsAfterRelease = discards
        if !failed && isForClient && mayHaveNotifiedItself(owed) { withholdReady() }
        return .ended(forward: isForClient && !withholdsReady, releaseKind)
    }

    /// In which state the server can be given back now.
    package var releaseKind: ReleaseKind {
        // A read leaves nothing: what was reported meanwhile is the server's own.
        if isSharing { return ledger.isInDoubt ? .reset : .clean }
        if pins.isEmpty && ledger.isEmpty { return ledger.isInDoubt ? .reset : .clean }
        // What pins a session must be on the primary, where all its statements can run: what a READ
        // ONLY transaction has left on a replica is put back. Statements are made again elsewhere.
        return attachment?.role == .replica ? .reset : .keep
    }

    private mutating func copyIn() -> BackendVerdict {
        let copy = ledger.copyInBegan()
        isCopyingIn = !copy.isEnded
        if copy.reopensSegment {
            endMaking(false)
            hasOpenSegment = true
            segmentIsRead = false
            segmentMayWrite = true
        }
        segmentEffects.formUnion(copy.effects)
        if copy.effects.contains(PinSet.carried) { losesCountOfSettings() }
        return verdict(copy.payment)
    }

    private mutating func errorResponse(_ body: RawSpan) -> BackendVerdict {
        if noteFatal(body) { return .swallow }
        if let head = ledger.head, head.effects.contains(PinSet.alignment) {
            return healAlignment(body) ?? alignmentFailed(body)
        }
        if promotion.isProving {
            if let answer = healPromotion(body) { return answer }
        } else if Self.isStalePlan(body), let answer = healStalePlan() {
            return answer
        }
        if let answer = heal(body) { return answer }
        promotionFailed()
        let wasOwed = ledger.head?.disposition
        let isRenamed = statements.hasNamed && restoreName(body)
        let payment = failedInLedger()
        isCopyingIn = false
        if wasOwed == .swallow && ledger.head?.kind == .query {
            let effects = ledger.head?.effects ?? []
            if effects.contains(PinSet.isolation) { return isolationTold(.unknown) }
            return effects.contains(PinSet.probe) ? .swallow : .violation
        }
        if isRenamed, case .forward = payment { return .replace }
        return verdict(payment)
    }

    /// Undoes what the server skips now.
    mutating func failedInLedger() -> ReplyLedger.Payment {
        var dropped: [Owed] = []
        let payment = ledger.failed { dropped.append($0) }
        // What was sent last is undone first: one may have made room for another.
        for owed in dropped.reversed() { undo(owed) }
        return payment
    }

    /// Writes an error that names a statement as servers know it in the client's words. Returns
    /// whether there was anything to change.
    private mutating func restoreName(_ body: RawSpan) -> Bool {
        var reader = BodyReader(body)
        while let code = reader.byte(), code != 0, let value = reader.string() {
            guard code == UInt8(ascii: "M"),
                let found = SharedStatement.find(in: body.extracting(value)),
                var name = statements.name(of: found.statement.number)
            else { continue }
            if let own = ledger.head.flatMap({ statements.name(numbered: $0.statement) }) {
                name = own
            }
            let start = value.lowerBound + found.range.lowerBound
            let end = value.lowerBound + found.range.upperBound
            replacement.message(BackendMessageType.errorResponse.rawValue) {
                $0.bytes(of: body.extracting(0..<start))
                $0.data(name)
                $0.bytes(of: body.extracting(end..<body.byteCount))
            }
            return true
        }
        return false
    }

    /// Keeps an error that ends the connection. Returns whether it is one.
    mutating func noteFatal(_ body: RawSpan) -> Bool {
        guard let (words, state) = Self.fatalText(body) else { return false }
        var writer = MessageWriter()
        writer.message(BackendMessageType.errorResponse.rawValue) {
            $0.data(body.copy(0..<body.byteCount))
        }
        fatals = [Fatal(text: words, state: state, message: writer.bytes)]
        return true
    }

    /// The text of an error that ends the connection, and its SQLSTATE; nil for any other.
    private static func fatalText(_ body: RawSpan) -> (text: String, state: String)? {
        var reader = BodyReader(body)
        var isFatal = false
        var message = ""
        var state = ""
        while let code = reader.byte(), code != 0, let value = reader.string() {
            switch code {
            case UInt8(ascii: "V"): isFatal = ["FATAL", "PANIC"].contains(body.text(value))
            case UInt8(ascii: "M"): if isFatal { message = body.text(value) }
            case UInt8(ascii: "C"): if isFatal { state = body.text(value) }
            case _: continue
            }
        }
        return isFatal ? ("\(message) (SQLSTATE \(state))", state) : nil
    }

    private mutating func parameterStatus(_ body: RawSpan) -> BackendVerdict {
        guard let report = report(body) else { return .violation }
        if withholdsReports { return .swallow }
        hold.willTell(settings.reportedSoFar)
        return settings.reported(report) && !isWelcoming ? .forward : .swallow
    }

    /// Notes what the server reports; nil: it is malformed.
    mutating func report(_ body: RawSpan) -> SettingsTracker.Reported? {
        var reader = BodyReader(body)
        guard let name = reader.string(), let value = reader.string() else { return nil }
        let report = SettingsTracker.Reported(name: body.text(name), value: body.text(value))
        _ = server.reported.set(report)
        return report
    }
}
