import Testing
import Vocabulary

@testable import SessionCore

/// An answer of one row, or an error.
private func answer(_ row: UInt64 = 1, state: String? = nil, bytes: Int = 100) -> ReplyDigest {
    var digest = ReplyDigest()
    digest.add(row: row)
    digest.state = state
    digest.bytes = bytes
    return digest
}

private func evidence(
    _ primary: ReplyDigest, _ replica: ReplyDigest, replayed: UInt64? = 50
) -> ShadowEvidence {
    ShadowEvidence(
        isOrdered: true, primary: primary, replica: replica,
        replayed: replayed.map { LogSequenceNumber($0) })
}

/// What was found when both were run again. The log ended at 100.
private func second(
    primary: ReplyDigest, replica: ReplyDigest?, third: ReplyDigest?, caughtUp: UInt64? = 7
) -> ShadowEvidence.Second {
    var second = ShadowEvidence.Second(
        before: LogSequenceNumber(100), after: LogSequenceNumber(101), primary: primary)
    second.replica = replica
    second.third = third
    second.caughtUpMilliseconds = caughtUp
    return second
}

@Suite("What a comparison shows")
struct ShadowEvidenceTests {
    @Test("the same is the same, errors too")
    func same() {
        #expect(evidence(answer(), answer()).outcome == .same)
        #expect(
            evidence(answer(state: "22012"), answer(2, state: "22012")).outcome == .same)
    }

    @Test(
        "what only a standby says needs no second look",
        arguments: ["25006", "0A000", "55000", "40001", "40P01", "XX000"])
    func refusal(state: String) {
        #expect(
            evidence(answer(), answer(state: state)).outcome == .failed(state: state))
    }

    @Test("what tells of the node, of time or of size is no finding")
    func notComparable() {
        for state in ["08006", "53300", "57P01", "57P03"] {
            #expect(evidence(answer(), answer(state: state)).outcome == .unavailable)
        }
        #expect(evidence(answer(), answer(state: "57014")).outcome == .tooSlow)
        #expect(evidence(answer(state: "57014"), answer()).outcome == .moved)
        let large = answer(bytes: Limits.shadowReplyBytes + 1)
        #expect(evidence(large, answer()).outcome == .tooLarge)
        #expect(evidence(answer(), large).outcome == .tooLarge)
    }

    @Test("any other difference has to be looked into")
    func undecided() {
        #expect(evidence(answer(1), answer(2)).outcome == nil)
        #expect(evidence(answer(), answer(state: "42P01")).outcome == nil)
        #expect(evidence(answer(state: "22012"), answer()).outcome == nil)
    }

    @Test("a replica that was behind and then says the same was stale")
    func stale() {
        let second = second(primary: answer(1), replica: answer(1), third: answer(1))
        #expect(evidence(answer(1), answer(2)).outcome(second) == .stale(milliseconds: 7))
        // So was one that did not know a new table yet.
        #expect(
            evidence(answer(1), answer(state: "42P01")).outcome(second)
                == .stale(milliseconds: 7))
        #expect(
            evidence(answer(1), answer(2), replayed: nil).outcome(second)
                == .stale(milliseconds: 7))
    }

    @Test("a replica that never catches up is stale without an end")
    func endless() {
        let second = second(primary: answer(1), replica: nil, third: nil, caughtUp: nil)
        #expect(evidence(answer(1), answer(2)).outcome(second) == .stale(milliseconds: nil))
        // Nor is anything known of what the primary does not say twice.
        #expect(evidence(answer(3), answer(2)).outcome(second) == .moved)
        // It may have been ahead of the first run, and nothing else is known.
        #expect(evidence(answer(2), answer(1)).outcome(second) == .moved)
        #expect(evidence(answer(1), answer(2), replayed: 100).outcome(second) == .moved)
    }

    @Test("a replica that had everything was not stale")
    func changed() {
        // It ran after the primary's first run, and saw what the primary sees now.
        let newer = second(primary: answer(2), replica: answer(2), third: answer(2))
        #expect(evidence(answer(1), answer(2)).outcome(newer) == .moved)
        let same = second(primary: answer(1), replica: answer(1), third: answer(1))
        #expect(evidence(answer(1), answer(2), replayed: 100).outcome(same) == .moved)
    }

    @Test("what the primary says once it says again: then the replica differs")
    func differs() {
        let steady = second(primary: answer(1), replica: answer(2), third: answer(1))
        #expect(evidence(answer(1), answer(2)).outcome(steady) == .differs)
        let unsteady = second(primary: answer(3), replica: answer(4), third: answer(5))
        #expect(evidence(answer(1), answer(2)).outcome(unsteady) == .unsteady)
    }

    @Test("a replica that still refuses it refuses it for good")
    func refusesStill() {
        let second = second(
            primary: answer(1), replica: answer(state: "42501"), third: answer(1))
        #expect(
            evidence(answer(1), answer(state: "42501")).outcome(second)
                == .failed(state: "42501"))
    }

    @Test("the header of a page is not waited for")
    func pageHeaders() {
        let page: UInt64 = 3 * 8_192
        #expect(LogSequenceNumber(page + 24).endOfRecord == LogSequenceNumber(page))
        #expect(LogSequenceNumber(page + 40).endOfRecord == LogSequenceNumber(page))
        for offset: UInt64 in [0, 8, 32, 48, 8_191] {
            let position = LogSequenceNumber(page + offset)
            #expect(position.endOfRecord == position)
        }
    }
}
