import Testing
import Vocabulary

@testable import Telemetry

@Suite("What shadow mode has learned")
struct ShadowTableTests {
    @Test("forgets what was not used for longest")
    func bounded() {
        var table = ShadowTable(limit: 16)
        for number in 1...16 { table.learn(UInt64(number), ShadowStatement(text: "t")) }
        #expect(table.statements.count == 16 && table.forgotten == 0)
        // The first is used again; the next two are the oldest then.
        table.change(1) { $0.calls += 1 }
        table.learn(17, ShadowStatement(text: "t"))
        #expect(table.knows(1) && table.knows(17))
        #expect(!table.knows(2) && !table.knows(3) && table.knows(4))
        #expect(table.forgotten == 2)
        table.update(limit: 4)
        #expect(table.statements.count == 4 && table.knows(1) && table.knows(17))
    }

    @Test("keeps no more text than it may")
    func boundedBytes() {
        var table = ShadowTable(limit: 1_000, bytes: 100)
        for number in 1...50 {
            table.learn(UInt64(number), ShadowStatement(text: String(repeating: "x", count: 30)))
            let bytes = table.statements.values.reduce(0) { $0 + ($1.text?.utf8.count ?? 0) }
            #expect(bytes <= 100)
        }
        #expect(table.knows(50) && table.statements.count == 3)
        #expect(table.forgotten == 47)
    }

    @Test("what was forgotten is not counted any more")
    func gone() {
        var table = ShadowTable(limit: 1)
        table.learn(1, ShadowStatement(text: "a"))
        table.learn(2, ShadowStatement(text: "b"))
        table.change(1) { $0.calls += 1 }
        #expect(!table.knows(1) && table.statements[2]?.calls == 0)
    }

    @Test("the worst of what was found is the verdict")
    func verdicts() {
        var statement = ShadowStatement(text: "t")
        #expect(statement.verdict == .primary)
        statement.reads = 1
        #expect(statement.verdict == .notCompared)
        statement.count(.moved)
        statement.count(.dropped)
        statement.count(.tooSlow)
        #expect(statement.verdict == .notCompared && statement.lost == 2)
        for (outcome, verdict) in [
            (ShadowOutcome.same, ShadowStatement.Verdict.safe), (.unsteady, .unsteady),
            (.stale(milliseconds: 4), .wouldBeStale), (.failed(state: "25006"), .wouldFail),
            (.differs, .differs),
        ] {
            statement.count(outcome)
            #expect(statement.verdict == verdict)
        }
        statement.count(.same)
        #expect(statement.verdict == .differs && statement.compared == 6)
        #expect(statement.state == "25006" && statement.staleMilliseconds == 4)
    }

    @Test("the median is of the latest times")
    func median() {
        var times = RecentTimes()
        #expect(times.median == nil)
        for microseconds: UInt64 in [9, 1, 5] { times.add(nanoseconds: microseconds * 1_000) }
        #expect(times.median == 5)
        for _ in 0..<15 { times.add(nanoseconds: 70_000) }
        #expect(times.median == 70)
    }

    @Test("workers add up")
    func merged() {
        func snapshot(_ verdict: ShadowOutcome, text: String) -> WorkerSnapshot {
            var statement = ShadowStatement(text: text)
            statement.calls = 2
            statement.reads = 1
            statement.count(verdict)
            var snapshot = WorkerSnapshot()
            snapshot.shadows["app"] = ShadowSnapshot(
                sampleRate: 0.5, sinceMilliseconds: 10, statements: [7: statement], forgotten: 1)
            return snapshot
        }
        let sum = WorkerSnapshot.merged([
            snapshot(.same, text: "t"), snapshot(.differs, text: "t"),
        ])
        let shadow = sum.shadows["app"]
        #expect(shadow?.forgotten == 2)
        #expect(shadow?.statements[7]?.calls == 4)
        #expect(shadow?.statements[7]?.compared == 2)
        #expect(shadow?.statements[7]?.verdict == .differs)
    }
}
