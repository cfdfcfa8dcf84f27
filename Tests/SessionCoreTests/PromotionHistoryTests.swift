import Testing
import Vocabulary

@testable import SessionCore

/// When a text is worth promoting, and when it was not.
@Suite("Promotion history")
struct PromotionHistoryTests {
    private let statement = SharedStatement(number: 0, version: 0)

    /// After its trials, each of which took so long.
    private func promoted(_ nanoseconds: UInt64) -> PromotionHistory {
        var history = PromotionHistory(of: statement)
        let ways = (0..<Limits.promotionTrials).map { _ in history.next(at: 1) }
        #expect(ways.allSatisfy { $0 == .own })
        let demotions = ways.map { history.ran($0, nanoseconds: nanoseconds, at: 1) }
        #expect(!demotions.contains(true))
        return history
    }

    /// Runs it until it is demoted; nil: that does not happen.
    private func runs(
        of history: inout PromotionHistory, _ shared: (Int) -> UInt64,
        measure: (Int) -> UInt64
    ) -> Int? {
        (1...2_000).first { run in
            let way = history.next(at: 1)
            return history.ran(
                way, nanoseconds: way == .own ? measure(run) : shared(run), at: 1)
        }
    }

    /// The same where each way takes always as long.
    private func runs(_ shared: UInt64, after own: UInt64) -> Int? {
        var history = promoted(own)
        return runs(of: &history, { _ in shared }, measure: { _ in own })
    }

    @Test("what takes more than twice as long and a millisecond is demoted after a second look")
    func demotes() {
        let looks = 3 * Limits.demotionRuns...3 * Limits.demotionRuns + 2
        #expect(runs(5_000_000, after: 2_000_000).map(looks.contains) == true)
        #expect(runs(4_000_000, after: 2_000_000) == nil, "not more than twice")
        #expect(runs(900_000, after: 1_000) == nil, "less than a millisecond")
        #expect(runs(.max, after: 0) != nil)
        #expect(runs(0, after: .max) == nil)
    }

    @Test("a machine that has become busy is not held against it")
    func busy() {
        var history = promoted(100_000)
        let busy = runs(
            of: &history, { _ in 9_000_000 }, measure: { _ in 8_000_000 })
        #expect(busy == nil)
    }

    @Test("a few very slow runs are the machine's; many are the plan's")
    func outliers() {
        var history = promoted(1_000_000)
        let few = runs(
            of: &history, { $0 % 50 == 1 ? 400_000_000 : 1_000_000 },
            measure: { _ in 1_000_000 })
        #expect(few == nil)
        let many = runs(
            of: &history, { $0 % 4 == 1 ? 400_000_000 : 1_000_000 },
            measure: { _ in 1_000_000 })
        #expect(many != nil)
    }

    @Test("it comes back after a while, and begins anew")
    func comesBack() {
        var history = promoted(1_000)
        for _ in 0..<(4 * Limits.demotionRuns) {
            let way = history.next(at: 7)
            _ = history.ran(way, nanoseconds: way == .own ? 1_000 : 9_000_000, at: 7)
        }
        let seconds = [7, 6 + Limits.demotionSeconds, 7 + Limits.demotionSeconds]
        let ways = seconds.map { history.next(at: $0) }
        #expect(ways == [.demoted, .demoted, .own])
    }

    @Test("now and then one runs in its own way, so that the measure stays true")
    func measures() {
        var history = promoted(1_000)
        let ways = (0..<(10 * Limits.promotionTrialInterval)).map { _ in history.next(at: 1) }
        #expect(ways.count { $0 == .own } == 10)
        #expect(!ways.contains(.demoted))
    }

    @Test("a text counts as used often after its threshold; one in its place makes it wait")
    func counts() {
        var texts = PromotedTexts()
        let other = 5 + 7 << 48
        var isWorth = (0...Limits.promotionThreshold).map { _ in texts.used(5) }
        #expect(isWorth == Array(repeating: false, count: Limits.promotionThreshold) + [true])
        isWorth = [other, 5].map { texts.used($0) }
        #expect(isWorth == [false, true])
        isWorth = [other, other, 5].map { texts.used($0) }
        #expect(isWorth == [false, false, false])
        texts.refuses(5)
        isWorth = (0..<9).map { _ in texts.used(5) }
        #expect(!isWorth.contains(true))
    }

    @Test("the history of a statement is not that of another in its place")
    func places() {
        var texts = PromotedTexts()
        let ways = (0...Limits.promotionTrials).map { _ in texts.next(statement) }
        #expect(ways.last == .shared)
        let other = texts.next(SharedStatement(number: 0, version: 1))
        #expect(other == .own)
        let run = Promotion.Run(statement: statement, way: .shared)
        let demotions = (0..<100).map { _ in texts.ran(run, nanoseconds: .max) }
        #expect(!demotions.contains(true), "it is not there any more")
    }

    @Test("a kept text that is used outlives others, and gives way when it is not")
    func catalog() {
        var catalog = StatementCatalog()
        func bytes(_ text: String) -> [UInt8] { Array(text.utf8) + [0, 0, 0] }
        let hot = bytes("hot")
        let kept = catalog.keep(hot.span.bytes, salt: 1)
        var lookups: Set<SharedStatement?> = []
        for index in 0..<(3 * Limits.idleStatements) {
            lookups.insert(catalog.use(hot.span.bytes, salt: 1).statement)
            _ = catalog.keep(bytes("cold \(index)").span.bytes, salt: 1)
        }
        #expect(lookups == [kept])
        var isCurrent = catalog.isCurrent(kept)
        #expect(isCurrent)
        for index in 0..<(3 * Limits.idleStatements) {
            _ = catalog.keep(bytes("colder \(index)").span.bytes, salt: 1)
        }
        isCurrent = catalog.isCurrent(kept)
        let found = catalog.use(hot.span.bytes, salt: 1).statement
        #expect(!isCurrent && found == nil)
    }
}
