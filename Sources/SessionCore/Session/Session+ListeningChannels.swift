import PostgresWire
import StatementClassifier

// `pg_listening_channels()` speaks of the server session it runs on. For its sake that one listens
// on the session's channels as well, for as long as the question takes.
extension Session {
    /// A server was granted for a batch that asks.
    mutating func openWithChannels() {
        if batch.effects.contains(.readsChannels) && listening.isActive { listenOnOwn() }
    }

    /// A statement that asks is about to go to the attached server, to be run or for its Parse.
    /// Returns whether it must not be run: in a transaction that is open already, LISTEN would show
    /// at its end only.
    mutating func mustRefuseChannels(_ verdict: StatementVerdict) -> Bool {
        guard verdict.effects.contains(.readsChannels), listening.isActive, !listensOnOwn else {
            return false
        }
        guard transaction == .idle, ledger.owesProxyOnly, !hasOpenSegment else { return true }
        listenOnOwn()
        return false
    }

    private mutating func listenOnOwn() {
        injection.message(FrontendMessageType.query.rawValue) { body in
            for channel in listening.channels {
                ListenRound.write("LISTEN ", channel, to: &body)
                body.byte(UInt8(ascii: ";"))
            }
            body.byte(0)
        }
        swallowsOwnQuery()
        listensOnOwn = true
    }

    /// The question was answered, and no transaction is open.
    mutating func unlistenOnOwn() {
        listensOnOwn = false
        // It listens on some channels by itself; those of the shared connection do no harm there.
        guard !pins.reasons.contains(.listen) else { return }
        injection.query("UNLISTEN *")
        swallowsOwnQuery()
    }

    private mutating func swallowsOwnQuery() {
        ledger.sent(Owed(.query, .swallow, effects: PinSet.alignment))
        statements.unnamedIsAbsent()
    }

    /// Said where the answer would be wrong.
    static let channelsRefusal = """
        DO $switchyard$BEGIN RAISE EXCEPTION USING ERRCODE = '0A000', MESSAGE = \
        'pg_listening_channels() is not known in this transaction: the session listens on a \
        connection that it shares', HINT = 'Ask outside a transaction, or as its first \
        statement.'; END$switchyard$
        """
}
