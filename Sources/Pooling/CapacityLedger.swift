import Vocabulary

/// How many connections of one node, database and user exist over all workers, and which worker's
/// shard of the pool holds them. A value without locks: with several workers the shell keeps it in
/// a `Mutex` and lends it to each call of a pool.
///
/// Invariant: `taken` is the sum of what the shards hold; no place is given beyond `limit`, though
/// a lowered limit may lie below `taken` until connections have been closed.
///
/// A shard that was refused a place is *hungry*, since its longest waiter came. Other shards then
/// give up idle connections, and with the next connection given back even those that their own
/// clients wait for, when the hungry shard *comes before* them: it holds fewer, or it holds as many
/// and has waited longer. The connection goes over to that shard with its place. After each call of
/// a pool the shell asks `takeNudge()`; when true, it has every other worker `tick` its shard.
package struct CapacityLedger: Sendable {
    package private(set) var limit: Int
    package private(set) var taken = 0
    private var held: ContiguousArray<Int>
    private var hungrySince: ContiguousArray<MonotonicInstant?>
    private var hungryCount = 0
    private var owesNudge = false

    /// How long a hungry shard that holds almost as many as another lets that one go on: a
    /// connection that cannot be handed over is closed, and another opened.
    static let patienceMilliseconds: UInt64 = 100

    /// - Parameters:
    ///   - limit: places in all, `PoolLimits.size`.
    ///   - shards: workers that may hold some of them.
    package init(limit: Int, shards: Int = 1) {
        self.limit = limit
        held = ContiguousArray(repeating: 0, count: max(1, shards))
        hungrySince = ContiguousArray(repeating: nil, count: max(1, shards))
    }

    /// Takes a place for a connection of `shard`, whose longest waiter came at `since`. When there
    /// is none, or those that are free are for hungry shards that come before, returns false, and
    /// the shard is hungry.
    package mutating func take(for shard: LoopIndex, since: MonotonicInstant) -> Bool {
        let free = limit - taken
        guard free > countBefore(shard, holding: held[shard.index], since: since) else {
            markHungry(shard.index, since: since)
            return false
        }
        taken += 1
        held[shard.index] += 1
        sated(shard)
        return true
    }

    /// Takes a place that nobody waits for, if there is one to spare; the shard never gets hungry.
    package mutating func takeSpare(for shard: LoopIndex) -> Bool {
        guard hungryCount == 0 && taken < limit else { return false }
        taken += 1
        held[shard.index] += 1
        return true
    }

    /// A connection of `shard` is gone.
    package mutating func put(from shard: LoopIndex) {
        assert(held[shard.index] > 0, "a place was put back twice")
        guard held[shard.index] > 0 else { return }
        taken -= 1
        held[shard.index] -= 1
        if isAnyHungry(besides: shard) { owesNudge = true }
    }

    /// The hungry shard that a connection of `shard` is to go to; nil: none is hungry, or there are
    /// too many connections.
    package func heir(of shard: LoopIndex) -> LoopIndex? {
        guard taken <= limit, hungryCount > 0 else { return nil }
        var best: (index: Int, since: MonotonicInstant)?
        for index in held.indices where index != shard.index {
            guard let since = hungrySince[index] else { continue }
            if let best, (held[best.index], best.since) <= (held[index], since) { continue }
            best = (index, since)
        }
        return best.map { LoopIndex($0.index) }
    }

    /// A connection of one shard goes over to another with its place: that is what it was hungry
    /// for.
    package mutating func pass(from shard: LoopIndex, to heir: LoopIndex) {
        assert(held[shard.index] > 0, "a place was passed on that was not held")
        guard held[shard.index] > 0 else { return }
        held[shard.index] -= 1
        held[heir.index] += 1
        sated(heir)
    }

    /// The shard needs no place any more.
    package mutating func sated(_ shard: LoopIndex) {
        guard hungrySince[shard.index] != nil else { return }
        hungrySince[shard.index] = nil
        hungryCount -= 1
        // A place may have been kept free for it.
        if hungryCount > 0 && taken < limit { owesNudge = true }
    }

    /// Whether a shard other than this one waits for a place.
    package func isAnyHungry(besides shard: LoopIndex) -> Bool {
        hungryCount > (hungrySince[shard.index] == nil ? 0 : 1)
    }

    /// Whether a connection given back to `shard` may have to be closed.
    package func isUnderPressure(besides shard: LoopIndex) -> Bool {
        taken > limit || isAnyHungry(besides: shard)
    }

    /// Whether `shard` should close a connection that is free to use, because the limit was lowered
    /// or for a hungry shard.
    /// - Parameter since: since when the first of its own clients waits for it; nil: none does.
    package func mustYield(
        _ shard: LoopIndex, since: MonotonicInstant?, at now: MonotonicInstant
    ) -> Bool {
        if taken > limit { return true }
        guard isAnyHungry(besides: shard) else { return false }
        let others = hungryCount - (hungrySince[shard.index] == nil ? 0 : 1)
        guard let since else { return limit - taken < others }
        return limit - taken
            < countBefore(shard, holding: held[shard.index] - 1, since: since, patientAt: now)
    }

    /// True once after something changed that other shards wait for.
    package mutating func takeNudge() -> Bool {
        defer { owesNudge = false }
        return owesNudge
    }

    /// Sets the limit after a reload. The shell then has every worker `tick` its shard.
    package mutating func update(limit: Int) { self.limit = limit }

    /// Connections of one shard.
    package func held(by shard: LoopIndex) -> Int { held[shard.index] }

    private mutating func markHungry(_ index: Int, since: MonotonicInstant) {
        if let before = hungrySince[index] {
            // Others may have stood back for a session that has been served meanwhile.
            if since > before && taken < limit && hungryCount > 1 { owesNudge = true }
        } else {
            hungryCount += 1
            if held.count > 1 { owesNudge = true }
        }
        hungrySince[index] = since
    }

    /// How many hungry shards come before one that holds so many and waits so long. With a time
    /// given, those that hold as many count only when their patience has ended by then.
    private func countBefore(
        _ shard: LoopIndex, holding count: Int, since: MonotonicInstant,
        patientAt now: MonotonicInstant? = nil
    ) -> Int {
        guard hungryCount > 0 else { return 0 }
        var found = 0
        for index in held.indices where index != shard.index {
            guard let theirs = hungrySince[index] else { continue }
            let isPatient =
                now.map { $0.milliseconds(since: theirs) < Self.patienceMilliseconds } ?? false
            let isLonger = theirs < since && !isPatient
            if held[index] < count || (held[index] == count && isLonger) { found += 1 }
        }
        return found
    }
}
