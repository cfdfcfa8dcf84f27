import Testing
import Vocabulary

@testable import Pooling

@Suite("Pool: lending and giving back")
struct PoolLendTests {
    @Test("the first session waits for a new connection and gets it")
    func firstSession() {
        let world = PoolWorld(PoolLimits(size: 2))
        #expect(world.request(1, at: 0) == [open(1)])
        #expect(world.pool.counts.waiting == 1)
        #expect(world.pool.counts.opening == 1)
        #expect(world.opened(1, at: 7) == [lend(1, to: 1, waited: 7)])
        #expect(world.pool.counts.lent == 1)
        #expect(world.pool.counts.waiting == 0)
        #expect(world.ledger.taken == 1)
    }

    @Test("an idle connection is lent at once, the most recently used first")
    func mostRecentlyUsedFirst() throws {
        let world = PoolWorld(PoolLimits(size: 3))
        let servers = try (1...3).map { try world.lendNew($0, at: 0) }
        for (index, server) in [servers[1], servers[2], servers[0]].enumerated() {
            #expect(world.giveBack(server, at: UInt64(10 + index)) == [])
        }
        #expect(world.request(9, at: 20) == [lend(servers[0], to: 9)])
        #expect(world.request(8, at: 20) == [lend(servers[2], to: 8)])
        #expect(world.request(7, at: 20) == [lend(servers[1], to: 7)])
    }

    @Test("sessions wait in order of arrival when all connections are lent")
    func firstComeFirstServed() throws {
        let world = PoolWorld(PoolLimits(size: 1))
        let server = try world.lendNew(1, at: 0)
        for session in UInt64(2)...4 { #expect(world.request(session, at: session) == []) }
        #expect(world.giveBack(server, at: 10) == [lend(server, to: 2, waited: 8)])
        #expect(world.giveBack(server, at: 11) == [lend(server, to: 3, waited: 8)])
        #expect(world.giveBack(server, at: 12) == [lend(server, to: 4, waited: 8)])
        #expect(world.giveBack(server, at: 13) == [])
        #expect(world.pool.counts.idle == 1)
    }

    @Test("a session that withdrew is passed over, and is not in the queue any more")
    func withdrawn() throws {
        let world = PoolWorld(PoolLimits(size: 1))
        let server = try world.lendNew(1, at: 0)
        _ = world.request(2, at: 0)
        _ = world.request(3, at: 0)
        let first = world.pool.withdraw(SessionID(2))
        let again = world.pool.withdraw(SessionID(2))
        #expect(first)
        #expect(!again)
        #expect(world.giveBack(server, at: 5) == [lend(server, to: 3, waited: 5)])
    }

    @Test("a session that waits keeps its place when it asks again")
    func askedTwice() throws {
        let world = PoolWorld(PoolLimits(size: 1))
        let server = try world.lendNew(1, at: 0)
        _ = world.request(2, at: 0)
        _ = world.request(3, at: 1)
        #expect(world.request(2, at: 2) == [])
        #expect(world.pool.counts.waiting == 2)
        #expect(world.giveBack(server, at: 5) == [lend(server, to: 2, waited: 5)])
        #expect(world.giveBack(server, at: 6) == [lend(server, to: 3, waited: 5)])
        #expect(world.giveBack(server, at: 7) == [])
    }

    @Test("a new connection whose session was served meanwhile is kept idle")
    func surplus() throws {
        let world = PoolWorld(PoolLimits(size: 2))
        let server = try world.lendNew(1, at: 0)
        #expect(world.request(2, at: 0) == [open(2)])
        #expect(world.giveBack(server, at: 1) == [lend(server, to: 2, waited: 1)])
        #expect(world.opened(2, at: 3) == [])
        #expect(world.pool.counts.idle == 1)
    }

    @Test("one connection is opened for each waiter, not more, not beyond the size")
    func growth() {
        let world = PoolWorld(PoolLimits(size: 3))
        #expect(world.request(1, at: 0) == [open(1)])
        #expect(world.request(2, at: 0) == [open(2)])
        #expect(world.request(3, at: 0) == [open(3)])
        #expect(world.request(4, at: 0) == [])
        #expect(world.ledger.taken == 3)
    }

    @Test("a connection is never lent to a session of another profile")
    func profilesAreKeptApart() throws {
        let world = PoolWorld(PoolLimits(size: 2))
        let server = try world.lendNew(1, profile: 5, at: 0)
        _ = world.giveBack(server, at: 1)
        #expect(world.request(2, profile: 6, at: 2) == [open(2, 6)])
        #expect(world.request(3, profile: 5, at: 2) == [lend(server, to: 3)])
    }

    @Test("a full pool closes the least recently used idle connection of another profile")
    func makesRoom() throws {
        let world = PoolWorld(PoolLimits(size: 2))
        let one = try world.lendNew(1, profile: 1, at: 0)
        let two = try world.lendNew(2, profile: 2, at: 0)
        _ = world.giveBack(two, at: 1)
        _ = world.giveBack(one, at: 2)
        #expect(world.request(3, profile: 3, at: 3) == [close(two), open(3, 3)])
        #expect(world.ledger.taken == 2)
    }

    @Test("a connection given back gives way to a waiter of another profile")
    func givesWay() throws {
        let world = PoolWorld(PoolLimits(size: 1))
        let server = try world.lendNew(1, profile: 1, at: 0)
        #expect(world.request(2, profile: 2, at: 0) == [])
        #expect(world.giveBack(server, at: 4) == [close(server), open(2, 2)])
        #expect(world.opened(2, at: 6) == [lend(2, to: 2, waited: 6)])
    }

    @Test("waiters of its own profile come first, until an older one of another has waited long")
    func patience() throws {
        let world = PoolWorld(PoolLimits(size: 1))
        let server = try world.lendNew(1, profile: 1, at: 0)
        _ = world.request(2, profile: 2, at: 0)
        for session in UInt64(3)...5 { _ = world.request(session, profile: 1, at: 1) }
        #expect(world.giveBack(server, at: 99) == [lend(server, to: 3, waited: 98)])
        #expect(world.giveBack(server, at: 100) == [close(server), open(2, 2)])
    }

    @Test("an older waiter of its own profile is not passed over for another profile")
    func patienceHasOrder() throws {
        let world = PoolWorld(PoolLimits(size: 1))
        let server = try world.lendNew(1, profile: 1, at: 0)
        _ = world.request(3, profile: 1, at: 0)
        _ = world.request(2, profile: 2, at: 0)
        #expect(world.giveBack(server, at: 5_000) == [lend(server, to: 3, waited: 5_000)])
    }

    @Test("numbers the pool does not know are ignored")
    func unknownNumbers() throws {
        let world = PoolWorld(PoolLimits(size: 1))
        let server = try world.lendNew(1, at: 0)
        _ = world.lost(server, at: 1)
        #expect(world.giveBack(server, at: 2) == [])
        #expect(world.lost(server, at: 2) == [])
        #expect(world.opened(77, at: 2) == [])
        #expect(world.openFailed(77, at: 2) == [])
        #expect(world.pool.counts == PoolCounts())
    }

    @Test("without the ledger: lends what is idle, takes back what nobody else wants")
    func fastPaths() throws {
        let world = PoolWorld(PoolLimits(size: 1))
        let server = ServerID(try world.lendNew(1, profile: 1, at: 0))
        let at = PoolWorld.time(1)
        var orders: [PoolOrder] = []
        let back = world.pool.tryGiveBack(server, at: at, orders: &orders)
        let other = world.pool.tryLend(
            SessionID(2), profile: ProfileID(2), at: at, orders: &orders)
        let same = world.pool.tryLend(
            SessionID(2), profile: ProfileID(1), at: at, orders: &orders)
        #expect(back && !other && same)
        #expect(orders == [lend(server.rawValue, to: 2)])
        _ = world.request(3, profile: 2, at: 2)
        let wanted = world.pool.tryGiveBack(server, at: at, orders: &orders)
        #expect(!wanted)
        #expect(world.pool.counts.lent == 1)
    }
}
