import PostgresWire
import StatementClassifier
import Vocabulary

// LISTEN and UNLISTEN by the extended protocol: a batch that runs nothing else is answered like the
// same statement in a Query.
extension Session {
    /// A Bind of this statement was gathered.
    mutating func noteListenBind(
        _ verdict: StatementVerdict, _ body: RawSpan, _ portal: Range<Int>
    ) {
        batch.bindsListen =
            portal.isEmpty && verdict.reason == .notification && verdict.statementCount == 1
            && Self.bindsNothing(body)
    }

    /// Whether a Bind passes no parameters.
    private static func bindsNothing(_ body: RawSpan) -> Bool {
        var reader = BodyReader(body)
        guard reader.string() != nil, reader.string() != nil, let formats = reader.int16(),
            formats == 0 || formats == 1 && reader.int16() != nil
        else { return false }
        return reader.int16() == 0
    }

    /// Takes the batch that a Sync ends, if it runs one LISTEN or UNLISTEN and nothing else. Nil: a
    /// server has to run it.
    mutating func sharesListen(
        _ texts: borrowing TextMemory, reply: inout MessageWriter
    ) -> FrontendVerdict? {
        guard let answers = answersBeforeListen(), answers.isExecuted,
            let statement = listenOfBatch(texts)
        else { return nil }
        settleListenBatch()
        statements.endSegment()
        beginSegment()
        return carryOut(statement, preface: answers.bytes, reply: &reply)
    }

    /// Answers what a Flush asks for: the Parse and Describe of a LISTEN or UNLISTEN, which no
    /// server has to see for that. What follows may then still be taken here. Nil: it is something
    /// else.
    mutating func describesListen(
        _ texts: borrowing TextMemory, reply: inout MessageWriter
    ) -> FrontendVerdict? {
        guard batch.owed.count <= 2, !batch.effects.isDisjoint(with: [.listen, .mayRelease]),
            let answers = answersBeforeListen(), !answers.isExecuted, !batch.hasPortal,
            listenOfBatch(texts) != nil
        else { return nil }
        reply.raw(answers.bytes)
        settleListenBatch()
        return .listen
    }

    /// Nothing of the batch goes to a server.
    private mutating func settleListenBatch() {
        for owed in batch.owed where owed.kind == .parse { statements.confirmed(owed.statement) }
        statements.unnamedIsAbsent()
        batch.clear()
    }

    /// The statement that the batch runs or parses.
    private func listenOfBatch(_ texts: borrowing TextMemory) -> ListenStatement? {
        var shared: Int?
        for point in batch.points {
            switch point.want {
            case .parse(let number):
                guard shared == nil || shared == number else { return nil }
                shared = number
            case .statement(let statement):
                guard shared == nil || shared == statement.number else { return nil }
                shared = statement.number
            case .removal, .named: return nil
            }
        }
        if let shared { return listen(texts.statements.body(of: shared), from: 0) }
        // Type, length, and the empty name come before the text.
        guard let message = statements.unnamed?.message else { return nil }
        return listen(message, from: FrameScanner.headerBytes + 1)
    }

    /// The statement of a Parse message whose text begins at an offset, if it declares no types.
    private func listen(_ bytes: [UInt8], from start: Int) -> ListenStatement? {
        let body = bytes.span.bytes.extracting(start..<bytes.count)
        var reader = BodyReader(body)
        guard let text = reader.string(), reader.int16() == 0 else { return nil }
        return shareable(body.extracting(text))
    }

    /// What the server would answer before the outcome of the only Execute, if there is one; nil if
    /// the batch has another shape.
    private func answersBeforeListen() -> (bytes: [UInt8], isExecuted: Bool)? {
        var writer = MessageWriter()
        var isBound = false
        var isExecuted = false
        for owed in batch.owed {
            guard !isExecuted else { return nil }
            switch owed.kind {
            case .parse:
                // A name that exists already, or a text that is not remembered, is a server's
                // affair.
                guard !isBound, !statements.isForServer(owed.statement) else { return nil }
                writer.message(BackendMessageType.parseComplete.rawValue)
            case .describeStatement:
                writer.message(BackendMessageType.parameterDescription.rawValue) { $0.int16(0) }
                writer.message(BackendMessageType.noData.rawValue)
            case .bind:
                guard !isBound else { return nil }
                isBound = true
                writer.message(BackendMessageType.bindComplete.rawValue)
            case .describePortal:
                guard isBound else { return nil }
                writer.message(BackendMessageType.noData.rawValue)
            case .execute:
                guard isBound else { return nil }
                isExecuted = true
            case .parseKnown, .close, .sync, .query, .functionCall, .malformed, .copyEnd:
                return nil
            }
        }
        return isBound == isExecuted ? (writer.bytes, isExecuted) : nil
    }
}
