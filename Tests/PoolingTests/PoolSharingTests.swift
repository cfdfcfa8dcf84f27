import Testing
import Vocabulary

@testable import Pooling

/// Two workers' shards of one pool, with the nudges that the shell would pass on.
@Suite("Pool: shared by workers")
struct PoolSharingTests {
    private final class Shards {
        var pools: [Pool]
        var ledger: CapacityLedger
        var ids = ServerIDSource()

        init(size: Int) {
            pools = (0...1).map { Pool(limits: PoolLimits(size: size), shard: LoopIndex($0)) }
            ledger = CapacityLedger(limit: size, shards: 2)
        }

        func request(_ session: UInt64, of shard: Int, at time: UInt64 = 0) -> [PoolOrder] {
            var orders: [PoolOrder] = []
            pools[shard].request(
                SessionID(session), profile: ProfileID(0), at: PoolWorld.time(time),
                capacity: &ledger, ids: &ids, orders: &orders)
            return orders
        }

        func opened(_ server: UInt64, of shard: Int, at time: UInt64 = 0) -> [PoolOrder] {
            var orders: [PoolOrder] = []
            pools[shard].opened(
                ServerID(server), at: PoolWorld.time(time), capacity: &ledger, ids: &ids,
                orders: &orders)
            return orders
        }

        func giveBack(_ server: UInt64, of shard: Int, at time: UInt64 = 0) -> [PoolOrder] {
            var orders: [PoolOrder] = []
            pools[shard].giveBack(
                ServerID(server), at: PoolWorld.time(time), capacity: &ledger, ids: &ids,
                orders: &orders)
            return orders
        }

        func arrived(_ server: UInt64, of shard: Int, at time: UInt64 = 0) -> [PoolOrder] {
            var orders: [PoolOrder] = []
            pools[shard].arrived(
                ServerID(server), profile: ProfileID(0), orderedAt: PoolWorld.time(0),
                at: PoolWorld.time(time), capacity: &ledger, ids: &ids, orders: &orders)
            return orders
        }

        func tick(_ shard: Int, at time: UInt64 = 0) -> [PoolOrder] {
            var orders: [PoolOrder] = []
            pools[shard].tick(
                at: PoolWorld.time(time), capacity: &ledger, ids: &ids, orders: &orders)
            return orders
        }

        func takeNudge() -> Bool { ledger.takeNudge() }
    }

    private func hand(_ server: UInt64, to shard: Int) -> PoolOrder {
        .hand(ServerID(server), ProfileID(0), to: LoopIndex(shard))
    }

    @Test("an idle connection of one worker goes over to a client of the other")
    func idleGoesOver() {
        let shards = Shards(size: 1)
        _ = shards.request(1, of: 0)
        _ = shards.opened(1, of: 0)
        #expect(shards.giveBack(1, of: 0) == [])
        #expect(shards.request(2, of: 1) == [])
        #expect(shards.takeNudge())
        #expect(shards.tick(0) == [hand(1, to: 1)])
        #expect(!shards.takeNudge())
        #expect(shards.ledger.held(by: LoopIndex(1)) == 1)
        #expect(shards.arrived(2, of: 1) == [lend(2, to: 2)])
        #expect(!shards.takeNudge())
        #expect(shards.ledger.taken == 1)
    }

    @Test("one that is lost on its way leaves its place to who was to have it")
    func lostOnItsWay() {
        let shards = Shards(size: 1)
        _ = shards.request(1, of: 0)
        _ = shards.opened(1, of: 0)
        _ = shards.giveBack(1, of: 0)
        _ = shards.request(2, of: 1)
        #expect(shards.tick(0) == [hand(1, to: 1)])
        shards.ledger.put(from: LoopIndex(1))
        #expect(shards.tick(1) == [open(2)])
    }

    @Test("of several workers that wait, the one that has fewest gets it")
    func theHungriest() {
        var ledger = CapacityLedger(limit: 3, shards: 4)
        for (shard, since) in [(0, UInt64(0)), (0, 0), (1, 0), (1, 1), (2, 5), (3, 4)] {
            _ = ledger.take(for: LoopIndex(shard), since: PoolWorld.time(since))
        }
        #expect(ledger.heir(of: LoopIndex(0)) == LoopIndex(3))
        ledger.pass(from: LoopIndex(0), to: LoopIndex(3))
        #expect(ledger.heir(of: LoopIndex(0)) == LoopIndex(2))
        ledger.update(limit: 2)
        #expect(ledger.heir(of: LoopIndex(0)) == nil)
    }

    @Test("a lent one makes room when it comes back, also past those who hoped to have it")
    func lentMakesRoom() {
        let shards = Shards(size: 2)
        for server in UInt64(1)...2 {
            _ = shards.request(server, of: 0)
            _ = shards.opened(server, of: 0)
        }
        #expect(shards.request(3, of: 0, at: 1) == [])
        #expect(shards.request(4, of: 1, at: 2) == [])
        #expect(shards.takeNudge())
        #expect(shards.tick(0, at: 2) == [])
        // The other worker has none: one of two is its due, even before the older client here.
        var orders: [PoolOrder] = []
        let quick = shards.pools[0].tryGiveBack(
            ServerID(1), at: PoolWorld.time(3), orders: &orders)
        #expect(!quick)
        #expect(shards.giveBack(1, of: 0, at: 3) == [hand(1, to: 1)])
        #expect(shards.arrived(3, of: 1, at: 3) == [lend(3, to: 4, waited: 1)])
        #expect(shards.giveBack(2, of: 0, at: 4) == [lend(2, to: 3, waited: 3)])
    }

    @Test("the last place changes hands by age, so that no worker's clients starve")
    func lastPlace() {
        let shards = Shards(size: 1)
        _ = shards.request(1, of: 0)
        _ = shards.opened(1, of: 0)
        _ = shards.request(2, of: 1, at: 10)
        _ = shards.request(3, of: 0, at: 20)
        _ = shards.request(4, of: 0, at: 20)
        _ = shards.tick(0, at: 20)
        #expect(shards.giveBack(1, of: 0, at: 109) == [lend(1, to: 3, waited: 89)])
        #expect(shards.giveBack(1, of: 0, at: 110) == [hand(1, to: 1)])
        #expect(shards.arrived(2, of: 1, at: 111) == [lend(2, to: 2, waited: 101)])
    }

    @Test("after a reload that shrinks the pool, no worker keeps idle what is too many over all")
    func shrunk() {
        let shards = Shards(size: 3)
        for (server, shard) in [(UInt64(1), 0), (2, 0), (3, 1)] {
            _ = shards.request(server, of: shard)
            _ = shards.opened(server, of: shard)
        }
        shards.ledger.update(limit: 2)
        for shard in 0...1 {
            shards.pools[shard].update(limits: PoolLimits(size: 2))
            #expect(shards.tick(shard) == [])
        }
        var orders: [PoolOrder] = []
        let quick = shards.pools[1].tryGiveBack(
            ServerID(3), at: PoolWorld.time(1), orders: &orders)
        #expect(!quick)
        #expect(shards.giveBack(3, of: 1, at: 1) == [close(3)])
        #expect(shards.giveBack(1, of: 0, at: 1) == [])
    }

    @Test("a worker whose clients have been served, or have left, is not hungry any more")
    func notHungryForNothing() {
        let shards = Shards(size: 2)
        for shard in 0...1 {
            _ = shards.request(UInt64(shard), of: shard)
            _ = shards.opened(UInt64(shard + 1), of: shard)
        }
        #expect(shards.request(3, of: 0) == [])
        #expect(shards.ledger.isAnyHungry(besides: LoopIndex(1)))
        #expect(shards.giveBack(1, of: 0, at: 1) == [lend(1, to: 3, waited: 1)])
        #expect(!shards.ledger.isAnyHungry(besides: LoopIndex(1)))
        _ = shards.request(4, of: 0)
        #expect(shards.ledger.isAnyHungry(besides: LoopIndex(1)))
        let left = shards.pools[0].withdraw(SessionID(4))
        #expect(left)
        #expect(shards.pools[0].nextDeadline == PoolWorld.time(0))
        #expect(shards.tick(0) == [])
        #expect(!shards.ledger.isAnyHungry(besides: LoopIndex(1)))
    }
}
