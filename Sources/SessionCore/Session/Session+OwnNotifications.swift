import PostgresWire

// PostgreSQL tells a client what it has notified itself of before the ReadyForQuery of the
// transaction that did. Over a shared connection it comes from elsewhere: the ReadyForQuery waits
// for a round of the roster, by the end of which the notification is there.
extension Session {
    /// Whether a segment that has ended well may have notified its own client. A trigger or
    /// function may have done so, out of sight.
    func mayHaveNotifiedItself(_ owed: Owed) -> Bool {
        listening.isActive && !owed.isRead && attachment?.role == .primary
    }

    /// The ReadyForQuery that has come is not passed on yet.
    mutating func withholdReady() {
        listening.awaitRound()
        withholdsReady = true
        if releaseKind == .keep { phase = .listening }
    }

    /// The round is over, or there is none to wait for any more.
    mutating func releaseReady(reply: inout MessageWriter) {
        withholdsReady = false
        reply.raw(listening.takeHeld())
        reply.readyForQuery(.idle)
        phase = attachment == nil ? .gathering : .attached
    }
}
