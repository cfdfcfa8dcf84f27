import Testing
import Vocabulary

@testable import Routing

@Suite("Balancing algorithms")
struct BalancingTests {
    @Test("random: each is as likely, whatever its weight")
    func random() {
        var algorithm = RandomChoice(nodeCount: 4)
        let counts = tally(algorithm.choices(40_000, among: candidates([1, 9, 1, 1])), places: 4)
        // Five standard deviations of a binomial with n = 40,000 and p = 1/4 are 433.
        #expect(counts.allSatisfy { abs($0 - 10_000) < 433 }, "\(counts)")
    }

    @Test("random bits become every number below the bound and none beyond")
    func below() {
        #expect(UInt64.min.below(3) == 0)
        #expect(UInt64.max.below(3) == 2)
        #expect(UInt64.max.below(1) == 0)
        #expect(UInt64.max.below(0) == 0)
        #expect(UInt64.max.below(-5) == 0)
    }

    @Test("roundRobin: each in turn, exactly")
    func roundRobin() {
        var algorithm = RoundRobin(nodeCount: 3)
        #expect(algorithm.choices(7, among: candidates([1, 5, 1])) == [0, 1, 2, 0, 1, 2, 0])
    }

    @Test("roundRobin: a node that goes and comes does not disturb the turn of the others")
    func roundRobinChanges() {
        var algorithm = RoundRobin(nodeCount: 3)
        let all = candidates([1, 1, 1])
        let without = [all[0], all[2]]
        #expect(algorithm.choices(2, among: all) == [0, 1])
        #expect(algorithm.choices(3, among: without).map { without[$0].node.index } == [2, 0, 2])
        #expect(algorithm.choices(3, among: all) == [0, 1, 2])
    }

    @Test("weightedRandom: each is as likely as its share of the weights")
    func weightedRandom() {
        var algorithm = WeightedRandom(nodeCount: 3)
        let counts = tally(algorithm.choices(60_000, among: candidates([1, 2, 3])), places: 3)
        for (count, expected) in zip(counts, [10_000, 20_000, 30_000]) {
            // Five standard deviations, at most 612 for p = 1/2.
            #expect(abs(count - expected) < 612, "\(counts)")
        }
    }

    @Test("weighted: nginx's own example, spread and not in bursts")
    func weightedOrder() {
        var algorithm = Weighted(nodeCount: 3)
        let order = algorithm.choices(14, among: candidates([5, 1, 1]))
        #expect(order == [0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 2, 0, 0])
    }

    @Test(
        "weighted: every window is within two of its share, every round exact",
        arguments: [[1, 1], [2, 1], [5, 3, 2], [7, 1, 1, 1], [100, 1], [13, 8, 5, 3, 2]])
    func weightedSmooth(weights: [Int]) {
        var algorithm = Weighted(nodeCount: weights.count)
        let total = weights.reduce(0, +)
        let order = algorithm.choices(total * 4, among: candidates(weights))
        for round in 0..<4 {
            let counts = tally(
                Array(order[(round * total)..<((round + 1) * total)]), places: weights.count)
            #expect(counts == weights)
        }
        for start in stride(from: 0, to: order.count, by: 3) {
            for end in stride(from: start + 1, through: order.count, by: 5) {
                let counts = tally(Array(order[start..<end]), places: weights.count)
                for (count, weight) in zip(counts, weights) {
                    let share = Double((end - start) * weight) / Double(total)
                    #expect(abs(Double(count) - share) < 2, "\(start)..<\(end): \(counts)")
                }
            }
        }
    }

    @Test("weighted: enormous weights neither overflow nor matter beyond the heaviest")
    func weightedOverflow() {
        var algorithm = Weighted(nodeCount: 2)
        let counts = tally(algorithm.choices(1_000, among: candidates([.max, .max])), places: 2)
        #expect(counts == [500, 500])
    }

    @Test("leastConnections: the least loaded for its weight")
    func leastConnections() {
        var algorithm = LeastConnections(nodeCount: 3)
        #expect(algorithm.choose(among: candidates([1, 1, 1], loads: [3, 1, 2]), random: 0) == 1)
        #expect(algorithm.choose(among: candidates([4, 1, 1], loads: [3, 1, 2]), random: 0) == 0)
        #expect(
            algorithm.choose(among: candidates([1, 1], loads: [.max, .max - 1]), random: 0) == 1)
    }

    @Test("leastConnections: equals take turns by weight")
    func leastConnectionsTies() {
        var algorithm = LeastConnections(nodeCount: 3)
        let idle = tally(algorithm.choices(400, among: candidates([2, 1, 1])), places: 3)
        #expect(idle == [200, 100, 100])
        let filled = tally(
            algorithm.choices(400, among: candidates([3, 1], loads: [6, 2])), places: 2)
        #expect(filled == [300, 100])
        let two = candidates([1, 1, 1], loads: [1, 0, 0])
        #expect(tally(algorithm.choices(100, among: two), places: 3) == [0, 50, 50])
    }

    @Test("leastConnections: long turns fill the nodes by their weights")
    func leastConnectionsFills() {
        var algorithm = LeastConnections(nodeCount: 3)
        var loads = [0, 0, 0]
        for _ in 0..<60 {
            loads[algorithm.choose(among: candidates([3, 2, 1], loads: loads), random: 0)] += 1
        }
        #expect(loads == [30, 20, 10])
    }
}
