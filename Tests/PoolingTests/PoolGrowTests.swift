import Testing
import Vocabulary

@testable import Pooling

@Suite("Pool: failures to open, lost connections, minIdle")
struct PoolGrowTests {
    @Test("after a failure the waiter stays, and the next attempt waits 50 ms, then twice as long")
    func backOff() {
        let world = PoolWorld(PoolLimits(size: 2))
        #expect(world.request(1, at: 0) == [open(1)])
        var now: UInt64 = 10
        for (attempt, pause) in [UInt64(50), 100, 200, 400, 800, 1_600, 2_000, 2_000].enumerated() {
            #expect(world.openFailed(UInt64(attempt + 1), at: now) == [])
            #expect(world.ledger.taken == 0)
            #expect(world.pool.counts.waiting == 1)
            #expect(world.pool.nextDeadline == PoolWorld.time(now + pause))
            #expect(world.tick(at: now + pause - 1) == [])
            #expect(world.tick(at: now + pause) == [open(UInt64(attempt + 2))])
            now += pause + 10
        }
    }

    @Test("a success ends the back-off: then those who still wait get theirs at once")
    func recovery() {
        let world = PoolWorld(PoolLimits(size: 3))
        #expect(world.request(1, at: 0) == [open(1)])
        #expect(world.openFailed(1, at: 1) == [])
        #expect(world.request(2, at: 2) == [])
        #expect(world.request(3, at: 2) == [])
        #expect(world.tick(at: 51) == [open(2)])
        #expect(world.opened(2, at: 60) == [lend(2, to: 1, waited: 60), open(3), open(4)])
    }

    @Test("many attempts that fail together count as one failure")
    func failTogether() {
        let world = PoolWorld(PoolLimits(size: 5))
        for session in UInt64(1)...5 { #expect(world.request(session, at: 0) == [open(session)]) }
        for server in UInt64(1)...5 { _ = world.openFailed(server, at: 10 + server) }
        #expect(world.pool.nextDeadline == PoolWorld.time(61))
        #expect(world.tick(at: 61) == [open(6)])
    }

    @Test("one profile's failures do not hold up another")
    func failureOfOneProfile() {
        let world = PoolWorld(PoolLimits(size: 1))
        #expect(world.request(1, profile: 1, at: 0) == [open(1, 1)])
        #expect(world.request(2, profile: 2, at: 0) == [])
        #expect(world.openFailed(1, at: 5) == [open(2, 2)])
        #expect(world.opened(2, at: 7) == [lend(2, to: 2, waited: 7)])
        // At 55 the first may try again, but the only place is lent.
        #expect(world.tick(at: 55) == [])
        #expect(world.pool.nextDeadline == PoolWorld.time(30_000))
        #expect(world.giveBack(2, at: 60) == [close(2), open(3, 1)])
    }

    @Test("while one profile pauses, a connection of another stays idle rather than closed for it")
    func noUselessClose() {
        let world = PoolWorld(PoolLimits(size: 1))
        _ = world.request(1, profile: 1, at: 0)
        _ = world.request(2, profile: 2, at: 0)
        _ = world.openFailed(1, at: 5)
        _ = world.opened(2, at: 7)
        #expect(world.giveBack(2, at: 10) == [])
        #expect(world.tick(at: 55) == [close(2), open(3, 1)])
    }

    @Test("a profile whose client left keeps its pause, and is forgotten after it")
    func pauseOutlivesWaiter() {
        let world = PoolWorld(PoolLimits(size: 1))
        _ = world.request(1, profile: 1, at: 0)
        _ = world.openFailed(1, at: 5)
        _ = world.pool.withdraw(SessionID(1))
        #expect(world.tick(at: 6) == [])
        #expect(world.request(2, profile: 1, at: 10) == [])
        _ = world.pool.withdraw(SessionID(2))
        #expect(world.tick(at: 55) == [])
        #expect(world.pool.known.lanes == 0)
        #expect(world.request(3, profile: 1, at: 56) == [open(2, 1)])
    }

    @Test("a lent connection that dies leaves its place to the next waiter")
    func lostLent() throws {
        let world = PoolWorld(PoolLimits(size: 1))
        let server = try world.lendNew(1, at: 0)
        _ = world.request(2, at: 1)
        #expect(world.lost(server, at: 5) == [open(2)])
        #expect(world.opened(2, at: 6) == [lend(2, to: 2, waited: 5)])
    }

    @Test("an idle connection that dies is never lent again")
    func lostIdle() throws {
        let world = PoolWorld(PoolLimits(size: 2))
        let first = try world.lendNew(1, at: 0)
        let second = try world.lendNew(2, at: 0)
        _ = world.giveBack(first, at: 1)
        _ = world.giveBack(second, at: 2)
        #expect(world.lost(second, at: 3) == [])
        #expect(world.request(3, at: 4) == [lend(first, to: 3)])
        #expect(world.ledger.taken == 1)
    }

    @Test("a connection that dies while it opens counts as a failure to open")
    func lostOpening() {
        let world = PoolWorld(PoolLimits(size: 1))
        _ = world.request(1, at: 0)
        #expect(world.lost(1, at: 5) == [])
        #expect(world.pool.nextDeadline == PoolWorld.time(55))
    }

    @Test("profiles that come and go leave nothing behind, even without a tick")
    func profilesComeAndGo() throws {
        let world = PoolWorld(PoolLimits(size: 2, idleTimeoutMillis: 0, maxLifetimeMillis: 0))
        for client in 0..<200 {
            let server = try world.lendNew(UInt64(client), profile: client, at: UInt64(client))
            #expect(world.giveBack(server, at: UInt64(client)) == [])
        }
        #expect(world.pool.known.lanes == 2)
        #expect(world.pool.lanes.count <= 3)
        #expect(world.pool.slots.count == 2)
    }

    @Test("minIdle: opened once a profile is known, and again when one is lost")
    func minIdle() {
        let world = PoolWorld(PoolLimits(size: 5, minIdle: 3))
        #expect(world.tick(at: 0) == [])
        #expect(world.request(1, profile: 4, at: 1) == [open(1, 4)])
        #expect(world.pool.nextDeadline == PoolWorld.time(0))
        #expect(world.tick(at: 1) == [open(2, 4), open(3, 4)])
        for server in UInt64(1)...3 { _ = world.opened(server, at: 2) }
        #expect(world.pool.counts.idle == 2)
        #expect(world.lost(2, at: 3) == [])
        #expect(world.tick(at: 3) == [open(4, 4)])
    }

    @Test("minIdle waits out the pause after a failure, without spinning")
    func minIdleBackOff() {
        let world = PoolWorld(PoolLimits(size: 5, minIdle: 1))
        _ = world.request(1, at: 0)
        _ = world.pool.withdraw(SessionID(1))
        _ = world.openFailed(1, at: 1)
        #expect(world.tick(at: 1) == [])
        #expect(world.pool.nextDeadline == PoolWorld.time(51))
        #expect(world.tick(at: 51) == [open(2)])
        #expect(world.pool.nextDeadline.map { $0 > PoolWorld.time(51) } ?? true)
    }
}
