import PostgresWire
import StatementClassifier
import Vocabulary

// A block that failed before any server knew of it is answered here, as PostgreSQL answers in a
// transaction that is aborted (src/backend/tcop/postgres.c, `IsAbortedTransactionBlockState`): only
// COMMIT and ROLLBACK are let through, and both roll back. Nothing is gathered into the batch.
extension Session {
    /// A frame of the client in such a block.
    mutating func inFailedBlock(
        _ type: FrontendMessageType, _ body: RawSpan, _ frame: RawSpan, _ isWhole: Bool,
        classifier: inout Classifier, reply: inout MessageWriter
    ) -> FrontendVerdict {
        switch type {
        case .query:
            return queryInFailedBlock(
                body, frame, isWhole, classifier: &classifier, reply: &reply)
        case .parse:
            return parseInFailedBlock(
                body, frame, isWhole, classifier: &classifier, reply: &reply)
        case .bind: return bindInFailedBlock(body, reply: &reply)
        case .describe: return describeInFailedBlock(body, reply: &reply)
        case .execute: return executeInFailedBlock(reply: &reply)
        case .close: return closeInFailedBlock(body, reply: &reply)
        case .sync: reply.readyForQuery(deferred.status)
        case .functionCall: refuse(.failedTransaction, endsSegment: true, reply: &reply)
        case .flush, .copyData, .copyDone, .copyFail: break
        case .terminate: return .depart
        case .password: return .fail(.clientProtocol(.unknownType(type.rawValue)))
        }
        return .consumed
    }

    private mutating func queryInFailedBlock(
        _ body: RawSpan, _ frame: RawSpan, _ isWhole: Bool, classifier: inout Classifier,
        reply: inout MessageWriter
    ) -> FrontendVerdict {
        guard !isWhole || Self.isOneString(body) else { return malformed(.query) }
        let verdict = judge(body, 0..<(body.byteCount - 1), isWhole, &classifier)
        if answersHere(verdict, body, frame, reply: &reply) { return .consumed }
        refuse(.failedTransaction, endsSegment: true, reply: &reply)
        return .consumed
    }

    private mutating func parseInFailedBlock(
        _ body: RawSpan, _ frame: RawSpan, _ isWhole: Bool, classifier: inout Classifier,
        reply: inout MessageWriter
    ) -> FrontendVerdict {
        var reader = BodyReader(body)
        guard let name = reader.string() else { return malformed(.parse) }
        guard isWhole else { return refuseInFailedBlock(reply: &reply) }
        guard let text = reader.string() else { return malformed(.parse) }
        let verdict = judge(body, text, true, &classifier)
        guard Self.endsBlock(verdict),
            statements.parsed(name: body.copy(name), message: frame, verdict: verdict) != nil
        else { return refuseInFailedBlock(reply: &reply) }
        // No server has it yet.
        statements.detached()
        reply.message(BackendMessageType.parseComplete.rawValue)
        return .consumed
    }

    private mutating func bindInFailedBlock(
        _ body: RawSpan, reply: inout MessageWriter
    ) -> FrontendVerdict {
        var reader = BodyReader(body)
        guard reader.string() != nil, let name = reader.string() else { return malformed(.bind) }
        guard let verdict = statements.verdict(name: body.copy(name)), Self.endsBlock(verdict)
        else { return refuseInFailedBlock(reply: &reply) }
        deferred.endIsBound = true
        reply.message(BackendMessageType.bindComplete.rawValue)
        return .consumed
    }

    private mutating func describeInFailedBlock(
        _ body: RawSpan, reply: inout MessageWriter
    ) -> FrontendVerdict {
        var reader = BodyReader(body)
        guard let kind = reader.byte(), let name = reader.string() else {
            return malformed(.describe)
        }
        let isStatement = kind == UInt8(ascii: "S")
        let isKnown =
            isStatement
            ? statements.verdict(name: body.copy(name)).map(Self.endsBlock) ?? false
            : deferred.endIsBound
        guard isKnown else { return refuseInFailedBlock(reply: &reply) }
        if isStatement {
            reply.message(BackendMessageType.parameterDescription.rawValue) { $0.int16(0) }
        }
        reply.message(BackendMessageType.noData.rawValue)
        return .consumed
    }

    private mutating func executeInFailedBlock(reply: inout MessageWriter) -> FrontendVerdict {
        guard deferred.endIsBound else { return refuseInFailedBlock(reply: &reply) }
        deferred.clear()
        tally.transactions += 1
        reply.commandComplete("ROLLBACK")
        return .consumed
    }

    private mutating func closeInFailedBlock(
        _ body: RawSpan, reply: inout MessageWriter
    ) -> FrontendVerdict {
        var reader = BodyReader(body)
        guard let kind = reader.byte(), let name = reader.string() else { return malformed(.close) }
        if kind == UInt8(ascii: "S") {
            statements.closeCompleted(statements.closed(name: body.copy(name)))
        }
        reply.message(BackendMessageType.closeComplete.rawValue)
        return .consumed
    }

    /// Refuses a message of the extended protocol: what follows up to Sync is skipped.
    private mutating func refuseInFailedBlock(reply: inout MessageWriter) -> FrontendVerdict {
        refuse(.failedTransaction, endsSegment: false, reply: &reply)
        return .consumed
    }

    private static func endsBlock(_ verdict: StatementVerdict) -> Bool {
        verdict.transaction == .commit || verdict.transaction == .rollback
    }
}
