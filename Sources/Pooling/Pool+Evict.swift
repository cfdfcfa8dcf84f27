import Vocabulary

extension Pool {
    /// Time has passed: refuses those who have waited too long, closes idle connections that are
    /// too old, unused for too long, too many, or wanted by another worker, tries again after
    /// failures, and keeps `minIdle`. Harmless at any moment.
    package mutating func tick(
        at now: MonotonicInstant,
        capacity: inout CapacityLedger, ids: inout ServerIDSource, orders: inout [PoolOrder]
    ) {
        expireWaiters(at: now, orders: &orders)
        closeIdle(at: now, capacity: &capacity, orders: &orders)
        grow(at: now, capacity: &capacity, ids: &ids, orders: &orders)
        refill(at: now, capacity: &capacity, ids: &ids, orders: &orders)
        ledgerMatters = capacity.isUnderPressure(besides: shard)
        sweepLanes(at: now)
        planUpkeep(at: now)
        needsTick = false
    }

    // MARK: Private to the pool's files

    /// Whether a reload has left more connections than the pool may have.
    @inline(__always) var isOverfull: Bool { counts.size > limits.size }

    /// Whether the connection must not be used again.
    @inline(__always) func mustClose(_ slot: Int, at now: MonotonicInstant) -> Bool {
        if slots[slot].isRetired { return true }
        guard let end = endOfLife(slot) else { return false }
        return now >= end
    }

    /// The idle connection that has been unused for longest; looked for only when one must go.
    var leastRecentlyUsed: Int? {
        guard counts.idle > 0 else { return nil }
        // The first of each lane is its oldest.
        return lanes.lazy.compactMap(\.idle.first).min { slots[$0].since < slots[$1].since }
    }

    /// Closes a connection in any state and gives its place back.
    mutating func close(
        _ slot: Int, capacity: inout CapacityLedger, orders: inout [PoolOrder]
    ) {
        orders.append(.close(slots[slot].server))
        forget(slot, capacity: &capacity)
    }

    /// Takes a connection out of the books, and its place.
    mutating func forget(_ slot: Int, capacity: inout CapacityLedger) {
        remove(slot)
        capacity.put(from: shard)
        if capacity.taken < limits.minIdle { needsTick = true }
    }

    /// Takes a connection out of the books of the pool alone.
    mutating func remove(_ slot: Int) {
        leave(slot)
        releaseLane(slots[slot].lane)
        slots[slot].state = .vacant
        setSlot(nil, of: slots[slot].server)
        vacantSlots.append(slot)
        counts.size -= 1
    }

    /// Takes a connection out of the counts of its state.
    mutating func leave(_ slot: Int) {
        let lane = slots[slot].lane
        switch slots[slot].state {
        case .vacant:
            assertionFailure("a vacant slot was used")
        case .opening:
            lanes[lane].opening -= 1
            counts.opening -= 1
        case .lent:
            lanes[lane].lent -= 1
            counts.lent -= 1
        case .idle:
            lanes[lane].idle.removeAll { $0 == slot }
            counts.idle -= 1
        }
    }

    /// Makes a connection idle that `leave` has taken out of its former state.
    mutating func keepIdle(_ slot: Int, at now: MonotonicInstant) {
        slots[slot].state = .idle
        slots[slot].since = now
        lanes[slots[slot].lane].idle.append(slot)
        counts.idle += 1
        if limits.idleTimeoutMillis > 0 {
            upkeep(by: now.advanced(milliseconds: limits.idleTimeoutMillis))
        }
        if let end = endOfLife(slot) { upkeep(by: end) }
    }

    private mutating func expireWaiters(at now: MonotonicInstant, orders: inout [PoolOrder]) {
        while let waiter = waiters.first,
            now >= waiter.since.advanced(milliseconds: limits.maxWaitMillis)
        {
            waiters.remove(waiter.session)
            let waited = now.milliseconds(since: waiter.since)
            orders.append(.expire(waiter.session, waitedMilliseconds: waited))
        }
        queueChanged()
    }

    private mutating func closeIdle(
        at now: MonotonicInstant, capacity: inout CapacityLedger, orders: inout [PoolOrder]
    ) {
        for slot in slots.indices where slots[slot].state == .idle && mustClose(slot, at: now) {
            close(slot, capacity: &capacity, orders: &orders)
        }
        while let slot = leastRecentlyUsed,
            isOverfull || capacity.mustYield(shard, since: nil, at: now)
                || isUnused(slot, at: now, capacity)
        {
            if isOverfull || isUnused(slot, at: now, capacity) || laneToGrow(at: now) != nil {
                close(slot, capacity: &capacity, orders: &orders)
            } else {
                yield(slot, capacity: &capacity, orders: &orders)
            }
        }
    }

    /// Whether an idle connection has been unused for too long and is not one of the `minIdle`.
    private func isUnused(
        _ slot: Int, at now: MonotonicInstant, _ capacity: CapacityLedger
    ) -> Bool {
        guard let end = endOfIdleness(slot) else { return false }
        return now >= end && capacity.taken > limits.minIdle
    }

    @inline(__always) private func endOfIdleness(_ slot: Int) -> MonotonicInstant? {
        guard limits.idleTimeoutMillis > 0 else { return nil }
        return slots[slot].since.advanced(milliseconds: limits.idleTimeoutMillis)
    }

    /// Connections opened together must not all be replaced together: by its number, one lives up
    /// to 3 % longer than `maxLifetimeMillis`.
    @inline(__always) private func endOfLife(_ slot: Int) -> MonotonicInstant? {
        guard limits.maxLifetimeMillis > 0 else { return nil }
        let spread = limits.maxLifetimeMillis / 256 * (slots[slot].server.rawValue % 8)
        return slots[slot].orderedAt.advanced(milliseconds: limits.maxLifetimeMillis)
            .advanced(milliseconds: spread)
    }

    /// Forgets lanes whose pause after a failure is over, and which have nothing else.
    private mutating func sweepLanes(at now: MonotonicInstant) {
        for index in lanes.indices {
            if lanes[index].size == 0, waiters.count(ofLane: index) == 0,
                now >= lanes[index].backoff.retryAt
            {
                lanes[index].backoff.succeeded()
            }
            releaseLane(index)
        }
    }

    /// Forgets a lane that has no connection, no waiter, and no pause to keep: however many
    /// profiles come and go, those remembered are the ones in use.
    private mutating func releaseLane(_ index: Int) {
        guard lanes[index].isLive, lanes[index].size == 0, waiters.count(ofLane: index) == 0,
            !lanes[index].backoff.isFailing
        else { return }
        setLane(nil, of: lanes[index].profile)
        lanes[index].isLive = false
        vacantLanes.append(index)
    }

    /// Finds anew when the next connection or pause ends. A pause that is over is no reason to come
    /// back: there was no place, and whatever frees one tries again.
    private mutating func planUpkeep(at now: MonotonicInstant) {
        upkeepAt = nil
        for slot in slots.indices where slots[slot].state == .idle {
            if let end = endOfLife(slot) { upkeep(by: end) }
            // One kept for `minIdle` though its time is over is looked at again a time-out later.
            if let end = endOfIdleness(slot) {
                upkeep(
                    by: end > now
                        ? end : now.advanced(milliseconds: limits.idleTimeoutMillis))
            }
        }
        for lane in lanes where lane.backoff.isFailing && lane.backoff.retryAt > now {
            upkeep(by: lane.backoff.retryAt)
        }
    }
}
