import PostgresWire
import StatementClassifier
import Vocabulary

// Statement promotion: a text that is sent again and again as an unnamed Parse is prepared once on
// each server connection, as a shared statement, and what follows the Parse refers to that. The
// client gets its ParseComplete in front of the server's first answer. Whatever the server has
// against it, if it is not for everybody, is tried again with the client's own frames: the client
// sees what PostgreSQL says to these.
extension Session {
    /// An unnamed Parse is part of the batch; one that begins it may come into question.
    /// - Parameter number: of the statement, for the ledger.
    mutating func considerPromotion(
        _ body: RawSpan, _ verdict: StatementVerdict, _ number: UInt32, _ texts: inout TextMemory
    ) {
        if batch.hasFrames { return promotion.replaced() }
        promotion.forget()
        guard promotes, number != PreparedStatements.noNumber, Self.isPromotable(verdict),
            settings.hasSafeEncoding, body.byteCount <= Limits.promotedTextBytes
        else { return }
        if promotionRest > 0 { return promotionRest -= 1 }
        let rest = body.extracting(1..<body.byteCount)
        let salt = promotionSalt
        let (known, key) = texts.statements.use(rest, salt: salt)
        guard let statement = known ?? take(rest, salt, key, &texts) else { return }
        promotion.parsed(
            statement, number: number, bytes: FrameScanner.headerBytes + body.byteCount,
            texts.promotions.next(statement))
    }

    /// A text that has been used often enough is kept, if it always means the same.
    private func take(
        _ rest: RawSpan, _ salt: UInt64, _ key: Int, _ texts: inout TextMemory
    ) -> SharedStatement? {
        guard texts.promotions.used(key) else { return nil }
        var reader = BodyReader(rest)
        guard let text = reader.string(),
            texts.classifier.isRepeatable(
                rest.extracting(text),
                standardConformingStrings: settings.standardConformingStrings)
        else {
            texts.promotions.refuses(key)
            return nil
        }
        return texts.statements.keep(rest, salt: salt)
    }

    /// One plain read, or one plain change of rows, that is understood and leaves nothing behind.
    private static func isPromotable(_ verdict: StatementVerdict) -> Bool {
        guard verdict.effects.isEmpty, verdict.transaction == .none, verdict.statementCount == 1
        else { return false }
        return switch verdict.reason {
        case .plainRead, .writesRows, .locksRows, .unloggedTable: true
        case _: false
        }
    }

    /// Other users and databases have histories of their own. Named statements are others, too:
    /// they stay as they were parsed until PostgreSQL itself finds that something has changed.
    private var promotionSalt: UInt64 {
        let place = UInt64(truncatingIfNeeded: Int(catalog.place) + 2)
        return settings.salt &+ place &* 0x9E37_79B9_7F4A_7C15
    }

    // MARK: The turn

    /// The server that was granted is sent the batch with a shared statement in it, if nothing
    /// speaks against that. Returns whether it is.
    mutating func openWithPromotion(_ texts: borrowing TextMemory) -> Bool {
        guard promotion.isPossible, promotion.begins(isFit: isFit(texts)) else { return false }
        let shared = promotion.statement
        if let isFresh = server.statements.isOf(texts.promotions.epoch, shared), !isFresh {
            server.statements.remove(shared)
            closeOnServer(shared)
        }
        if !server.statements.use(shared) {
            make(shared, Owed(.parse, .swallow, statement: 0, shared: shared), texts)
        }
        var first = batch.owed[1]
        first.shared = shared
        writeReference(first.kind, to: shared)
        ledger.sent(first)
        for owed in batch.owed[2...] { ledger.sent(owed) }
        if promotion.number == statements.unnamed?.number { statements.unnamedIsAbsent() }
        return true
    }

    /// The whole batch is here, is a transaction of its own, and could be sent once more; and
    /// nothing in the session lets the text mean what it does not mean elsewhere.
    private func isFit(_ texts: borrowing TextMemory) -> Bool {
        guard batchEndsSegment, batch.frameBytes <= Limits.rerunBytes, batch.owed.count > 2,
            let parse = batch.owed.first, parse.kind == .parse,
            parse.statement == promotion.number, let sync = batch.owed.last, sync.kind == .sync,
            sync.disposition == .forward, sync.effects.isEmpty, sync.statement == 0
        else { return false }
        return batch.points.isEmpty && batch.effects.isEmpty && batch.transaction == .none
            && transaction == .idle && deferred.state == .none && pins.isEmpty
            && !hasLocalSettings && !settings.isPending && !touchesCatalog
            && texts.statements.isCurrent(promotion.statement)
    }

    /// Writes the head of a Bind or Describe; the rest of the client's frame follows it.
    private mutating func writeReference(_ kind: Owed.Kind, to shared: SharedStatement) {
        let isBind = kind == .bind
        let type: FrontendMessageType = isBind ? .bind : .describe
        let start = injection.bytes.count
        injection.message(type.rawValue) {
            $0.byte(isBind ? 0 : UInt8(ascii: "S"))
            shared.write(to: &$0)
        }
        let written = injection.bytes.count - start
        let seen = Int(promotion.referringBytes)
        injection.setLength(at: start, seen - 1 + written - promotion.replacedBytes)
    }

    // MARK: Its proof

    /// The client has sent more while the server has still to say that it runs the statement: a
    /// client that does not wait is better off without.
    mutating func waitsForPromotion() -> Bool {
        guard promotion.isProving, phase == .attached else { return false }
        if attachment?.role == .primary { promotionRest = Limits.pipelinedBatches }
        return true
    }

    /// The first answer to what refers to the shared statement: the client's answer to its Parse
    /// goes before it.
    mutating func provePromotion(_ verdict: BackendVerdict) -> BackendVerdict {
        guard promotion.isProving, verdict == .forward else { return verdict }
        promotion.proved()
        tally.promotions += 1
        return .forwardAfter(.parseComplete)
    }

    /// An error instead: unless it would have been the same for any statement, the batch is sent as
    /// the client has sent it. Nil: the error stands.
    mutating func healPromotion(_ body: RawSpan) -> BackendVerdict? {
        let state = Self.sqlState(body)
        guard !Self.isOfCircumstance(state) else { return nil }
        if isSharing { return healPromotionAlone(tellsOfChange: Self.tellsOfChange(state)) }
        guard !opening.isEmpty, ledger.owedReadyForQuery == 1 else { return nil }
        if Self.tellsOfChange(state) {
            stale.append(promotion.statement.number)
            healing = promotion.statement
        }
        promotion.resends()
        failedUnseen()
        ledger.withdrawSync()
        return .runAgain
    }

    /// On a connection that others share nothing is sent twice: the batch runs elsewhere.
    private mutating func healPromotionAlone(tellsOfChange: Bool) -> BackendVerdict? {
        guard hold.state == .holding else { return nil }
        if tellsOfChange { stale.append(promotion.statement.number) }
        hold.withdraw(.neighbor, [])
        failedUnseen()
        return .swallow
    }

    /// The turn has failed. Where nothing was answered, the client's Parse has failed, too.
    mutating func promotionFailed() {
        if promotion.isProving { statements.undo(Owed(.parse, statement: promotion.number)) }
        promotion.failed()
    }

    /// Not of the statement: canceled, shut down, out of memory, in conflict with others.
    private static func isOfCircumstance(_ state: String) -> Bool {
        ["57", "53", "40", "58"].contains { state.hasPrefix($0) } || state == "55P03"
    }

    /// What the statement was parsed to is not there any more, or is not what it was.
    private static func tellsOfChange(_ state: String) -> Bool {
        ["0A", "42", "XX"].contains { state.hasPrefix($0) }
    }
}
