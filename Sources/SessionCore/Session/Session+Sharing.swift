import StatementClassifier
import Vocabulary

// Turns of several clients on one server connection: proven reads in autocommit mode follow each
// other there without waiting for each other's answers. Such a turn finds all that it needs on the
// connection and leaves nothing behind, so what the connection's session holds stays with the
// connection; and its answer is held back, so that it can be run elsewhere whatever happens to the
// turns before it.
extension Session {
    /// The batch that waits may share a connection: it is whole, reads alone, and asks for nothing
    /// that a server session has besides its settings and prepared statements.
    package var mayShare: Bool {
        // Who has declared a function STABLE that writes after all would have it write twice.
        guard phase == .waiting, batch.isProvenRead, !batch.callsDeclared, batch.isRead,
            batch.transaction == .none, batchEndsSegment, batch.isWhole,
            batch.frameBytes <= Limits.sharedTurnBytes
        else { return false }
        guard deferred.state == .none, batch.effects.isEmpty, verdictsRun == nil,
            settings.standardConformingStrings, settings.hasSafeEncoding
        else { return false }
        if case .none = batch.preparation { return batch.owed.allSatisfy(Self.isOfRead) }
        return false
    }

    private static func isOfRead(_ owed: Owed) -> Bool {
        switch owed.kind {
        case .parse, .parseKnown, .bind, .describeStatement, .describePortal, .execute, .sync,
            .query:
            true
        case .close, .functionCall, .malformed, .copyEnd: false
        }
    }

    /// The batch that waits needs nothing that is not on this connection: no setting, and no
    /// statement that is not prepared there.
    package func fits(
        _ held: borrowing ServerSession, texts: borrowing TextMemory
    ) -> Bool {
        guard held.reported.digest == settings.reportedSoFar.digest,
            held.settings == settings.carried
        else { return false }
        for point in batch.points {
            switch point.want {
            case .statement(let shared):
                guard held.statements.has(shared) else { return false }
            case .parse(let number):
                guard held.statements.has(texts.statements.current(number)) else { return false }
            case .named, .removal: return false
            }
        }
        return true
    }

    /// The turn that was granted shares its connection, which keeps what its session holds.
    package mutating func leaveContents() -> ServerSession {
        var held = ServerSession()
        swap(&server, &held)
        return held
    }

    /// Something has become of the turns before this one, or of the connection: the batch is to run
    /// once more, alone. Only while its answer is held back.
    package mutating func leaveLine() {
        hold.withdraw(.neighbor, [])
        _ = withdraw()
    }
}
