import Vocabulary

extension Pool {
    /// A session needs a connection: it is lent an idle one of its profile at once, or queued, and
    /// a connection is ordered for it when there is a place, or when an idle one of another profile
    /// can give way. A session that waits already stays where it is in the queue.
    package mutating func request(
        _ session: SessionID, profile: ProfileID, at now: MonotonicInstant,
        capacity: inout CapacityLedger, ids: inout ServerIDSource, orders: inout [PoolOrder]
    ) {
        if tryLend(session, profile: profile, at: now, orders: &orders) { return }
        let isFirst = latestProfile == nil
        latestProfile = profile
        waiters.append(session, lane: lane(for: profile), since: now)
        queueChanged()
        grow(at: now, capacity: &capacity, ids: &ids, orders: &orders)
        if isFirst && limits.minIdle > 0 { needsTick = true }
    }

    /// Lends the session an idle connection of its profile, the most recently used; false, with
    /// nothing changed, when there is none: then `request`.
    package mutating func tryLend(
        _ session: SessionID, profile: ProfileID, at now: MonotonicInstant,
        orders: inout [PoolOrder]
    ) -> Bool {
        guard counts.idle > 0, waiters.isEmpty || !waiters.contains(session),
            let lane = self.lane(of: profile)
        else { return false }
        guard let slot = lanes[lane].idle.popLast() else { return false }
        counts.idle -= 1
        markLent(slot, at: now)
        orders.append(.lend(slots[slot].server, to: session, waitedMilliseconds: 0))
        return true
    }

    /// A session has done with the connection, which is clean: it goes to the first waiter of its
    /// profile, or is kept idle; or it is closed, because it is too old or retired, because the
    /// pool has shrunk, or because its place is wanted for another profile or by another worker. A
    /// number that the pool does not know is ignored: `lost` came before.
    package mutating func giveBack(
        _ server: ServerID, at now: MonotonicInstant,
        capacity: inout CapacityLedger, ids: inout ServerIDSource, orders: inout [PoolOrder]
    ) {
        guard let slot = returned(server) else { return }
        settle(slot, at: now, capacity: &capacity, ids: &ids, orders: &orders)
    }

    /// `giveBack` where the ledger is not needed: the connection goes to a waiter that nobody of
    /// another profile was before, or is kept idle while nobody waits. False, with nothing changed,
    /// when there may be more to it: then `giveBack`.
    package mutating func tryGiveBack(
        _ server: ServerID, at now: MonotonicInstant, orders: inout [PoolOrder]
    ) -> Bool {
        guard !ledgerMatters, !isHungry, let slot = self.slot(of: server),
            slots[slot].state == .lent
        else { return false }
        guard !isOverfull && !mustClose(slot, at: now) else { return false }
        if let first = waiters.first {
            guard first.lane == slots[slot].lane else { return false }
            lendToFirst(of: first.lane, slot, at: now, orders: &orders)
        } else {
            leave(slot)
            keepIdle(slot, at: now)
        }
        return true
    }

    /// A connection that the pool ordered is ready: it goes to the first waiter of its profile, or
    /// is kept idle, or closed as with `giveBack`. An unknown number is ignored.
    package mutating func opened(
        _ server: ServerID, at now: MonotonicInstant,
        capacity: inout CapacityLedger, ids: inout ServerIDSource, orders: inout [PoolOrder]
    ) {
        guard let slot = self.slot(of: server) else { return }
        assert(slots[slot].state == .opening, "a connection became ready twice")
        guard slots[slot].state == .opening else { return }
        lanes[slots[slot].lane].backoff.succeeded()
        settle(slot, at: now, capacity: &capacity, ids: &ids, orders: &orders)
        grow(at: now, capacity: &capacity, ids: &ids, orders: &orders)
    }

    // MARK: Private to the pool's files

    /// Decides what becomes of a connection that is free to use; its slot is still lent or opening.
    mutating func settle(
        _ slot: Int, at now: MonotonicInstant,
        capacity: inout CapacityLedger, ids: inout ServerIDSource, orders: inout [PoolOrder]
    ) {
        ledgerMatters = capacity.isUnderPressure(besides: shard)
        let lane = slots[slot].lane
        let awaitedSince = waiters.first(ofLane: lane)?.since
        let isWorn = isOverfull || mustClose(slot, at: now)
        let yields = !isWorn && capacity.mustYield(shard, since: awaitedSince, at: now)
        if isWorn || yields || isWantedElsewhere(lane, at: now) {
            // Where sessions of another profile wait here as well, the ledger says whose the place
            // is.
            if yields && (awaitedSince != nil || laneToGrow(at: now) == nil) {
                yield(slot, capacity: &capacity, orders: &orders)
            } else {
                close(slot, capacity: &capacity, orders: &orders)
            }
            grow(at: now, capacity: &capacity, ids: &ids, orders: &orders)
        } else if awaitedSince != nil {
            lendToFirst(of: lane, slot, at: now, orders: &orders)
        } else {
            leave(slot)
            keepIdle(slot, at: now)
        }
        if isHungry && laneToGrow(at: now) == nil { satisfied(&capacity) }
    }

    /// Whether a session of another profile should have the place of a connection of this lane:
    /// when nobody of this lane waits, at once. Otherwise when it came before all of them and has
    /// waited long: the more connections its own profile has, the likelier one of those comes soon,
    /// without the cost of closing one and opening another.
    @inline(__always) private func isWantedElsewhere(_ lane: Int, at now: MonotonicInstant) -> Bool
    {
        guard let first = waiters.first, first.lane != lane, let other = laneToGrow(at: now),
            other != lane, let theirs = waiters.first(ofLane: other)
        else { return false }
        guard let ours = waiters.first(ofLane: lane) else { return true }
        let patience = min(
            Self.patienceMilliseconds * UInt64(1 + lanes[other].size), limits.maxWaitMillis / 2)
        return theirs.ticket < ours.ticket && now.milliseconds(since: theirs.since) >= patience
    }

    /// How long the first waiter of a profile without connections lets later ones of another
    /// profile pass by; a profile that has some waits as long again for each.
    static let patienceMilliseconds: UInt64 = 100

    @inline(__always) private func returned(_ server: ServerID) -> Int? {
        guard let slot = self.slot(of: server) else { return nil }
        assert(slots[slot].state == .lent, "a connection was given back that was not lent")
        return slots[slot].state == .lent ? slot : nil
    }

    mutating func lendToFirst(
        of lane: Int, _ slot: Int, at now: MonotonicInstant, orders: inout [PoolOrder]
    ) {
        guard let waiter = waiters.removeFirst(ofLane: lane) else { return }
        queueChanged()
        leave(slot)
        markLent(slot, at: now)
        let waited = now.milliseconds(since: waiter.since)
        orders.append(
            .lend(slots[slot].server, to: waiter.session, waitedMilliseconds: waited))
    }

    private mutating func markLent(_ slot: Int, at now: MonotonicInstant) {
        slots[slot].state = .lent
        slots[slot].since = now
        lanes[slots[slot].lane].lent += 1
        counts.lent += 1
    }
}
