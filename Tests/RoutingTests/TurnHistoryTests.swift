import Testing
import Vocabulary

@testable import Routing

@Suite("How long statements take")
struct TurnHistoryTests {
    private func history(_ runs: [(UInt64, Int)]) -> TurnHistory {
        var history = TurnHistory()
        for (nanoseconds, bytes) in runs { history.ran(7, nanoseconds: nanoseconds, bytes: bytes) }
        return history
    }

    private let quick: (UInt64, Int) = (50_000, 100)

    @Test("what nobody knows is not fast, and becomes so after some runs")
    func trials() {
        #expect(!history([]).isFast(7))
        let few = Array(repeating: quick, count: Limits.sharedTurnTrials - 1)
        #expect(!history(few).isFast(7))
        #expect(history(few + [quick]).isFast(7))
        #expect(!history(few + [quick]).isFast(8))
        #expect(!history(few + [quick]).isFast(0))
    }

    @Test("what is slow now and then is not fast for a while")
    func slow() {
        let known = Array(repeating: quick, count: 10)
        let slow: (UInt64, Int) = (50_000_000, 100)
        #expect(!history(known + [slow]).isFast(7))
        #expect(!history(known + [slow] + known).isFast(7))
        #expect(history(known + [slow] + Array(repeating: quick, count: 80)).isFast(7))
    }

    @Test("what answers much is not small")
    func large() {
        let known = Array(repeating: quick, count: 10)
        #expect(!history(known + [(50_000, 1_000_000)]).isFast(7))
    }

    @Test("the least time outlasts a busy machine")
    func least() {
        let busy: [(UInt64, Int)] = Array(repeating: (1_000_000, 100), count: 20)
        #expect(history([quick] + busy).leastTime(7) < 60_000)
        #expect(history([quick]).typicalTime(7) == 50_000)
    }

    @Test("runs of any length and size are counted")
    func extremes() {
        let endless: [(UInt64, Int)] = Array(repeating: (.max, .max), count: 10)
        #expect(!history(endless).isFast(7))
        #expect(history(endless).leastTime(7) > 1_000_000_000)
        #expect(!history(endless + [quick] + endless).isFast(7))
    }

    @Test("two statements in one place of the table know nothing of each other")
    func collisions() {
        var history = TurnHistory()
        for key in UInt64(1)...20_000 {
            for _ in 0..<3 { history.ran(key, nanoseconds: 50_000, bytes: 1) }
            #expect(history.isFast(key))
        }
        #expect((UInt64(1)...20_000).count { history.isFast($0) } <= 4_096)
    }
}
