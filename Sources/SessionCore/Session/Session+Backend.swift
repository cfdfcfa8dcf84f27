import PostgresWire
import StatementClassifier
import Vocabulary

extension Session {
    /// A frame of the attached server. DataRow and CopyData never come here.
    package mutating func backend(
        _ type: BackendMessageType, body: RawSpan, at now: MonotonicInstant
    ) -> BackendVerdict {
        switch type {
        case .readyForQuery: return readyForQuery(body, at: now)
        case .rowDescription: return verdict(ledger.described())
        case .commandComplete, .emptyQueryResponse, .portalSuspended:
            return verdict(ledger.completed())
        case .parseComplete: return verdict(ledger.paid(.parse))
        case .bindComplete: return verdict(ledger.paid(.bind))
        case .closeComplete: return verdict(ledger.paid(.close))
        case .noData: return verdict(ledger.paid(.describeStatement, .describePortal))
        case .parameterDescription, .copyOutResponse, .copyDone, .functionCallResponse:
            return verdict(ledger.part())
        case .copyInResponse, .copyBothResponse: return copyIn()
        case .errorResponse: return errorResponse(body)
        case .noticeResponse: return ledger.head?.disposition == .swallow ? .swallow : .forward
        case .notificationResponse: return .forward
        case .parameterStatus: return parameterStatus(body)
        case .dataRow, .copyData: return .forward
        case .authentication, .backendKeyData, .negotiateProtocolVersion: return .violation
        }
    }

    private func verdict(_ payment: ReplyLedger.Payment) -> BackendVerdict {
        switch payment {
        case .forward: .forward
        case .swallow: .swallow
        case .ended, .unexpected: .violation
        }
    }

    private mutating func readyForQuery(
        _ body: RawSpan, at now: MonotonicInstant
    ) -> BackendVerdict {
        guard body.byteCount == 1,
            let status = TransactionStatus(
                rawValue: body.unsafeLoad(fromByteOffset: 0, as: UInt8.self))
        else { return .violation }
        switch ledger.readyForQuery() {
        case .forward, .unexpected: return .violation
        case .swallow: return .swallow
        case .ended(let owed, let failed):
            isCopyingIn = false
            transaction = status
            settle(owed, failed: failed, at: now)
            return ended(owed, failed: failed)
        }
    }

    /// Books what a finished segment did.
    private mutating func settle(_ owed: Owed, failed: Bool, at now: MonotonicInstant) {
        if !owed.effects.isEmpty {
            if !failed && !owed.effects.isDisjoint(with: [.discardAll, .deallocateAll]) {
                statements.forgetNamed()
            }
            pins.apply(owed.effects, failed: failed && transaction == .idle, at: now)
        }
        if statements.hasNamed || !pins.isEmpty {
            pins.set(PinSet.preparedStatement, statements.hasNamed, at: now)
        }
        if settings.differs || !pins.isEmpty {
            pins.set(PinSet.reportedSetting, settings.differs && transaction == .idle, at: now)
        }
        guard owed.disposition == .forward else { return }
        if owed.isRead { tally.reads += 1 } else { tally.writes += 1 }
        if failed { tally.errors += 1 }
        if transaction == .idle { tally.transactions += 1 }
    }

    private mutating func ended(_ owed: Owed, failed: Bool) -> BackendVerdict {
        let isForClient = owed.disposition == .forward
        guard ledger.isEmpty && !hasOpenSegment && transaction == .idle else {
            return isForClient ? .forward : .swallow
        }
        // The proxy ended the client's segment itself: its remaining frames share its failure.
        skipsAfterRelease = !isForClient && failed
        return .ended(forward: isForClient, releaseKind)
    }

    /// In which state the server can be given back now.
    package var releaseKind: ReleaseKind {
        if pins.isEmpty { return .clean }
        // On a replica only remembered statements can pin: they are made again where needed.
        return attachment?.role == .replica && pins.isOnlyPreparedStatements ? .reset : .keep
    }

    private mutating func copyIn() -> BackendVerdict {
        let isExtended = ledger.head?.kind == .execute
        let (payment, effects) = ledger.copyInBegan()
        isCopyingIn = true
        if isExtended {
            hasOpenSegment = true
            segmentEffects.formUnion(effects)
            segmentIsRead = false
        }
        return verdict(payment)
    }

    private mutating func errorResponse(_ body: RawSpan) -> BackendVerdict {
        if let words = Self.fatalText(body) {
            fatal = words
            return .swallow
        }
        let wasOwed = ledger.head?.disposition
        let payment = ledger.failed { dropped in
            if dropped.disposition == .swallow {
                statements.absent(dropped.statement)
            } else {
                statements.failed(dropped.statement)
            }
        }
        isCopyingIn = false
        if wasOwed == .swallow && ledger.head?.kind == .query { return .violation }
        return verdict(payment)
    }

    /// The text of an error that ends the connection; nil for any other.
    private static func fatalText(_ body: RawSpan) -> String? {
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
        return isFatal ? "\(message) (SQLSTATE \(state))" : nil
    }

    private mutating func parameterStatus(_ body: RawSpan) -> BackendVerdict {
        var reader = BodyReader(body)
        guard let name = reader.string(), let value = reader.string() else { return .violation }
        return settings.reported(name: body.text(name), value: body.text(value))
            ? .forward : .swallow
    }
}
