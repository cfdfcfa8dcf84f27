import Vocabulary

/// How many connections of one node, database and user exist over all workers, and which worker's
/// shard of the pool holds them. A value without locks: with several workers the shell keeps it in
/// a `Mutex` and lends it to each call of a pool.
///
/// Invariant: `taken` is the sum of what the shards hold; no place is given beyond `limit`, though a
/// lowered limit may lie below `taken` until connections have been closed.
///
/// A shard that was refused a place is *hungry*: other shards then give up idle connections, and
/// those that hold more than the hungry one give up a place with the next connection given back.
/// After each call of a pool the shell asks `takeNudge()`; when true, it has every other worker
/// `tick` its shard.
package struct CapacityLedger: Sendable {
    package private(set) var limit: Int
    package private(set) var taken = 0
    private var held: ContiguousArray<Int>
    private var hungry: ContiguousArray<Bool>
    private var hungryCount = 0
    private var owesNudge = false

    /// - Parameters:
    ///   - limit: places in all, `PoolLimits.size`.
    ///   - shards: workers that may hold some of them.
    package init(limit: Int, shards: Int = 1) {
        self.limit = limit
        held = ContiguousArray(repeating: 0, count: max(1, shards))
        hungry = ContiguousArray(repeating: false, count: max(1, shards))
    }

    /// Takes a place for a connection of `shard`. When there is none, or those that are free belong
    /// to hungry shards that hold fewer, returns false and the shard is hungry.
    package mutating func take(for shard: LoopIndex) -> Bool {
        guard hasRoom(for: shard) else {
            markHungry(shard.index)
            return false
        }
        taken += 1
        held[shard.index] += 1
        sated(shard)
        return true
    }

    /// Whether `take` would succeed; marks nothing.
    package func hasRoom(for shard: LoopIndex) -> Bool {
        limit - taken > (hungryCount == 0 ? 0 : hungryHoldingFewer(than: held[shard.index], shard))
    }

    /// A connection of `shard` is gone.
    package mutating func put(from shard: LoopIndex) {
        assert(held[shard.index] > 0, "a place was put back twice")
        guard held[shard.index] > 0 else { return }
        taken -= 1
        held[shard.index] -= 1
        if isAnyHungry(besides: shard) { owesNudge = true }
    }

    /// The shard needs no place any more.
    package mutating func sated(_ shard: LoopIndex) {
        guard hungry[shard.index] else { return }
        hungry[shard.index] = false
        hungryCount -= 1
        // A place may have been kept free for it.
        if hungryCount > 0 && taken < limit { owesNudge = true }
    }

    /// Whether a shard other than this one waits for a place.
    package func isAnyHungry(besides shard: LoopIndex) -> Bool {
        hungryCount > (hungry[shard.index] ? 1 : 0)
    }

    /// Whether `shard` should close a connection that is not lent: the limit was lowered, or
    /// another shard is hungry for it. With clients of its own waiting for the connection, only a
    /// shard that holds more than the hungry one would after the change gives way.
    package func mustYield(_ shard: LoopIndex, withWaiters: Bool) -> Bool {
        if taken > limit { return true }
        guard isAnyHungry(besides: shard) else { return false }
        let free = limit - taken
        guard withWaiters else { return free < hungryCount - (hungry[shard.index] ? 1 : 0) }
        return free < hungryHoldingFewer(than: held[shard.index] - 1, shard)
    }

    /// True once after something changed that other shards wait for.
    package mutating func takeNudge() -> Bool {
        defer { owesNudge = false }
        return owesNudge
    }

    /// Sets the limit after a reload. The shell then has every worker `tick` its shard.
    package mutating func update(limit: Int) {
        self.limit = limit
    }

    /// Connections of one shard.
    package func held(by shard: LoopIndex) -> Int { held[shard.index] }

    private mutating func markHungry(_ index: Int) {
        guard !hungry[index] else { return }
        hungry[index] = true
        hungryCount += 1
        if held.count > 1 { owesNudge = true }
    }

    private func hungryHoldingFewer(than count: Int, _ shard: LoopIndex) -> Int {
        var found = 0
        for index in hungry.indices
        where hungry[index] && index != shard.index && held[index] < count {
            found += 1
        }
        return found
    }
}
