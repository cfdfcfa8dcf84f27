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
        texts: inout TextMemory, reply: inout MessageWriter
    ) -> FrontendVerdict {
        switch type {
        case .query:
            return queryInFailedBlock(
                body, frame, isWhole, texts: &texts, reply: &reply)
        case .parse:
            return parseInFailedBlock(
                body, frame, isWhole, texts: &texts, reply: &reply)
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
        _ body: RawSpan, _ frame: RawSpan, _ isWhole: Bool, texts: inout TextMemory,
        reply: inout MessageWriter
    ) -> FrontendVerdict {
        guard !isWhole || Self.isOneString(body) else {
            return malformedInFailedBlock(.query, reply: &reply)
        }
        let verdict = judge(body, 0..<(body.byteCount - 1), isWhole, &texts)
        if answersHere(verdict, body, frame, reply: &reply) { return .consumed }
        refuse(.failedTransaction, endsSegment: true, reply: &reply)
        return .consumed
    }

    private mutating func parseInFailedBlock(
        _ body: RawSpan, _ frame: RawSpan, _ isWhole: Bool, texts: inout TextMemory,
        reply: inout MessageWriter
    ) -> FrontendVerdict {
        var reader = BodyReader(body)
        guard let name = reader.string() else {
            return malformedInFailedBlock(.parse, reply: &reply)
        }
        guard isWhole else { return refuseInFailedBlock(reply: &reply) }
        guard let text = reader.string() else {
            return malformedInFailedBlock(.parse, reply: &reply)
        }
        let verdict = judge(body, text, true, &texts)
        guard Self.endsBlock(verdict),
            rememberInFailedBlock(name, body, frame, verdict, texts: &texts)
        else { return refuseInFailedBlock(reply: &reply) }
        reply.message(BackendMessageType.parseComplete.rawValue)
        return .consumed
    }

    /// Remembers a statement that no server has yet. Returns false where its name is taken, or
    /// there is no room.
    private mutating func rememberInFailedBlock(
        _ name: Range<Int>, _ body: RawSpan, _ frame: RawSpan, _ verdict: StatementVerdict,
        texts: inout TextMemory
    ) -> Bool {
        if name.isEmpty {
            _ = statements.parsedUnnamed(
                frame, verdict, key: texts.catalogs.key(catalog), [], .nothing)
            statements.unnamedIsAbsent()
            return true
        }
        guard statements.hasRoom(for: body.byteCount),
            case .nothing = statements.find(body, name)
        else { return false }
        let rest = body.extracting((name.upperBound + 1)..<body.byteCount)
        let statement = texts.statements.intern(rest, salt: parseSalt)
        statements.confirmed(
            statements.parsed(
                body, name, statement: statement, verdict: verdict,
                key: texts.catalogs.key(catalog), changes: [], uses: .nothing))
        return true
    }

    private func verdict(_ name: Range<Int>, in body: RawSpan) -> StatementVerdict? {
        if name.isEmpty { return statements.unnamed?.verdict }
        guard case .at(let index) = statements.find(body, name) else { return nil }
        return statements.named[index].verdict
    }

    private mutating func bindInFailedBlock(
        _ body: RawSpan, reply: inout MessageWriter
    ) -> FrontendVerdict {
        var reader = BodyReader(body)
        guard reader.string() != nil, let name = reader.string() else {
            return malformedInFailedBlock(.bind, reply: &reply)
        }
        guard let verdict = verdict(name, in: body), Self.endsBlock(verdict)
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
            return malformedInFailedBlock(.describe, reply: &reply)
        }
        let isStatement = kind == UInt8(ascii: "S")
        let isKnown =
            isStatement
            ? verdict(name, in: body).map(Self.endsBlock) ?? false
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
        settings.endedUnsent(commits: false)
        tally.transactions += 1
        reply.commandComplete("ROLLBACK")
        return .consumed
    }

    private mutating func closeInFailedBlock(
        _ body: RawSpan, reply: inout MessageWriter
    ) -> FrontendVerdict {
        var reader = BodyReader(body)
        guard let kind = reader.byte(), let name = reader.string() else {
            return malformedInFailedBlock(.close, reply: &reply)
        }
        if kind == UInt8(ascii: "S") {
            if name.isEmpty { statements.forgetUnnamed() }
            if case .at(let index) = statements.find(body, name) {
                statements.closeCompleted(statements.close(at: index))
            }
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
