import Testing
import Vocabulary

@testable import Pooling

@Suite("Pool: time, reloads and retirement")
struct PoolEvictTests {
    @Test("a session that has waited its time is refused, not sooner, in order")
    func expiry() throws {
        let world = PoolWorld(PoolLimits(size: 1, maxWaitMillis: 100))
        let server = try world.lendNew(1, at: 0)
        _ = world.request(2, at: 10)
        _ = world.request(3, at: 20)
        #expect(world.pool.nextDeadline == PoolWorld.time(110))
        #expect(world.tick(at: 109) == [])
        #expect(world.tick(at: 115) == [expire(2, waited: 105)])
        #expect(world.pool.nextDeadline == PoolWorld.time(120))
        #expect(world.giveBack(server, at: 119) == [lend(server, to: 3, waited: 99)])
        #expect(world.pool.counts.oldestWaitSince == nil)
    }

    @Test("all waiters, or those of a profile, are handed back in order with what they waited")
    func failWaiters() throws {
        let world = PoolWorld(PoolLimits(size: 1))
        let server = try world.lendNew(1, profile: 1, at: 0)
        for session in UInt64(2)...5 {
            _ = world.request(session, profile: Int(session % 2), at: session)
        }
        let odd = world.pool.failWaiters(of: ProfileID(1), at: PoolWorld.time(10))
        #expect(odd.map(\.0) == [SessionID(3), SessionID(5)])
        #expect(odd.map(\.waitedMilliseconds) == [7, 5])
        #expect(world.pool.failWaiters(of: ProfileID(77), at: PoolWorld.time(10)).isEmpty)
        let rest = world.pool.failWaiters(at: PoolWorld.time(10))
        #expect(rest.map(\.0) == [SessionID(2), SessionID(4)])
        #expect(world.giveBack(server, at: 11) == [])
    }

    @Test("idle connections are closed after the time-out, the longest unused first")
    func idleTimeout() throws {
        let world = PoolWorld(
            PoolLimits(size: 2, idleTimeoutMillis: 1_000, maxLifetimeMillis: 0))
        let first = try world.lendNew(1, at: 0)
        let second = try world.lendNew(2, at: 0)
        _ = world.giveBack(second, at: 100)
        _ = world.giveBack(first, at: 300)
        #expect(world.pool.nextDeadline == PoolWorld.time(1_100))
        #expect(world.tick(at: 1_099) == [])
        #expect(world.tick(at: 1_100) == [close(second)])
        #expect(world.pool.nextDeadline == PoolWorld.time(1_300))
        #expect(world.tick(at: 1_300) == [close(first)])
        #expect(world.pool.nextDeadline == nil)
    }

    @Test("minIdle connections outlive the time-out, without spinning")
    func idleTimeoutKeepsMinimum() throws {
        let world = PoolWorld(
            PoolLimits(size: 2, minIdle: 1, idleTimeoutMillis: 1_000, maxLifetimeMillis: 0))
        let first = try world.lendNew(1, at: 0)
        let second = try world.lendNew(2, at: 0)
        _ = world.giveBack(first, at: 1)
        _ = world.giveBack(second, at: 2)
        #expect(world.tick(at: 1_002) == [close(first)])
        #expect(world.pool.nextDeadline == PoolWorld.time(2_002))
        #expect(world.tick(at: 2_002) == [])
        #expect(world.pool.nextDeadline == PoolWorld.time(3_002))
    }

    @Test("a connection past its age is closed when it comes back, and replaced for who waits")
    func lifetime() throws {
        let world = PoolWorld(PoolLimits(size: 1, maxLifetimeMillis: 1_000))
        let server = try world.lendNew(1, at: 0)
        _ = world.request(2, at: 5)
        // Number 1 of 8 lives 3/256 longer than the first of them.
        #expect(world.giveBack(server, at: 1_003) == [close(server), open(2)])
    }

    @Test("a connection not yet past its age is lent on")
    func notTooOld() throws {
        let world = PoolWorld(PoolLimits(size: 1, maxLifetimeMillis: 1_000))
        let server = try world.lendNew(1, at: 0)
        _ = world.request(2, at: 5)
        #expect(world.giveBack(server, at: 999) == [lend(server, to: 2, waited: 994)])
    }

    @Test("an idle connection past its age is closed without being used")
    func idleLifetime() throws {
        let world = PoolWorld(
            PoolLimits(size: 1, idleTimeoutMillis: 0, maxLifetimeMillis: 256_000))
        let server = try world.lendNew(1, at: 0)
        _ = world.giveBack(server, at: 10)
        #expect(world.pool.nextDeadline == PoolWorld.time(257_000))
        #expect(world.tick(at: 256_999) == [])
        #expect(world.tick(at: 257_000) == [close(server)])
    }

    @Test("0 means never for the time-out and the age")
    func never() throws {
        let world = PoolWorld(PoolLimits(size: 1, idleTimeoutMillis: 0, maxLifetimeMillis: 0))
        let server = try world.lendNew(1, at: 0)
        _ = world.giveBack(server, at: 10)
        #expect(world.pool.nextDeadline == nil)
        #expect(world.tick(at: .max / 4_000_000) == [])
        #expect(world.request(2, at: .max / 2_000_000) == [lend(server, to: 2)])
    }

    @Test("a reload that shrinks the pool closes idle ones at once, lent ones as they come back")
    func shrink() throws {
        let world = PoolWorld(PoolLimits(size: 4))
        let servers = try (UInt64(1)...4).map { try world.lendNew($0, at: 0) }
        _ = world.giveBack(servers[3], at: 1)
        _ = world.giveBack(servers[2], at: 2)
        _ = world.request(9, profile: 1, at: 3)
        world.pool.update(limits: PoolLimits(size: 1))
        world.ledger.update(limit: 1)
        #expect(world.pool.nextDeadline == PoolWorld.time(0))
        let orders = world.tick(at: 4)
        #expect(orders == [close(servers[2])])
        #expect(world.opened(5, at: 5) == [close(5)])
        #expect(world.giveBack(servers[0], at: 6) == [close(servers[0])])
        #expect(world.giveBack(servers[1], at: 7) == [close(servers[1]), open(6, 1)])
        #expect(world.ledger.taken == 1)
    }

    @Test("a reload that enlarges the pool serves those who wait at the next tick")
    func enlarge() throws {
        let world = PoolWorld(PoolLimits(size: 1))
        _ = try world.lendNew(1, at: 0)
        _ = world.request(2, at: 1)
        _ = world.request(3, at: 1)
        world.pool.update(limits: PoolLimits(size: 3))
        world.ledger.update(limit: 3)
        #expect(world.tick(at: 2) == [open(2), open(3)])
    }

    @Test("a shorter wait holds for those who wait already")
    func shorterWait() throws {
        let world = PoolWorld(PoolLimits(size: 1))
        _ = try world.lendNew(1, at: 0)
        _ = world.request(2, at: 0)
        world.pool.update(limits: PoolLimits(size: 1, maxWaitMillis: 50))
        #expect(world.tick(at: 50) == [expire(2, waited: 50)])
    }

    @Test("retired connections are closed: idle ones now, others when they come in")
    func retire() throws {
        let world = PoolWorld(PoolLimits(size: 3))
        let lent = try world.lendNew(1, at: 0)
        let idle = try world.lendNew(2, at: 0)
        _ = world.giveBack(idle, at: 1)
        _ = world.request(3, profile: 1, at: 1)
        world.pool.retireAll()
        #expect(world.tick(at: 2) == [close(idle)])
        #expect(world.giveBack(lent, at: 3) == [close(lent)])
        #expect(world.opened(3, at: 4) == [close(3), open(4, 1)])
        #expect(world.opened(4, at: 5) == [lend(4, to: 3, waited: 4)])
    }

    @Test("a size below 1 lends nothing and refuses in time")
    func nothing() {
        let world = PoolWorld(PoolLimits(size: 0, maxWaitMillis: 10))
        #expect(world.request(1, at: 0) == [])
        #expect(world.tick(at: 10) == [expire(1, waited: 10)])
        let negative = PoolWorld(PoolLimits(size: -3, minIdle: -1, maxWaitMillis: 10))
        #expect(negative.request(1, at: 0) == [])
        #expect(negative.tick(at: 10) == [expire(1, waited: 10)])
    }
}
