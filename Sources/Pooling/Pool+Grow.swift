import Vocabulary

extension Pool {
    /// A connection that the pool ordered could not be opened. Those who wait stay queued: the next
    /// attempt for their profile is made after a pause that grows with each failure, one at a time.
    /// An unknown number is ignored.
    package mutating func openFailed(
        _ server: ServerID, at now: MonotonicInstant,
        capacity: inout CapacityLedger, ids: inout ServerIDSource, orders: inout [PoolOrder]
    ) {
        guard let slot = self.slot(of: server) else { return }
        assert(slots[slot].state == .opening, "a connection failed to open that was not opening")
        lost(server, at: now, capacity: &capacity, ids: &ids, orders: &orders)
    }

    /// A connection died, or its driver closed it because it is not worth keeping: lent, idle, or
    /// still opening (then as `openFailed`). An unknown number is ignored.
    package mutating func lost(
        _ server: ServerID, at now: MonotonicInstant,
        capacity: inout CapacityLedger, ids: inout ServerIDSource, orders: inout [PoolOrder]
    ) {
        guard let slot = self.slot(of: server) else { return }
        let lane = slots[slot].lane
        if slots[slot].state == .opening {
            lanes[lane].backoff.failed(begun: slots[slot].orderedAt, at: now)
            upkeep(by: lanes[lane].backoff.retryAt)
        }
        forget(slot, capacity: &capacity)
        grow(at: now, capacity: &capacity, ids: &ids, orders: &orders)
    }

    // MARK: Private to the pool's files

    /// Orders connections for those who wait and have none on the way, as far as there are places.
    mutating func grow(
        at now: MonotonicInstant,
        capacity: inout CapacityLedger, ids: inout ServerIDSource, orders: inout [PoolOrder]
    ) {
        while let lane = laneToGrow(at: now) {
            guard let since = waiters.first(ofLane: lane)?.since,
                makePlace(since: since, capacity: &capacity, orders: &orders)
            else {
                isHungry = true
                return
            }
            open(lane, at: now, ids: &ids, orders: &orders)
        }
        satisfied(&capacity)
    }

    /// Nobody in the queue waits for a place.
    mutating func satisfied(_ capacity: inout CapacityLedger) {
        isHungry = false
        capacity.sated(shard)
    }

    /// The lane that is to have the next place: it has more waiters than connections on the way and
    /// may try. Lanes with none on the way come first, and among equals the longest waiter decides.
    func laneToGrow(at now: MonotonicInstant) -> Int? {
        guard !waiters.isEmpty else { return nil }
        var best: (lane: Int, opening: Bool, ticket: UInt64)?
        for index in lanes.indices {
            guard let waiter = waiters.first(ofLane: index),
                waiters.count(ofLane: index) > lanes[index].opening, mayOpen(index, at: now)
            else { continue }
            let opening = lanes[index].opening > 0
            if let best, (best.opening ? 1 : 0, best.ticket) < (opening ? 1 : 0, waiter.ticket) {
                continue
            }
            best = (index, opening, waiter.ticket)
        }
        return best?.lane
    }

    /// Keeps `minIdle` connections in all, opened for the profile that was asked for last.
    mutating func refill(
        at now: MonotonicInstant,
        capacity: inout CapacityLedger, ids: inout ServerIDSource, orders: inout [PoolOrder]
    ) {
        guard let latestProfile, limits.minIdle > 0 else { return }
        let lane = lane(for: latestProfile)
        while capacity.taken < limits.minIdle, counts.size < limits.size, mayOpen(lane, at: now),
            capacity.takeSpare(for: shard)
        {
            open(lane, at: now, ids: &ids, orders: &orders)
        }
    }

    /// The lane of a profile, made when there is none.
    mutating func lane(for profile: ProfileID) -> Int {
        if let lane = self.lane(of: profile) { return lane }
        let lane: Int
        if let reused = vacantLanes.popLast() {
            lane = reused
            lanes[lane].profile = profile
            lanes[lane].isLive = true
        } else {
            lane = lanes.count
            lanes.append(Lane(profile: profile))
        }
        setLane(lane, of: profile)
        return lane
    }

    /// After a failure there is one attempt at a time, and none before the pause is over.
    private func mayOpen(_ lane: Int, at now: MonotonicInstant) -> Bool {
        let backoff = lanes[lane].backoff
        return !backoff.isFailing || (now >= backoff.retryAt && lanes[lane].opening == 0)
    }

    private mutating func open(
        _ lane: Int, at now: MonotonicInstant, ids: inout ServerIDSource,
        orders: inout [PoolOrder]
    ) {
        let server = ids.next()
        _ = add(server, lane: lane, orderedAt: now, at: now)
        orders.append(.open(server, lanes[lane].profile))
    }

    /// Enters a connection into the books as one that is being opened. Returns its slot.
    mutating func add(
        _ server: ServerID, lane: Int, orderedAt: MonotonicInstant, at now: MonotonicInstant
    ) -> Int {
        let slot = PoolSlot(
            server: server, lane: lane, state: .opening, since: now, orderedAt: orderedAt)
        let place = vacantSlots.popLast() ?? slots.count
        if place == slots.count { slots.append(slot) } else { slots[place] = slot }
        setSlot(place, of: server)
        lanes[lane].opening += 1
        counts.opening += 1
        counts.size += 1
        return place
    }

    /// Finds a place in this pool and in the ledger, closing the least recently used idle
    /// connection when all are taken. An idle one is always of another profile than those who wait.
    private mutating func makePlace(
        since: MonotonicInstant, capacity: inout CapacityLedger, orders: inout [PoolOrder]
    ) -> Bool {
        if counts.size < limits.size && capacity.take(for: shard, since: since) { return true }
        guard let victim = leastRecentlyUsed else { return false }
        close(victim, capacity: &capacity, orders: &orders)
        return counts.size < limits.size && capacity.take(for: shard, since: since)
    }
}
