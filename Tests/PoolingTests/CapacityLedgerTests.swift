import Testing
import Vocabulary

@testable import Pooling

@Suite("Capacity ledger")
struct CapacityLedgerTests {
    private let first = LoopIndex(0)
    private let second = LoopIndex(1)

    private func time(_ milliseconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 0).advanced(milliseconds: milliseconds)
    }

    /// A ledger of two shards that hold so many.
    private func ledger(limit: Int, _ held: Int, _ heldToo: Int = 0) -> CapacityLedger {
        var ledger = CapacityLedger(limit: limit, shards: 2)
        for _ in 0..<held { _ = ledger.take(for: first, since: time(0)) }
        for _ in 0..<heldToo { _ = ledger.take(for: second, since: time(0)) }
        return ledger
    }

    @Test("places are given up to the limit, and again when put back")
    func limit() {
        var ledger = CapacityLedger(limit: 2)
        let taken = (0..<3).map { _ in ledger.take(for: first, since: time(0)) }
        #expect(taken == [true, true, false])
        ledger.put(from: first)
        let again = ledger.take(for: first, since: time(0))
        #expect(again)
        #expect(ledger.taken == 2)
    }

    @Test("a shard alone never nudges itself")
    func alone() {
        var ledger = CapacityLedger(limit: 1)
        for _ in 0..<2 { _ = ledger.take(for: first, since: time(0)) }
        ledger.put(from: first)
        let nudge = ledger.takeNudge()
        #expect(!nudge)
        #expect(!ledger.mustYield(first, since: nil, at: time(1)))
    }

    @Test("hunger nudges once; a place put back nudges again; a fed shard is quiet")
    func nudges() {
        var ledger = ledger(limit: 1, 1)
        var nudges: [Bool] = []
        let refused = ledger.take(for: second, since: time(1))
        nudges.append(ledger.takeNudge())
        nudges.append(ledger.takeNudge())
        _ = ledger.take(for: second, since: time(1))
        nudges.append(ledger.takeNudge())
        ledger.put(from: first)
        nudges.append(ledger.takeNudge())
        let given = ledger.take(for: second, since: time(1))
        ledger.put(from: second)
        nudges.append(ledger.takeNudge())
        #expect(!refused && given)
        #expect(nudges == [true, false, false, true, false])
    }

    @Test("idle connections are given up for a hungry shard, but not more than it can use")
    func yieldsIdle() {
        var ledger = ledger(limit: 2, 2)
        #expect(!ledger.mustYield(first, since: nil, at: time(0)))
        _ = ledger.take(for: second, since: time(0))
        #expect(ledger.mustYield(first, since: nil, at: time(0)))
        ledger.put(from: first)
        #expect(!ledger.mustYield(first, since: nil, at: time(0)))
    }

    @Test("a shard with waiters gives way only to one that holds fewer")
    func balances() {
        var ledger = ledger(limit: 6, 5, 1)
        _ = ledger.take(for: second, since: time(9))
        #expect(ledger.mustYield(first, since: time(1), at: time(9)))
        var even = self.ledger(limit: 6, 3, 3)
        _ = even.take(for: second, since: time(9))
        #expect(!even.mustYield(first, since: time(1), at: time(9_000)))
    }

    @Test("with nearly as many, the longer waiter comes first, after some patience")
    func age() {
        var ledger = ledger(limit: 1, 1)
        _ = ledger.take(for: second, since: time(10))
        #expect(!ledger.mustYield(first, since: time(20), at: time(109)))
        #expect(ledger.mustYield(first, since: time(20), at: time(110)))
        #expect(!ledger.mustYield(first, since: time(5), at: time(110)))
        ledger.put(from: first)
        let back = ledger.take(for: first, since: time(20))
        let given = ledger.take(for: second, since: time(10))
        #expect(!back && given)
    }

    @Test("a free place is kept for the hungry shard that comes first, until it is sated")
    func reserved() {
        var ledger = ledger(limit: 3, 3)
        _ = ledger.take(for: second, since: time(0))
        ledger.put(from: first)
        let stolen = ledger.take(for: first, since: time(0))
        _ = ledger.takeNudge()
        ledger.sated(second)
        let nudged = ledger.takeNudge()
        let taken = ledger.take(for: first, since: time(0))
        #expect(!stolen && nudged && taken)
    }

    @Test("spare places are only for those that nobody waits for")
    func spare() {
        var ledger = ledger(limit: 2, 1)
        let spare = ledger.takeSpare(for: second)
        let none = ledger.takeSpare(for: second)
        #expect(spare && !none)
        _ = ledger.take(for: first, since: time(0))
        ledger.put(from: second)
        let wanted = ledger.takeSpare(for: second)
        #expect(!wanted)
    }

    @Test("after a lowered limit every shard gives up what comes back")
    func lowered() {
        var ledger = ledger(limit: 4, 2, 2)
        ledger.update(limit: 3)
        #expect(ledger.mustYield(second, since: time(0), at: time(0)))
        ledger.put(from: second)
        #expect(!ledger.mustYield(second, since: time(0), at: time(0)))
    }
}
