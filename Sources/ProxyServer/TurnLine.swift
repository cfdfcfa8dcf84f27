import DequeModule
import Vocabulary

/// The turns of other clients behind the one that a server connection runs, which it has all been
/// sent.
///
/// Invariant: each place stands for one ReadyForQuery that is still to come after that of the turn
/// which runs; `expectedWait` is the sum of what they and that turn take.
struct TurnLine {
    private struct Place {
        /// nil: what comes of the turn is nobody's.
        var client: ClientConnection?
        /// Nanoseconds.
        let cost: UInt64
    }

    private var places: Deque<Place> = []
    /// More may join.
    private(set) var isOpen = false
    /// Since when nothing is before the turn that runs.
    private(set) var headSince = MonotonicInstant(nanoseconds: 0)
    /// When the turn at the head was found to take too long: once more, and it does.
    private var suspectedAt: MonotonicInstant?
    private var headCost: UInt64 = 0
    /// What a turn that joined now would wait for those before it, in nanoseconds, if the server
    /// had nothing else to do.
    private(set) var expectedWait: UInt64 = 0
    /// Turns begun here when the first was.
    private var turnsBefore: UInt64 = 0

    /// Waiting behind the turn that runs.
    var count: Int { places.count }

    /// The first turn begins.
    /// - Parameter cost: what it takes, in nanoseconds.
    mutating func open(cost: UInt64, turns: UInt64, at now: MonotonicInstant) {
        isOpen = true
        headSince = now
        suspectedAt = nil
        headCost = cost
        expectedWait = cost
        turnsBefore = turns
    }

    /// No more join.
    mutating func close() { isOpen = false }

    /// Whether it has been one for so long that its pool should look at the connection.
    func isOld(turns: UInt64) -> Bool { turns - turnsBefore > Limits.sharedLineTurns }

    /// One more turn was sent.
    mutating func append(_ client: ClientConnection, cost: UInt64) {
        places.append(Place(client: client, cost: cost))
        expectedWait += cost
    }

    /// The turn that ran is over. Returns the client of the next: nil in nil if it is nobody's, nil
    /// if there is none.
    mutating func next(at now: MonotonicInstant) -> ClientConnection?? {
        expectedWait -= headCost
        headCost = 0
        headSince = now
        suspectedAt = nil
        guard let place = places.popFirst() else { return nil }
        headCost = place.cost
        return .some(place.client)
    }

    /// The turn at the head takes too long. Returns whether that was seen before.
    mutating func suspect(at now: MonotonicInstant) -> Bool {
        guard suspectedAt == nil else { return true }
        suspectedAt = now
        return false
    }

    /// The client is not there any more: what comes of its turn is nobody's.
    mutating func vacate(_ client: ClientConnection) {
        guard let index = places.firstIndex(where: { $0.client === client }) else { return }
        places[index].client = nil
    }

    /// All of them go: what comes of their turns is nobody's.
    mutating func evacuate() -> [ClientConnection] {
        isOpen = false
        let leaving = places.compactMap(\.client)
        for index in places.indices { places[index].client = nil }
        return leaving
    }

    /// The connection is gone.
    mutating func end() -> [ClientConnection] {
        let leaving = evacuate()
        places.removeAll()
        return leaving
    }
}
