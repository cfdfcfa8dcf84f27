import Vocabulary

/// The clients of one worker whose batch, or login, waits until their cluster has a node for it, as
/// it has not while a failover is under way. Each waits no longer than it would for a connection.
///
/// Invariant: a client is in it exactly while its `isSeeking` is set.
struct WaitingRoom {
    private struct Guest {
        let session: SessionID
        let deadline: MonotonicInstant
    }

    /// In order of arrival.
    private var guests: [Guest] = []

    var isEmpty: Bool { guests.isEmpty }

    /// When the first of them has waited long enough; nil: nobody waits.
    var nextDeadline: MonotonicInstant? { guests.lazy.map(\.deadline).min() }

    mutating func enter(_ session: SessionID, until deadline: MonotonicInstant) {
        guests.append(Guest(session: session, deadline: deadline))
    }

    mutating func leave(_ session: SessionID) {
        guard let index = guests.firstIndex(where: { $0.session == session }) else { return }
        guests.remove(at: index)
    }

    /// Takes all out, in order of arrival.
    mutating func takeAll() -> [SessionID] {
        defer { guests = [] }
        return guests.map(\.session)
    }

    /// Takes out those who have waited long enough.
    mutating func takeExpired(at now: MonotonicInstant) -> [SessionID] {
        let expired = guests.filter { $0.deadline <= now }
        if !expired.isEmpty { guests.removeAll { $0.deadline <= now } }
        return expired.map(\.session)
    }
}
