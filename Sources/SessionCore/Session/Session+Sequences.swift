import PostgresWire
import StatementClassifier
import Vocabulary

// `currval` and `lastval` speak of the server session, which other clients have used before. Theirs
// must not be told to this one: they are discarded in time, or the question is refused.
extension Session {
    /// Another client's `nextval` may be remembered on the attached connection.
    private var hasForeignSequences: Bool { server.sequencesOf.map { $0 != id } ?? false }

    /// The client may have called `nextval`.
    mutating func noteSequences() {
        // What was another's is still there beside it: then it is nobody's to ask for.
        server.sequencesOf = hasForeignSequences ? SessionID(.max) : id
    }

    /// At the beginning of a turn nothing of this client's is there yet: another's is discarded if
    /// the batch asks for it, or begins a transaction that may ask after it has written.
    mutating func openWithSequences() {
        guard hasForeignSequences, !batch.isRead else { return }
        let isAsked = batch.effects.contains(.readsSequence)
        guard isAsked || deferred.state == .begun || batch.transaction != .none else { return }
        discardSequences()
    }

    /// The session keeps the connection: from now on it is its own.
    mutating func keepSequences() {
        if hasForeignSequences && attachment?.role == .primary { discardSequences() }
    }

    private mutating func discardSequences() {
        injection.query("DISCARD SEQUENCES")
        ledger.sent(Owed(.query, .swallow, effects: PinSet.alignment))
        statements.unnamedIsAbsent()
        server.sequencesOf = nil
    }

    /// A statement that asks for a sequence's state is about to go to the attached server. Returns
    /// whether it must be refused: the client has written since it got the connection, and another
    /// one before it, so nobody can tell whose the answer would be.
    mutating func mustRefuseSequence(_ verdict: StatementVerdict) -> Bool {
        guard verdict.effects.contains(.readsSequence), hasForeignSequences else { return false }
        guard !hasWritten && !hasOpenSegment else { return true }
        discardSequences()
        return false
    }

    /// Said where the answer might be another client's.
    static let sequenceRefusal = """
        DO $switchyard$BEGIN RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = \
        'currval and lastval are not known here: the server connection was another client''s', \
        HINT = 'Use RETURNING, or ask within the transaction that has called nextval.'; \
        END$switchyard$
        """
}
