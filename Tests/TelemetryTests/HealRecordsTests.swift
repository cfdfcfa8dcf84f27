import Testing
import Vocabulary

@testable import Telemetry

@Suite("What was healed, as it is told")
struct HealRecordsTests {
    private static func at(_ seconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: seconds * 1_000_000_000)
    }

    private static func key(_ fingerprint: UInt64, _ state: String = "25006") -> HealSnapshot.Key {
        HealSnapshot.Key(database: "app", fingerprint: fingerprint, state: state)
    }

    @Test("counted by fingerprint and SQLSTATE; the text is asked for once")
    func counted() {
        var records = HealRecords()
        var asked = 0
        for second in 1...3 {
            records.healed(
                Self.key(1), node: "pg\(second)", at: Self.at(UInt64(second)),
                rememberedUntil: second == 2 ? Self.at(600) : nil,
                statement: {
                    asked += 1; return "SELECT ?"
                }())
        }
        records.healed(
            Self.key(1, "0A000"), node: "pg2", at: Self.at(4), rememberedUntil: nil,
            statement: "SELECT ?")
        #expect(asked == 1)
        #expect(records.records.count == 2)
        let first = records.records[Self.key(1)]
        #expect(first?.count == 3)
        #expect(first?.node == "pg3")
        #expect(first?.lastSeen == Self.at(3))
        #expect(first?.rememberedUntil == Self.at(600))
        records.forgotten("other")
        #expect(records.records[Self.key(1)]?.rememberedUntil == Self.at(600))
        records.forgotten("app")
        #expect(records.records[Self.key(1)]?.rememberedUntil == Self.at(0))
    }

    @Test("bounded: the one seen longest ago goes")
    func bounded() {
        var records = HealRecords()
        for fingerprint in 1...UInt64(Limits.healRecords + 1) {
            records.healed(
                Self.key(fingerprint), node: "pg2", at: Self.at(fingerprint),
                rememberedUntil: nil, statement: "")
        }
        #expect(records.records.count == Limits.healRecords)
        #expect(!records.knows(Self.key(1)))
        #expect(records.knows(Self.key(2)))
    }

    @Test("workers are added up; the latest tells the node")
    func merged() {
        var (one, other) = (WorkerSnapshot(), WorkerSnapshot())
        one.heals[Self.key(1)] = HealSnapshot()
        one.heals[Self.key(1)]?.count = .max
        one.heals[Self.key(1)]?.lastSeen = Self.at(5)
        one.heals[Self.key(1)]?.node = "pg2"
        other.heals[Self.key(1)] = HealSnapshot()
        other.heals[Self.key(1)]?.count = 2
        other.heals[Self.key(1)]?.lastSeen = Self.at(9)
        other.heals[Self.key(1)]?.node = "pg3"
        other.heals[Self.key(1)]?.statement = "SELECT ?"
        let sum = WorkerSnapshot.merged([one, other]).heals[Self.key(1)]
        #expect(sum?.count == .max)
        #expect(sum?.node == "pg3")
        #expect(sum?.lastSeen == Self.at(9))
        #expect(sum?.statement == "SELECT ?")
    }
}
