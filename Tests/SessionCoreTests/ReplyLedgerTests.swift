import Testing

@testable import SessionCore

@Suite("ReplyLedger")
struct ReplyLedgerTests {
    private func ledger(_ owed: Owed...) -> ReplyLedger {
        var ledger = ReplyLedger()
        for entry in owed { ledger.sent(entry) }
        return ledger
    }

    @Test(
        "each kind is paid by its own message and by no other",
        arguments: [
            Owed.Kind.parse, .bind, .close, .describeStatement, .describePortal,
        ])
    func paid(_ kind: Owed.Kind) {
        for other in [Owed.Kind.parse, .bind, .close, .describeStatement, .describePortal] {
            var ledger = ledger(Owed(kind), Owed(.sync))
            let payment = ledger.paid(other)
            #expect(payment == (other == kind ? .forward : .unexpected))
            #expect(ledger.count == (other == kind ? 1 : 2))
        }
    }

    @Test("what the proxy asked for is swallowed")
    func swallowed() {
        var ledger = ledger(Owed(.parse, .swallow), Owed(.query, .swallow))
        expect(ledger.paid(.parse), .swallow)
        expect(ledger.completed(), .swallow)
        expect(ledger.readyForQuery(), .ended(Owed(.query, .swallow), failed: false))
        #expect(ledger.isAtRest)
    }

    @Test("nothing is owed: nothing can be paid")
    func nothingOwed() {
        var ledger = ReplyLedger()
        expect(ledger.paid(.parse), .unexpected)
        expect(ledger.completed(), .unexpected)
        expect(ledger.described(), .unexpected)
        expect(ledger.part(), .unexpected)
        expect(ledger.readyForQuery(), .unexpected)
        #expect(ledger.failed { _ in } == .unexpected)
        expect(ledger.copyInBegan().payment, .unexpected)
    }

    @Test("a query may be completed many times before ReadyForQuery, an Execute once")
    func completions() {
        var query = ledger(Owed(.query))
        for _ in 0..<3 { expect(query.completed(), .forward) }
        expect(query.described(), .forward)
        expect(query.readyForQuery(), .ended(Owed(.query), failed: false))
        var execute = ledger(Owed(.execute), Owed(.sync))
        expect(execute.completed(), .forward)
        expect(execute.completed(), .unexpected)
    }

    @Test("an error drops all up to the Sync that was sent, and says what")
    func errorBeforeSync() {
        var ledger = ledger(
            Owed(.parse, statement: 7), Owed(.bind), Owed(.close, statement: 9), Owed(.sync),
            Owed(.parse, statement: 8), Owed(.sync))
        var dropped: [UInt32] = []
        #expect(ledger.failed { dropped.append($0.statement) } == .forward)
        #expect(dropped == [7, 0, 9])
        #expect(!ledger.isSkipping)
        expect(ledger.readyForQuery(), .ended(Owed(.sync), failed: true))
        expect(ledger.paid(.parse), .forward)
        expect(ledger.readyForQuery(), .ended(Owed(.sync), failed: false))
    }

    @Test("before any Sync the server skips: only a Sync is owed an answer")
    func errorBeforeAnySync() {
        var ledger = ledger(Owed(.parse), Owed(.query))
        #expect(ledger.failed { _ in } == .forward)
        #expect(ledger.isSkipping && !ledger.isAtRest)
        #expect(ledger.owedReadyForQuery == 0, "the query was skipped, too")
        expect(ledger.sent(Owed(.query)), false)
        #expect(ledger.isEmpty)
        expect(ledger.sent(Owed(.sync)), true)
        expect(ledger.readyForQuery(), .ended(Owed(.sync), failed: true))
        #expect(ledger.isAtRest)
    }

    @Test("an error in a simple query ends nothing but itself")
    func errorInQuery() {
        var ledger = ledger(Owed(.query), Owed(.query))
        #expect(ledger.failed { _ in Issue.record("dropped") } == .forward)
        expect(ledger.readyForQuery(), .ended(Owed(.query), failed: true))
        expect(ledger.readyForQuery(), .ended(Owed(.query), failed: false))
    }

    @Test("an error of the proxy's own Parse is the client's, whose segment it ends")
    func errorOfInjection() {
        var forClient = ledger(Owed(.parse, .swallow), Owed(.bind), Owed(.sync))
        #expect(forClient.failed { _ in } == .forward)
        var forNobody = ledger(Owed(.parse, .swallow), Owed(.sync, .swallow))
        #expect(forNobody.failed { _ in } == .swallow)
    }

    @Test("ReadyForQuery is not early")
    func early() {
        var ledger = ledger(Owed(.execute), Owed(.sync))
        expect(ledger.readyForQuery(), .unexpected)
        #expect(ledger.count == 2)
    }

    @Test("COPY: Syncs before the end of the data are ignored, their effects go on")
    func copyIn() {
        var waiting = ledger(Owed(.execute), Owed(.sync, effects: .listen))
        let copy = waiting.copyInBegan()
        #expect(copy.payment == .forward && !copy.isEnded && copy.reopensSegment)
        #expect(copy.effects == .listen)
        #expect(waiting.owedReadyForQuery == 0)
        var sentAhead = ledger(
            Owed(.execute), Owed(.sync, effects: .listen), Owed(.copyEnd), Owed(.sync))
        let ended = sentAhead.copyInBegan()
        #expect(ended.isEnded && !ended.reopensSegment && ended.effects.isEmpty)
        expect(sentAhead.completed(), .forward)
        expect(sentAhead.readyForQuery(), .ended(Owed(.sync, effects: .listen), failed: false))
    }

    @Test("CopyDone that no COPY waits for is forgotten with what stood before it")
    func strayCopyDone() {
        var ledger = ledger(Owed(.copyEnd), Owed(.query), Owed(.copyEnd), Owed(.sync))
        #expect(ledger.head?.kind == .query)
        _ = ledger.readyForQuery()
        #expect(ledger.head?.kind == .sync)
    }

    @Test("a failed COPY leaves doubt, which a later answer ends")
    func doubt() {
        var ledger = ledger(Owed(.execute), Owed(.sync))
        _ = ledger.copyInBegan()
        ledger.sent(Owed(.sync))
        _ = ledger.failed { _ in }
        #expect(ledger.isInDoubt)
        _ = ledger.readyForQuery()
        #expect(ledger.isAtRest && ledger.isInDoubt)
        ledger.sent(Owed(.query))
        expect(ledger.readyForQuery(), .doubtful)
        expect(ledger.completed(), .forward)
        #expect(!ledger.isInDoubt)
        expect(ledger.readyForQuery(), .ended(Owed(.query), failed: false))
    }

    @Test("another's connection begins with nothing owed")
    func reset() {
        var ledger = ledger(Owed(.execute), Owed(.sync))
        _ = ledger.copyInBegan()
        _ = ledger.failed { _ in }
        ledger.reset()
        #expect(ledger.isAtRest && !ledger.isInDoubt && !ledger.sawError)
        #expect(ledger.owedReadyForQuery == 0)
    }
}

/// `#expect(actual == expected)` for calls that change what they are called on.
func expect<Value: Equatable>(
    _ actual: Value, _ expected: Value, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(actual == expected, sourceLocation: sourceLocation)
}
