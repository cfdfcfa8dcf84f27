import NetworkIO
import Vocabulary

// What is held back of a replica's answer, and for how long.
extension ClientConnection {
    /// Some bytes more of an answer that is held back. Returns whether they are the client's, now
    /// or later; lets go what has become too much.
    func mayHold(_ count: Int, _ channel: Channel) -> Bool {
        if session.isWithdrawing { return false }
        let limits = worker.settings.configuration.healing
        if session.holdsReply && channel.heldBytes + count <= limits.holdBytes
            && limits.holdMillis > 0
        {
            if holdDeadline == nil { limitHold(UInt64(limits.holdMillis)) }
            return true
        }
        letGo()
        return true
    }

    /// The answer is the client's, as far as it has come.
    private func letGo() {
        session.letGo()
        holdDeadline = nil
        channel?.releaseHeld()
    }

    /// It has not come whole: the client must not wait too long for what has.
    private func limitHold(_ milliseconds: UInt64) {
        let deadline = worker.now.advanced(milliseconds: milliseconds)
        holdDeadline = deadline
        worker.holds.append((deadline, id))
        worker.loop.wake(at: deadline)
    }

    /// The client has waited long enough for the rest.
    func holdExpired(at deadline: MonotonicInstant) {
        guard holdDeadline == deadline, !session.isWithdrawing else { return }
        letGo()
        resume()
    }
}

extension Worker {
    /// Lets go what was held back for too long.
    func expireHolds() {
        while let first = holds.first, first.deadline <= now {
            holds.removeFirst()
            clients[first.session]?.holdExpired(at: first.deadline)
        }
        if let next = holds.first { loop.wake(at: next.deadline) }
    }
}
