import Vocabulary

// Connections that go over from the pool of one worker to that of another, so that a small pool is
// whole though several workers share it.
extension Pool {
    /// A connection of another worker's pool has come over with its place: it goes to the first
    /// waiter of its profile, whoever else waits elsewhere, or else what becomes of it is as with
    /// `giveBack`.
    /// - Parameter orderedAt: when its opening was ordered, from where its age counts.
    package mutating func arrived(
        _ server: ServerID, profile: ProfileID, orderedAt: MonotonicInstant,
        at now: MonotonicInstant,
        capacity: inout CapacityLedger, ids: inout ServerIDSource, orders: inout [PoolOrder]
    ) {
        let lane = lane(for: profile)
        let slot = add(server, lane: lane, orderedAt: orderedAt, at: now)
        if waiters.first(ofLane: lane) != nil && !isOverfull {
            lendToFirst(of: lane, slot, at: now, orders: &orders)
        } else {
            settle(slot, at: now, capacity: &capacity, ids: &ids, orders: &orders)
        }
        grow(at: now, capacity: &capacity, ids: &ids, orders: &orders)
    }

    /// Gives way to another worker: with the connection, or, where there are too many, by closing
    /// it.
    mutating func yield(
        _ slot: Int, capacity: inout CapacityLedger, orders: inout [PoolOrder]
    ) {
        guard let heir = capacity.heir(of: shard) else {
            return close(slot, capacity: &capacity, orders: &orders)
        }
        let profile = lanes[slots[slot].lane].profile
        orders.append(.hand(slots[slot].server, profile, to: heir))
        remove(slot)
        capacity.pass(from: shard, to: heir)
        if capacity.taken < limits.minIdle { needsTick = true }
    }
}
