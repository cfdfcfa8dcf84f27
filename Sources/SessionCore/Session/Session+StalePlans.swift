import PostgresWire
import StatementClassifier
import Vocabulary

// "cached plan must not change result type": a table has changed under a prepared statement. Where
// the client has seen nothing of the answer, and will be told of the new columns before it gets
// rows, the statement is prepared anew and run once more. A client that asked for the columns long
// ago is told, as by PostgreSQL: it would read new rows as the old ones.
extension Session {
    /// The batch that was granted a server may be run again, as long as nothing of it was answered.
    mutating func keepOpening() {
        guard batchEndsSegment, !batch.points.isEmpty, transaction == .idle, !isSharing,
            batch.frameBytes <= Limits.rerunBytes, batch.owed.last?.kind == .sync,
            batch.owed.last?.effects.isEmpty ?? false, batch.onlyRefers
        else { return }
        if hold.state == .off { swap(&opening, &batch.owed) } else { opening = batch.owed }
    }

    /// The frames that the server was given first are to be kept until the turn ends.
    package var mayRunAgain: Bool { !opening.isEmpty || hold.state != .off }

    /// The error by its place in PostgreSQL's source (src/backend/utils/cache/plancache.c), since
    /// its words are in the server's language.
    static func isStalePlan(_ body: RawSpan) -> Bool {
        var reader = BodyReader(body)
        var isUnsupported = false
        while let code = reader.byte(), code != 0, let value = reader.string() {
            if code == UInt8(ascii: "C") { isUnsupported = body.text(value) == "0A000" }
            if code == UInt8(ascii: "R") {
                return isUnsupported && body.text(value) == "RevalidateCachedQuery"
            }
        }
        return false
    }

    /// Nil: the error is the client's.
    mutating func healStalePlan() -> BackendVerdict? {
        guard let head = ledger.head, head.shared != .none else { return nil }
        stale.append(head.shared.number)
        if isSharing { return healStaleAlone() }
        let answered = opening.count - ledger.owedToClient
        guard answered >= 0, ledger.owedReadyForQuery == 1,
            opening[..<answered].allSatisfy(\.lasts),
            !opening[answered...].contains(where: \.isSharedParse)
        else { return nil }
        // Who prepares it in the same breath has not been told of any columns before.
        let isAsked =
            head.kind == .describeStatement
            || opening.contains {
                $0.kind == .describePortal || $0.isSharedParse && $0.shared == head.shared
            }
        guard isAsked else { return nil }
        healing = head.shared
        framesDone = opening[..<answered].count { !$0.isSharedParse }
        opening.removeFirst(answered)
        _ = failedInLedger()
        ledger.withdrawSync()
        return .runAgain
    }

    /// On a connection that others share nothing is prepared: the batch runs elsewhere, under the
    /// same conditions.
    private mutating func healStaleAlone() -> BackendVerdict? {
        guard hold.state == .holding, let head = ledger.head,
            head.kind == .describeStatement
                || batch.owed.contains(where: {
                    $0.kind == .describePortal || $0.isSharedParse && $0.shared == head.shared
                })
        else { return nil }
        hold.withdraw(.neighbor, [])
        failedUnseen()
        return .swallow
    }

    /// Prepares the statement anew; the frames follow, but for the first of them, which have been
    /// answered.
    /// - Returns: how many that are.
    package mutating func runAgain(texts: inout TextMemory) -> Int {
        guard healing != .none else { return 0 }
        closeOnServer(healing)
        texts.statements.writeParse(healing, to: &injection)
        ledger.sent(Owed(.parse, .swallow, statement: 0, shared: healing))
        for owed in opening { ledger.sent(owed) }
        // Once is enough: should it fail again, that is the client's to know.
        opening.removeAll(keepingCapacity: true)
        healing = .none
        // Elsewhere the frames would still speak of it as it is now.
        if hold.state == .off { releaseStatements(&texts) }
        defer { framesDone = 0 }
        return framesDone
    }
}

extension Owed {
    /// A client's Parse of a shared statement: its frame is not kept, see `RequestBatch.parses`.
    fileprivate var isSharedParse: Bool { kind == .parse && shared != .none }

    /// What it has done is still there after an error in the same segment.
    fileprivate var lasts: Bool {
        switch kind {
        case .parse, .parseKnown, .close, .describeStatement: true
        case .bind, .describePortal, .execute, .sync, .query, .functionCall, .malformed, .copyEnd:
            false
        }
    }
}
