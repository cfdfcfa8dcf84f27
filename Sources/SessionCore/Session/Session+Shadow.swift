import PostgresWire
import StatementClassifier

/// A batch made so that it can be run on a connection that knows nothing of its session.
package struct ShadowBatch: Sendable {
    /// To be sent before its frames: what makes the statements that it refers to.
    package var prelude: [UInt8] = []
    /// To be sent when it is over, ended by ReadyForQuery: what removes them. Empty: there are
    /// none.
    package var epilogue: [UInt8] = []
    /// What the session has set.
    package var settings = CarriedSettings()
}

// What shadow mode has to know of what a client runs.
extension Session {
    /// From now on, or not any more, the verdicts of what the client runs are kept to be taken.
    package mutating func keepVerdicts(_ keeps: Bool) { verdictsRun = keeps ? [] : nil }

    /// The verdicts of what the latest frame runs; forgets them.
    package mutating func takeVerdicts() -> [StatementVerdict] {
        guard verdictsRun?.isEmpty == false else { return [] }
        defer { verdictsRun = [] }
        return verdictsRun ?? []
    }

    /// What pins the session, or its transaction, keeps it on the server that it has.
    package var keepsServer: Bool { isInTransaction || !pins.isEmpty }

    /// The text that a Query or Bind frame runs; nil: it is not remembered.
    package func text(
        run type: FrontendMessageType, _ frame: RawSpan, texts: borrowing TextMemory
    ) -> [UInt8]? {
        let body = frame.extracting(FrameScanner.headerBytes..<frame.byteCount)
        var reader = BodyReader(body)
        switch type {
        case .query: return reader.string().map { body.copy($0) }
        case .bind:
            guard reader.string() != nil, let name = reader.string() else { return nil }
            if name.isEmpty { return unnamedText }
            guard case .at(let index) = statements.find(body, name) else { return nil }
            let text = texts.statements.body(of: statements.named[index].statement)
            return Array(text.prefix { $0 != 0 })
        case .parse, .describe, .execute, .close, .sync, .flush, .functionCall, .copyData,
            .copyDone, .copyFail, .terminate, .password:
            return nil
        }
    }

    private var unnamedText: [UInt8]? {
        guard let message = statements.unnamed?.message else { return nil }
        return Array(message.dropFirst(FrameScanner.headerBytes + 1).prefix { $0 != 0 })
    }

    /// The batch that waits for a server, if it is a read outside a transaction, whole, and needs
    /// nothing of its session but settings and prepared statements; else nil.
    package func shadowBatch(texts: borrowing TextMemory) -> ShadowBatch? {
        guard phase == .waiting, deferred.state == .none, need == .read, batchEndsSegment,
            batch.effects.isEmpty, batch.transaction == .none
        else { return nil }
        var made = ShadowBatch(settings: settings.carried)
        var prelude = MessageWriter()
        switch batch.preparation {
        case .none: break
        case .parse(let message, _): prelude.raw(message)
        case .closeUnnamed: return nil
        }
        var known: Set<SharedStatement> = []
        for point in batch.points {
            switch point.want {
            case .statement(let shared): known.insert(shared)
            case .parse(let number): known.insert(texts.statements.current(number))
            case .named, .removal: return nil
            }
        }
        var epilogue = MessageWriter()
        for statement in known {
            Self.writeClose(statement, to: &prelude)
            texts.statements.writeParse(statement, to: &prelude)
            Self.writeClose(statement, to: &epilogue)
        }
        if !epilogue.isEmpty { epilogue.message(FrontendMessageType.sync.rawValue) }
        made.prelude = prelude.bytes
        made.epilogue = epilogue.bytes
        return made
    }

    private static func writeClose(
        _ statement: SharedStatement, to writer: inout MessageWriter
    ) {
        writer.message(FrontendMessageType.close.rawValue) {
            $0.byte(UInt8(ascii: "S"))
            statement.write(to: &$0)
        }
    }
}
