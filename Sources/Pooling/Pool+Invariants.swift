extension Pool {
    /// Names the first rule of this type that does not hold; nil when all do. Costly: for tests and
    /// debug builds.
    package func brokenInvariant() -> String? {
        brokenCount() ?? brokenLane() ?? brokenQueue()
    }

    private func brokenCount() -> String? {
        func count(_ state: PoolSlot.State) -> Int { slots.count { $0.state == state } }
        if count(.lent) != counts.lent { return "lent: \(count(.lent)) slots, \(counts.lent)" }
        if count(.idle) != counts.idle { return "idle: \(count(.idle)) slots, \(counts.idle)" }
        if count(.opening) != counts.opening {
            return "opening: \(count(.opening)) slots, \(counts.opening)"
        }
        if counts.size != counts.lent + counts.idle + counts.opening { return "size is no sum" }
        if known.slots != counts.size { return "\(known.slots) numbers, size \(counts.size)" }
        if slots.count != vacantSlots.count + counts.size { return "a slot is lost" }
        for index in slots.indices where slots[index].state != .vacant {
            let server = slots[index].server
            if slot(of: server) != index { return "\(server.rawValue) finds another connection" }
        }
        return nil
    }

    private func brokenLane() -> String? {
        for index in lanes.indices {
            let lane = lanes[index]
            let name = "profile \(lane.profile.index)"
            func count(_ state: PoolSlot.State) -> Int {
                slots.count { $0.state == state && $0.lane == index }
            }
            if count(.idle) != lane.idle.count { return "\(name): idle connections miscounted" }
            if count(.lent) != lane.lent { return "\(name): lent connections miscounted" }
            if count(.opening) != lane.opening { return "\(name): opening ones miscounted" }
            if !lane.idle.isEmpty && waiters.count(ofLane: index) > 0 {
                return "\(name): a session waits beside an idle connection"
            }
            if !zip(lane.idle, lane.idle.dropFirst()).allSatisfy({
                slots[$0].since <= slots[$1].since
            }) {
                return "\(name): idle connections out of order"
            }
            if lane.isLive != (self.lane(of: lane.profile) == index) {
                return "\(name): cannot be found"
            }
            if !lane.isLive && lane.size + waiters.count(ofLane: index) > 0 {
                return "\(name): forgotten with something in it"
            }
        }
        return nil
    }

    private func brokenQueue() -> String? {
        let all = waiters.waiters
        if all.count != waiters.count || all.count != counts.waiting { return "waiters miscounted" }
        if counts.oldestWaitSince != all.first?.since { return "the oldest wait is another" }
        for (earlier, later) in zip(all, all.dropFirst()) where earlier.ticket >= later.ticket {
            return "waiters out of order"
        }
        let inLanes = lanes.indices.reduce(0) { $0 + waiters.count(ofLane: $1) }
        return inLanes == all.count ? nil : "a waiter is in no lane"
    }
}
