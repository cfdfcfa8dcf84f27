import Vocabulary

/// The connections of one worker to one node, as one user of one database, and the sessions that
/// wait for them. It decides; its driver carries out the `PoolOrder`s in the order given, before
/// anything else happens to this pool.
///
/// What holds after every call:
/// - connections (lent, idle, opening) never exceed `limits.size`, save for those lent or opening
///   when a reload lowered it, which are closed as they come in;
/// - each of them has a place in the `CapacityLedger`, given back in the same call that forgets it;
/// - a session waits only while its profile has no idle connection;
/// - sessions of one profile are served in the order they came, each within `maxWaitMillis` or
///   refused; a session taken out of the queue is never named in an order again;
/// - while one waits that no opening connection is meant for, there is no place to open one, or its
///   profile is in back-off after a failure.
///
/// `capacity` is the ledger of this node, database and user: with several workers shared between
/// their pools (see there for when to nudge them). `ids` numbers new connections. `orders` is only
/// appended to; pass the same array again and again, emptied, and nothing is allocated.
///
/// The driver calls `tick` whenever `nextDeadline` has come; `tryLend` and `tryGiveBack` are for a
/// driver that shares the ledger and would rather not lock it when it is not needed.
package struct Pool: Sendable {
    package internal(set) var limits: PoolLimits
    let shard: LoopIndex

    var slots = ContiguousArray<PoolSlot>()
    var vacantSlots = ContiguousArray<Int>()
    private var slotOf = NumberTable()

    var lanes = ContiguousArray<Lane>()
    var vacantLanes = ContiguousArray<Int>()
    private var laneOf = NumberTable()

    var waiters = WaitQueue()
    package internal(set) var counts = PoolCounts()

    /// Profile of the latest request that found no idle connection: `minIdle` ones are opened for
    /// it.
    var latestProfile: ProfileID?
    /// When the ledger was last seen, other shards waited for places, or there were too many.
    var ledgerMatters = false
    /// A waiter found no place, and the ledger may have been told; it is told when that is over.
    var isHungry = false
    /// Something can be done only with the ledger at hand: tick at once.
    var needsTick = false { didSet { replan() } }
    /// Not before then does an idle connection reach its time-out or age, or a back-off end.
    var upkeepAt: MonotonicInstant? { didSet { replan() } }

    /// When to call `tick` next; may lie in the past; nil: there is nothing to wait for. Stored,
    /// like `counts`: a question that is computed costs a copy of the pool when its owner is a
    /// class.
    package private(set) var nextDeadline: MonotonicInstant?

    /// - Parameter shard: the worker whose pool this is, for the ledger.
    package init(limits: PoolLimits, shard: LoopIndex = LoopIndex(0)) {
        self.limits = limits
        self.shard = shard
    }

    // MARK: Events without a connection

    /// The session left, or goes elsewhere: takes it out of the queue. False when it is not in it.
    package mutating func withdraw(_ session: SessionID) -> Bool {
        guard waiters.remove(session) != nil else { return false }
        leftQueue()
        return true
    }

    /// Takes every waiting session out of the queue, or those of one profile, and names them with
    /// the milliseconds they have waited, in order of arrival: the driver refuses or re-routes
    /// them.
    package mutating func failWaiters(
        of profile: ProfileID? = nil, at now: MonotonicInstant
    ) -> [(SessionID, waitedMilliseconds: UInt64)] {
        let only = profile.map { self.lane(of: $0) ?? -1 }
        let failed = waiters.waiters.filter { only == nil || $0.lane == only }
        for waiter in failed { waiters.remove(waiter.session) }
        leftQueue()
        return failed.map { ($0.session, now.milliseconds(since: $0.since)) }
    }

    /// New limits after a reload. They take effect with the next `tick`, which is due at once. The
    /// ledger has its own `update(limit:)`.
    package mutating func update(limits: PoolLimits) {
        self.limits = limits
        needsTick = true
    }

    /// The connections of today are not wanted any more (the node's address or the password has
    /// changed): idle ones are closed with the next `tick`, which is due at once, others when they
    /// come in.
    package mutating func retireAll() {
        for index in slots.indices where slots[index].state != .vacant {
            slots[index].isRetired = true
        }
        needsTick = true
    }

    // MARK: Questions

    /// Whether the session is in the queue.
    package func isWaiting(_ session: SessionID) -> Bool { waiters.contains(session) }

    /// The session of this profile that has waited longest.
    package func firstWaiter(of profile: ProfileID) -> SessionID? {
        lane(of: profile).flatMap { waiters.first(ofLane: $0)?.session }
    }

    // MARK: Private to the pool's files

    func slot(of server: ServerID) -> Int? { slotOf[server.rawValue] }

    /// Adds a connection to the books, or takes it out of them with nil.
    mutating func setSlot(_ slot: Int?, of server: ServerID) {
        if let slot {
            slotOf.set(server.rawValue, to: slot)
        } else {
            slotOf.remove(server.rawValue)
        }
    }

    func lane(of profile: ProfileID) -> Int? { laneOf[UInt64(bitPattern: Int64(profile.index))] }

    /// Makes a lane known by its profile, or forgets it with nil.
    mutating func setLane(_ lane: Int?, of profile: ProfileID) {
        let key = UInt64(bitPattern: Int64(profile.index))
        if let lane { laneOf.set(key, to: lane) } else { laneOf.remove(key) }
    }

    /// How many connections and lanes can be found by their numbers, for checks.
    var known: (slots: Int, lanes: Int) { (slotOf.count, laneOf.count) }

    /// The number of waiters, or the first of them, is another now.
    mutating func queueChanged() {
        counts.waiting = waiters.count
        counts.oldestWaitSince = waiters.first?.since
        replan()
    }

    /// Sessions left the queue without a connection: the ledger may believe that they still wait.
    private mutating func leftQueue() {
        queueChanged()
        if isHungry { needsTick = true }
    }

    private mutating func replan() {
        var next = upkeepAt
        if let oldest = counts.oldestWaitSince {
            let expiry = oldest.advanced(milliseconds: limits.maxWaitMillis)
            next = next.map { min($0, expiry) } ?? expiry
        }
        nextDeadline = needsTick ? MonotonicInstant(nanoseconds: 0) : next
    }

    /// Brings the next upkeep forward.
    mutating func upkeep(by instant: MonotonicInstant) {
        if let upkeepAt, upkeepAt <= instant { return }
        upkeepAt = instant
    }
}
