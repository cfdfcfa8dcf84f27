import Vocabulary

@testable import Pooling

/// A small generator of random numbers that gives the same ones for the same seed.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Plays the workers around one pool. It keeps its own books, written without a look at the pool's:
/// which connection exists in which state, who waits since when.
struct PoolSimulation {
    private struct Connection {
        var shard: Int
        var profile: ProfileID
        var holder: SessionID?
        var isOpen = false
        /// On its way from one shard to another, whose place it has.
        var travels = false
    }
    private struct Wait {
        var session: SessionID
        var shard: Int
        var profile: ProfileID
        var since: MonotonicInstant
    }

    private var random: SeededRandom
    private var limits: PoolLimits
    private var pools: [Pool]
    private var ids: [ServerIDSource]
    private var ledger: CapacityLedger
    private var now = MonotonicInstant(nanoseconds: 1_000_000)
    private var connections: [ServerID: Connection] = [:]
    private var waits: [Wait] = []
    private var nextSession: UInt64 = 1
    /// The ledger asked for a nudge that has not been delivered.
    private var nudged = false
    private(set) var broken: String?

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        let shards = Int.random(in: 1...3, using: &random)
        let limits = PoolLimits(
            size: Int.random(in: 1...6, using: &random),
            minIdle: Int.random(in: 0...2, using: &random),
            maxWaitMillis: UInt64.random(in: 0...800, using: &random),
            idleTimeoutMillis: UInt64.random(in: 0...500, using: &random),
            maxLifetimeMillis: UInt64.random(in: 0...3, using: &random) * 700)
        self.limits = limits
        pools = (0..<shards).map { Pool(limits: limits, shard: LoopIndex($0)) }
        ids = (0..<shards).map { ServerIDSource(loop: LoopIndex($0), loops: shards) }
        ledger = CapacityLedger(limit: limits.size, shards: shards)
    }

    /// One random event, then whatever deadlines and nudges ask for, then all checks.
    mutating func step() {
        now = now.advanced(milliseconds: UInt64.random(in: 0...9, using: &random))
        let shard = Int.random(in: pools.indices, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<40: request(shard)
        case 40..<72: giveBack()
        case 72..<85: finishOpening(succeeds: Int.random(in: 0..<10, using: &random) > 2)
        case 85..<89: lose()
        case 89..<94: withdraw()
        case 94: failWaiters(shard)
        case 95: reload()
        case 96: retire(shard)
        default: tick(shard)
        }
        runDeadlines(late: Int.random(in: 0..<3, using: &random) == 0)
        check()
    }

    /// No more requests: everything given back, every opening succeeds. All who wait must be served
    /// or refused, and nothing may be left to do.
    mutating func drain() {
        for _ in 0..<3_000 where broken == nil {
            if waits.isEmpty && connections.values.allSatisfy({ $0.isOpen && $0.holder == nil }) {
                return
            }
            now = now.advanced(milliseconds: 10)
            giveBack()
            finishOpening(succeeds: true)
            runDeadlines(late: false)
            check()
        }
        fail("\(waits.count) sessions are left waiting")
    }

    // MARK: Events

    private mutating func request(_ shard: Int) {
        let profile = ProfileID([0, 0, 0, 1, 1, 2].randomElement(using: &random) ?? 0)
        let session = SessionID(nextSession)
        nextSession += 1
        waits.append(Wait(session: session, shard: shard, profile: profile, since: now))
        call(shard) { pool, now, ledger, ids, orders in
            pool.request(
                session, profile: profile, at: now, capacity: &ledger, ids: &ids, orders: &orders)
        }
    }

    private mutating func giveBack() {
        guard let (server, shard) = pick({ $0.holder != nil }) else { return }
        connections[server]?.holder = nil
        let tryFirst = Bool.random(using: &random)
        call(shard) { pool, now, ledger, ids, orders in
            if tryFirst && pool.tryGiveBack(server, at: now, orders: &orders) { return }
            pool.giveBack(server, at: now, capacity: &ledger, ids: &ids, orders: &orders)
        }
    }

    private mutating func finishOpening(succeeds: Bool) {
        guard let (server, shard) = pick({ !$0.isOpen }) else { return }
        if succeeds { connections[server]?.isOpen = true } else { connections[server] = nil }
        call(shard) { pool, now, ledger, ids, orders in
            if succeeds {
                pool.opened(server, at: now, capacity: &ledger, ids: &ids, orders: &orders)
            } else {
                pool.openFailed(server, at: now, capacity: &ledger, ids: &ids, orders: &orders)
            }
        }
    }

    private mutating func lose() {
        guard let (server, shard) = pick({ $0.isOpen && !$0.travels }) else { return }
        connections[server] = nil
        call(shard) { pool, now, ledger, ids, orders in
            pool.lost(server, at: now, capacity: &ledger, ids: &ids, orders: &orders)
        }
    }

    private mutating func withdraw() {
        guard let wait = waits.randomElement(using: &random) else { return }
        waits.removeAll { $0.session == wait.session }
        if !pools[wait.shard].withdraw(wait.session) { fail("a waiter was unknown") }
        if pools[wait.shard].withdraw(wait.session) { fail("a waiter left twice") }
    }

    private mutating func failWaiters(_ shard: Int) {
        let profile = Bool.random(using: &random) ? ProfileID(1) : nil
        let expected = waits.filter { $0.shard == shard && (profile ?? $0.profile) == $0.profile }
        waits.removeAll { $0.shard == shard && (profile ?? $0.profile) == $0.profile }
        let failed = pools[shard].failWaiters(of: profile, at: now)
        if failed.map(\.0) != expected.map(\.session) { fail("failed waiters are others") }
    }

    private mutating func reload() {
        limits.size = Int.random(in: 1...6, using: &random)
        limits.maxWaitMillis = UInt64.random(in: 0...800, using: &random)
        ledger.update(limit: limits.size)
        for shard in pools.indices { pools[shard].update(limits: limits) }
    }

    private mutating func retire(_ shard: Int) {
        pools[shard].retireAll()
    }

    private mutating func tick(_ shard: Int) {
        call(shard) { pool, now, ledger, ids, orders in
            pool.tick(at: now, capacity: &ledger, ids: &ids, orders: &orders)
        }
    }

    /// What is on its way from one shard to another comes there, or is lost.
    private mutating func deliver() {
        for server in connections.filter({ $0.value.travels }).keys.sorted() {
            guard var connection = connections.removeValue(forKey: server) else { continue }
            let shard = connection.shard
            guard Int.random(in: 0..<10, using: &random) > 0 else {
                ledger.put(from: LoopIndex(shard))
                tick(shard)
                continue
            }
            connection.travels = false
            let fresh = ids[shard].next()
            connections[fresh] = connection
            call(shard) { pool, now, ledger, ids, orders in
                pool.arrived(
                    fresh, profile: connection.profile, orderedAt: now, at: now,
                    capacity: &ledger, ids: &ids, orders: &orders)
            }
        }
    }

    /// Ticks what is due, and delivers nudges, those of the last step late if so wanted.
    private mutating func runDeadlines(late: Bool) {
        for round in 0... {
            if round > 40 { return fail("deadlines and nudges never end") }
            if ledger.takeNudge() { nudged = true }
            let isDue = pools.map { $0.nextDeadline.map { $0 <= now } ?? false }
            let isMoving = !late && connections.values.contains { $0.travels }
            if !isDue.contains(true) && (!nudged || late) && !isMoving { return }
            if isMoving { deliver() }
            let all = nudged && !late
            if all { nudged = false }
            for shard in pools.indices where all || isDue[shard] { tick(shard) }
        }
    }

    // MARK: Orders

    private mutating func call(
        _ shard: Int,
        _ body: (
            inout Pool, MonotonicInstant, inout CapacityLedger, inout ServerIDSource,
            inout [PoolOrder]
        ) -> Void
    ) {
        var orders: [PoolOrder] = []
        body(&pools[shard], now, &ledger, &ids[shard], &orders)
        for order in orders { carryOut(order, shard) }
    }

    private mutating func carryOut(_ order: PoolOrder, _ shard: Int) {
        switch order {
        case .lend(let server, let session, let waited): lend(server, session, waited, shard)
        case .open(let server, let profile):
            if connections[server] != nil { fail("number \(server.rawValue) is used twice") }
            connections[server] = Connection(shard: shard, profile: profile)
            if connections.count > limits.size { fail("over the size") }
        case .hand(let server, let profile, let heir):
            guard let connection = connections[server], connection.shard == shard else {
                return fail("hands over what it does not have")
            }
            if connection.holder != nil || !connection.isOpen { fail("hands over a busy one") }
            if connection.profile != profile { fail("calls it another profile's") }
            if heir.index == shard { fail("hands over to itself") }
            connections[server]?.shard = heir.index
            connections[server]?.travels = true
        case .close(let server):
            guard let connection = connections.removeValue(forKey: server) else {
                return fail("closes a connection that does not exist")
            }
            if connection.holder != nil || !connection.isOpen { fail("closes one that is busy") }
            if connection.shard != shard { fail("closes another shard's connection") }
        case .expire(let session, let waited):
            guard let index = waits.firstIndex(where: { $0.shard == shard }),
                waits[index].session == session
            else { return fail("expires another than the longest waiter") }
            let since = waits.remove(at: index).since
            if waited < limits.maxWaitMillis { fail("expires too early") }
            if waited != now.milliseconds(since: since) { fail("counts the wait wrongly") }
        }
    }

    private mutating func lend(
        _ server: ServerID, _ session: SessionID, _ waited: UInt64, _ shard: Int
    ) {
        guard let connection = connections[server] else { return fail("lends what is not there") }
        if connection.holder != nil { fail("lends one that is lent") }
        if !connection.isOpen { fail("lends one that is opening") }
        guard let index = waits.firstIndex(where: { $0.session == session }) else {
            return fail("lends to a session that does not wait")
        }
        let wait = waits.remove(at: index)
        if wait.shard != shard || connection.shard != shard { fail("lends across shards") }
        if wait.profile != connection.profile { fail("lends another profile") }
        if waited != now.milliseconds(since: wait.since) { fail("counts the wait wrongly") }
        if waits[..<index].contains(where: { $0.shard == shard && $0.profile == wait.profile }) {
            fail("passes over an earlier session of the same profile")
        }
        connections[server]?.holder = session
    }

    // MARK: Checks

    private mutating func check() {
        for shard in pools.indices {
            if let rule = pools[shard].brokenInvariant() { fail(rule) }
            checkBooks(shard)
            checkProgress(shard)
        }
        if waits.contains(where: { now.milliseconds(since: $0.since) >= limits.maxWaitMillis }) {
            fail("a session waits beyond its time")
        }
        if ledger.taken != connections.count { fail("the ledger has \(ledger.taken) places") }
    }

    private mutating func checkBooks(_ shard: Int) {
        let own = connections.values.filter { $0.shard == shard }
        let here = own.filter { !$0.travels }
        let counts = pools[shard].counts
        if counts.lent != own.count(where: { $0.holder != nil }) { fail("lent differs") }
        if counts.opening != own.count(where: { !$0.isOpen }) { fail("opening differs") }
        if counts.size != here.count { fail("size differs") }
        if ledger.held(by: LoopIndex(shard)) != own.count { fail("the ledger's share differs") }
        if pools[shard].waiters.waiters.map(\.session)
            != waits.filter({ $0.shard == shard }).map(\.session)
        {
            fail("the queue differs")
        }
    }

    /// Nobody may wait while there is a free place and nothing on the way for him.
    private mutating func checkProgress(_ shard: Int) {
        guard !nudged, !connections.values.contains(where: { $0.travels }),
            pools[shard].laneToGrow(at: now) != nil
        else { return }
        if pools[shard].counts.idle > 0 { fail("a session waits beside idle connections") }
        if connections.count < limits.size { fail("a session waits beside a free place") }
        let idleElsewhere = connections.values.contains { $0.isOpen && $0.holder == nil }
        if idleElsewhere { fail("a session waits beside another worker's idle connection") }
    }

    private mutating func pick(_ matches: (Connection) -> Bool) -> (ServerID, Int)? {
        let found = connections.filter { matches($0.value) }.keys.sorted()
        guard let server = found.randomElement(using: &random) else { return nil }
        return connections[server].map { (server, $0.shard) }
    }

    private mutating func fail(_ reason: String) {
        if broken == nil { broken = reason }
    }
}
