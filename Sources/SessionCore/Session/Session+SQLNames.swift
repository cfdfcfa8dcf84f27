import PostgresWire
import StatementClassifier
import Vocabulary

// PREPARE, EXECUTE and DEALLOCATE in SQL speak of the names that the client knows, and these mean
// nothing to servers: a statement of the extended protocol that SQL mentions is made there under
// the client's own name as well, which pins the session until it is gone.
extension Session {
    /// What a text asks of prepared names.
    func nameUse(
        _ verdict: StatementVerdict, _ body: RawSpan, _ text: Range<Int>
    ) -> PreparedNameUse {
        guard verdict.effects.contains(.usesPreparedName) else { return .nothing }
        let statement = PreparedNameStatement.read(
            body.extracting(text),
            standardConformingStrings: settings.standardConformingStrings)
        return statement.map(PreparedNameUse.one) ?? .any
    }

    /// The fate of a name that SQL mentions is not known yet.
    func isUnsettled(_ uses: PreparedNameUse) -> Bool {
        switch uses {
        case .nothing: false
        case .any: statements.isUnsettled
        case .one:
            if let name = uses.name, case .unsettled = statements.find(name) { true } else { false }
        }
    }

    /// Sees to it that the server knows the names that the next frame mentions.
    /// - Parameters:
    ///   - isRun: the statement is run, and not only prepared.
    ///   - isQuery: the next frame is a Query.
    mutating func provide(
        _ uses: PreparedNameUse, isRun: Bool, isQuery: Bool = false, _ texts: borrowing TextMemory
    ) {
        switch uses {
        case .nothing: return
        case .any:
            for index in statements.liveIndices { provide(at: index, isQuery: isQuery, texts) }
        case .one:
            guard let name = uses.name else { return }
            if case .at(let index) = statements.find(name) {
                provide(at: index, isQuery: isQuery, texts)
                if isRun && uses.deallocated != nil {
                    segmentCloses = statements.deallocate(at: index, segmentCloses)
                }
            }
            if uses.deallocated != nil && isRun { sqlNames.remove(name) }
            if uses.prepared != nil && isRun { sqlNames.insert(name) }
        }
    }

    private mutating func provide(
        at index: Int, isQuery: Bool, _ texts: borrowing TextMemory
    ) {
        let name = statements.named[index].name
        guard !sqlNames.contains(name) else { return }
        sqlNames.insert(name)
        segmentEffects.insert(.sqlPrepared)
        let statement = statements.named[index].statement
        guard phase == .attached else { return batch.provides(statement, name) }
        provide(statement, name, isQuery: isQuery, texts)
    }

    /// Makes a statement under the client's name.
    /// - Parameter isQuery: the next frame is a Query, which the server must not skip should it
    ///   refuse the statement: the transaction is aborted, or a table is gone.
    mutating func provide(
        _ statement: Int, _ name: [UInt8], isQuery: Bool, _ texts: borrowing TextMemory
    ) {
        // A DEALLOCATE that failed may have left it.
        injection.message(FrontendMessageType.close.rawValue) {
            $0.byte(UInt8(ascii: "S"))
            $0.data(name)
            $0.byte(0)
        }
        ledger.sent(Owed(.close, .swallow, statement: PreparedStatements.noNumber))
        texts.statements.writeParse(statement, named: name, to: &injection)
        ledger.sent(Owed(.parse, .swallow, statement: 0))
        guard isQuery && !hasOpenSegment else { return }
        injection.message(FrontendMessageType.sync.rawValue)
        ledger.sent(Owed(.sync, .swallow, effects: PinSet.withdrawn))
    }
}
