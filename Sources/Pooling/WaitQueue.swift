import Vocabulary

/// Sessions that wait for a connection, in order of arrival: over all, and within each lane (the
/// waiters of one profile). Every operation takes constant time; room is kept for reuse, so a queue
/// that has once been as long allocates no more.
///
/// Invariant: each waiter is in the list of all and in the list of its lane, both in arrival order,
/// and `places` finds it.
struct WaitQueue: Sendable {
    /// A session in the queue.
    struct Waiter: Sendable {
        var session: SessionID
        var lane: Int
        var since: MonotonicInstant
        /// Arrival order; instants may be equal, tickets are not.
        var ticket: UInt64
    }

    private var entries = ContiguousArray<Waiter>()
    private var vacant = ContiguousArray<Int>()
    private var places = NumberTable()
    private var order = PlaceChain()
    private var all = PlaceChain.Ends()
    private var laneOrder = PlaceChain()
    private var lanes = ContiguousArray<PlaceChain.Ends>()
    private var nextTicket: UInt64 = 0

    /// Adds a session at the end. A session that waits already keeps its place.
    mutating func append(_ session: SessionID, lane: Int, since: MonotonicInstant) {
        guard places[session.rawValue] == nil else { return }
        while lanes.count <= lane { lanes.append(PlaceChain.Ends()) }
        let waiter = Waiter(session: session, lane: lane, since: since, ticket: nextTicket)
        nextTicket &+= 1
        let place = vacant.popLast() ?? entries.count
        if place == entries.count { entries.append(waiter) } else { entries[place] = waiter }
        places.set(session.rawValue, to: place)
        order.append(place, to: &all)
        laneOrder.append(place, to: &lanes[lane])
    }

    /// Takes a session out; nil when it does not wait.
    @discardableResult
    mutating func remove(_ session: SessionID) -> Waiter? {
        guard let place = places.remove(session.rawValue) else { return nil }
        let waiter = entries[place]
        order.remove(place, from: &all)
        laneOrder.remove(place, from: &lanes[waiter.lane])
        vacant.append(place)
        return waiter
    }

    /// Takes out the session of a lane that has waited longest.
    mutating func removeFirst(ofLane lane: Int) -> Waiter? {
        first(ofLane: lane).flatMap { remove($0.session) }
    }

    var count: Int { all.count }
    var isEmpty: Bool { all.count == 0 }

    /// The session that has waited longest.
    var first: Waiter? { all.first < 0 ? nil : entries[all.first] }

    func count(ofLane lane: Int) -> Int { lane < lanes.count ? lanes[lane].count : 0 }

    func first(ofLane lane: Int) -> Waiter? {
        guard lane < lanes.count, lanes[lane].first >= 0 else { return nil }
        return entries[lanes[lane].first]
    }

    func contains(_ session: SessionID) -> Bool { places[session.rawValue] != nil }

    /// Every waiter in order of arrival; for checks, not for the data path.
    var waiters: [Waiter] {
        var found: [Waiter] = []
        var place = all.first
        while place >= 0 {
            found.append(entries[place])
            place = order.place(after: place)
        }
        return found
    }
}
