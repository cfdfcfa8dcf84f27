import Configuration
import Pooling
import SessionCore
import Synchronization
import Vocabulary

/// Carries events to one pool and its orders to the worker. Decides nothing.
final class PoolDriver {
    let name: PoolName
    let node: NodeID
    /// As it was when the pool was made: `node` counts within it, whatever a reload brings.
    let cluster: Cluster
    let tenant: Tenant
    private let worker: Worker
    private(set) var pool: Pool
    let capacity: CapacityDirectory.Entry
    /// Why the last attempt to open a connection failed; nil after one that did not.
    var lastFailure: String?
    /// The profile that the pool opens `minIdle` connections for: it is referred to until another
    /// takes its place.
    private var keptProfile: ProfileID?
    /// When a failure was last logged, and how many were not since then.
    private var loggedAt: MonotonicInstant?
    private var unlogged = 0
    /// Given by the pool and not handed to the worker yet; empty between calls.
    private var orders: [PoolOrder] = []
    /// After retirement: two pools must not speak for one shard of the shared ledger. Each would
    /// take back what the other has said there, and every worker be woken each time.
    private var ownLedger: CapacityLedger?
    /// Places of the shared ledger that the retired pool still holds.
    private var placesOwed = 0
    /// Connections that run turns which others may join.
    var lines: [ServerConnection] = []
    /// The one that others may not join any more, for somebody who waits.
    private var leaving: ServerConnection?
    /// Not used by new sessions any more: its cluster has changed.
    private(set) var isRetired = false

    init(_ name: PoolName, node: NodeID, tenant: Tenant, worker: Worker) {
        self.name = name
        self.node = node
        self.tenant = tenant
        cluster = tenant.cluster
        self.worker = worker
        let limits = Self.limits(tenant.pooling)
        pool = Pool(limits: limits, shard: worker.index)
        capacity = worker.shared.capacities.join(
            name, limit: limits.size, shards: worker.shared.mailboxes.count)
    }

    static func limits(_ pooling: ProxyConfiguration.Pooling) -> PoolLimits {
        PoolLimits(
            size: pooling.size, minIdle: pooling.minIdle,
            maxWaitMillis: UInt64(pooling.maxWaitMillis),
            idleTimeoutMillis: UInt64(pooling.idleTimeoutSeconds) * 1_000,
            maxLifetimeMillis: UInt64(pooling.maxLifetimeSeconds) * 1_000)
    }

    func request(_ session: SessionID, profile: ProfileID) {
        let now = worker.now
        if !pool.tryLend(session, profile: profile, at: now, orders: &orders) {
            keep(profile)
            withLedger {
                $0.request(
                    session, profile: profile, at: now, capacity: &$1, ids: &$2, orders: &$3)
            }
        }
        finish()
    }

    /// A connection that runs turns of others and is better for this client's than one of its own;
    /// nil: there is none.
    func line(for client: ClientConnection) -> ServerConnection? {
        guard !lines.isEmpty, !isRetired else { return nil }
        if pool.counts.waiting > pool.counts.opening { leaveOne() }
        let opensAnother = pool.counts.size < Limits.sharedLines && hasRoom
        if lines.count < Limits.sharedLines && (pool.counts.idle > 0 || opensAnother) {
            return nil
        }
        var best: ServerConnection?
        for server in lines where server.line.count < best?.line.count ?? .max {
            if server.admits(client) { best = server }
        }
        guard let best else { return nil }
        return best.line.expectedWait > tolerableWait && hasRoom ? nil : best
    }

    /// Somebody needs a connection alone: the one that will be free first takes nobody in any more.
    /// One at a time: the others go on.
    private func leaveOne() {
        guard leaving?.isShared != true else { return }
        leaving = lines.min { $0.line.count < $1.line.count }
        leaving?.closeLine()
    }

    /// What a turn may have to wait for others before a connection of its own is better for it, in
    /// nanoseconds. Where many come at a time, another connection only makes all of them slower.
    private var tolerableWait: UInt64 {
        Limits.sharedWaitNanoseconds * UInt64(min(max(worker.loop.crowd / 256, 1), 8))
    }

    /// A connection could be had at once, or opened without taking another worker's place.
    private var hasRoom: Bool {
        pool.counts.idle > 0
            || pool.counts.size < pool.limits.size / worker.shared.mailboxes.count
                && capacity.ledger.withLock { $0.taken < $0.limit }
    }

    /// Those who wait for a connection join the turn that this one has just begun, as far as they
    /// can, in the order in which they wait.
    func gather(on server: ServerConnection) {
        while let session = pool.firstWaiter(of: server.profile),
            let client = worker.clients[session], client.sharesTurn, server.admits(client)
        {
            guard pool.withdraw(session) else { break }
            client.stopWaiting()
            client.attach(server)
            client.resume()
        }
        finish()
    }

    func giveBack(_ server: ServerID) {
        let now = worker.now
        if !pool.tryGiveBack(server, at: now, orders: &orders) {
            withLedger { $0.giveBack(server, at: now, capacity: &$1, ids: &$2, orders: &$3) }
        }
        finish()
    }

    func opened(_ server: ServerID) {
        let now = worker.now
        lastFailure = nil
        withLedger { $0.opened(server, at: now, capacity: &$1, ids: &$2, orders: &$3) }
        finish()
    }

    /// A connection has come over from another worker, with its place.
    func arrived(_ server: ServerConnection) {
        let now = worker.now
        withLedger {
            $0.arrived(
                server.id, profile: server.profile, orderedAt: server.since, at: now,
                capacity: &$1, ids: &$2, orders: &$3)
        }
        finish()
    }

    func openFailed(_ server: ServerID, _ cause: String) {
        let now = worker.now
        lastFailure = cause
        withLedger { $0.openFailed(server, at: now, capacity: &$1, ids: &$2, orders: &$3) }
        finish()
    }

    /// Logs that a connection could not be opened: once a second, however many ask for one.
    func tell(_ cause: String) {
        let pause = Self.logPauseMilliseconds
        if let loggedAt, worker.now < loggedAt.advanced(milliseconds: pause) {
            unlogged += 1
            return
        }
        loggedAt = worker.now
        worker.log.warning(
            "cannot open a server connection",
            metadata: [
                "pool": "\(name)", "cause": "\(cause)",
                "more": unlogged > 0 ? "\(unlogged) since the last time" : "",
            ])
        unlogged = 0
    }

    private static let logPauseMilliseconds: UInt64 = 1_000

    func lost(_ server: ServerID) {
        let now = worker.now
        withLedger { $0.lost(server, at: now, capacity: &$1, ids: &$2, orders: &$3) }
        finish()
    }

    func withdraw(_ session: SessionID) {
        _ = pool.withdraw(session)
        finish()
    }

    /// Takes all who wait, or those of one profile, out of the queue.
    func failWaiters(of profile: ProfileID? = nil) -> [SessionID] {
        defer { finish() }
        return pool.failWaiters(of: profile, at: worker.now).map(\.0)
    }

    func tick() {
        let now = worker.now
        guard let due = pool.nextDeadline, due <= now else { return scheduleTick() }
        look()
    }

    /// Looks at the pool again, due or not.
    func look() {
        let now = worker.now
        withLedger { $0.tick(at: now, capacity: &$1, ids: &$2, orders: &$3) }
        finish()
    }

    /// The limits were reloaded.
    func update(_ pooling: ProxyConfiguration.Pooling) {
        let limits = Self.limits(pooling)
        capacity.update(limit: limits.size)
        pool.update(limits: limits)
        look()
    }

    /// The node or the cluster is not what it was: connections go as they come in.
    func retire() {
        isRetired = true
        pool.retireAll()
        pool.update(
            limits: PoolLimits(
                size: pool.limits.size, maxWaitMillis: pool.limits.maxWaitMillis,
                idleTimeoutMillis: Self.retiredIdleMillis))
        look()
        ownLedger = CapacityLedger(
            limit: max(pool.limits.size, pool.counts.size),
            shards: worker.shared.mailboxes.count)
        for _ in 0..<pool.counts.size { _ = ownLedger?.takeSpare(for: worker.index) }
        placesOwed = pool.counts.size
    }

    private func keep(_ profile: ProfileID) {
        guard profile != keptProfile else { return }
        worker.profiles.retain(profile)
        forgetProfile()
        keptProfile = profile
    }

    /// It has no connection, and nobody waits for one.
    var isEmpty: Bool { pool.counts.size == 0 && pool.counts.waiting == 0 }

    /// Nothing will be asked of this pool any more.
    func end() {
        forgetProfile()
        worker.shared.capacities.leave(name)
    }

    private func forgetProfile() {
        if let keptProfile { worker.release(keptProfile) }
        keptProfile = nil
    }

    /// Connections that are opened after its end stay no longer than this without work.
    private static let retiredIdleMillis: UInt64 = 1_000

    private func withLedger(
        _ body: (
            inout Pool, inout CapacityLedger, inout ServerIDSource, inout [PoolOrder]
        ) -> Void
    ) {
        guard ownLedger == nil else { return withOwnLedger(body) }
        let nudges = capacity.ledger.withLock { ledger in
            body(&pool, &ledger, &worker.ids, &orders)
            return ledger.takeNudge()
        }
        if nudges { worker.shared.nudge(name, from: worker.index) }
    }

    /// Of a retired pool: the ledger that all workers share now belongs to the pool that took its
    /// name; it gets the places as they become free.
    private func withOwnLedger(
        _ body: (
            inout Pool, inout CapacityLedger, inout ServerIDSource, inout [PoolOrder]
        ) -> Void
    ) {
        guard var ledger = ownLedger else { return }
        body(&pool, &ledger, &worker.ids, &orders)
        ownLedger = ledger
        let left = min(placesOwed, ledger.taken)
        guard left < placesOwed else { return }
        let nudges = capacity.ledger.withLock { shared in
            for _ in left..<placesOwed { shared.put(from: worker.index) }
            return shared.takeNudge()
        }
        placesOwed = left
        if nudges { worker.shared.nudge(name, from: worker.index) }
        // That pool's shard on this very worker may wait for them too.
        worker.shared.mailboxes[worker.index.index].post(.nudge(name))
    }

    private func finish() {
        scheduleTick()
        guard !orders.isEmpty else { return }
        var given: [PoolOrder] = []
        swap(&given, &orders)
        worker.carryOut(given, of: self)
        given.removeAll(keepingCapacity: true)
        if orders.isEmpty { swap(&given, &orders) }
    }

    private func scheduleTick() {
        if let due = pool.nextDeadline { worker.loop.wake(at: max(due, worker.now)) }
    }
}
