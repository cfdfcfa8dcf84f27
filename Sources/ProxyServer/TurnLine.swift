import DequeModule
import Vocabulary

/// The turns of other clients behind the one that a server connection runs, which it has all been
/// sent.
///
/// Invariant: each place stands for one ReadyForQuery that is still to come after that of the turn
/// which runs.
struct TurnLine {
    private(set) var places: Deque<ClientConnection?> = []
    /// More may join.
    private(set) var isOpen = false
    /// Since when nothing is before the turn that runs.
    private(set) var headSince = MonotonicInstant(nanoseconds: 0)
    /// How long a turn takes here while others wait, in nanoseconds; 0: not known yet.
    private(set) var pace: UInt64 = 0
    /// Turns begun here when the first was.
    private var turnsBefore: UInt64 = 0
    /// Turns that were over since `countedSince`.
    private var counted: UInt64 = 0
    private var countedSince = MonotonicInstant(nanoseconds: 0)

    /// Waiting behind the turn that runs.
    var count: Int { places.count }

    /// The first turn begins.
    mutating func open(turns: UInt64, at now: MonotonicInstant) {
        isOpen = true
        headSince = now
        countedSince = now
        counted = 0
        turnsBefore = turns
    }

    /// No more join.
    mutating func close() { isOpen = false }

    /// Whether it has been one for so long that its pool should look at the connection.
    func isOld(turns: UInt64) -> Bool { turns - turnsBefore > Limits.sharedLineTurns }

    mutating func append(_ client: ClientConnection) { places.append(client) }

    /// The turn that ran is over. Returns the client of the next: nil in nil if it is nobody's, nil
    /// if there is none.
    mutating func next(at now: MonotonicInstant) -> ClientConnection?? {
        counted += 1
        headSince = now
        return places.popFirst()
    }

    /// The answers that came together are done with.
    mutating func measured(at now: MonotonicInstant) {
        guard counted > 0 else { return }
        let sample = now.nanoseconds(since: countedSince) / counted
        pace = pace == 0 ? sample : (pace * 7 + sample) / 8
        counted = 0
        countedSince = now
    }

    /// What a turn that joined now would wait for those before it, in nanoseconds.
    var expectedWait: UInt64 { UInt64(places.count + 1) * pace }

    /// The client is not there any more: what comes of its turn is nobody's. Returns whether it was
    /// in the line.
    mutating func vacate(_ client: ClientConnection) -> Bool {
        guard let index = places.firstIndex(where: { $0 === client }) else { return false }
        places[index] = nil
        return true
    }

    /// All of them go: what comes of their turns is nobody's.
    mutating func evacuate() -> [ClientConnection] {
        isOpen = false
        let leaving = places.compactMap { $0 }
        for index in places.indices { places[index] = nil }
        return leaving
    }

    /// The connection is gone.
    mutating func end() -> [ClientConnection] {
        let leaving = evacuate()
        places.removeAll()
        return leaving
    }
}
