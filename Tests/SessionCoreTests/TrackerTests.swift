import PostgresWire
import StatementClassifier
import Testing
import WireFixtures

@testable import SessionCore

@Suite("RequestBatch")
struct RequestBatchTests {
    private func verdict(
        _ route: StatementRoute, _ transaction: TransactionVerb = .none
    ) -> StatementVerdict {
        StatementVerdict(route: route, reason: .plainRead, transaction: transaction)
    }

    @Test("one write makes the batch the primary's")
    func judged() {
        var batch = RequestBatch()
        batch.judge(verdict(.replica))
        #expect(batch.isRead)
        batch.judge(verdict(.primary))
        batch.judge(verdict(.replica))
        #expect(!batch.isRead)
    }

    @Test("BEGIN READ ONLY is a read, unless SERIALIZABLE; other control is the primary's")
    func control() {
        var modes = TransactionModes()
        modes.access = .readOnly
        var batch = RequestBatch()
        batch.judge(verdict(.primary, .begin(modes)))
        #expect(batch.isRead)
        modes.isolation = .serializable
        batch.judge(verdict(.primary, .begin(modes)))
        #expect(!batch.isRead)
        var commit = RequestBatch()
        commit.judge(verdict(.replica, .commit))
        #expect(!commit.isRead)
    }

    @Test("the unnamed statement is foreign once, and not after the batch has parsed it")
    func unnamed() {
        var batch = RequestBatch()
        expect(batch.refersToUnnamed(), true)
        expect(batch.refersToUnnamed(), false)
        batch.clear()
        batch.parsesUnnamed()
        expect(batch.refersToUnnamed(), false)
        batch.clear()
        expect(batch.refersToUnnamed(), true)
    }

    @Test("what a server decides has its place among the frames and what they are owed")
    func points() {
        var batch = RequestBatch()
        let seventh = SharedStatement(number: 7, version: 0)
        batch.add(Owed(.bind), frameBytes: 20)
        batch.parses(seventh, number: 3)
        batch.refers(to: seventh)
        #expect(batch.points.map(\.offset) == [20, 20] && batch.points.map(\.index) == [1, 2])
        #expect(batch.owed == [Owed(.bind), Owed(.parse, statement: 3, shared: seventh)])
        #expect(batch.frameBytes == 20)
    }

    @Test("begins anew")
    func cleared() {
        var batch = RequestBatch()
        batch.add(Owed(.execute), frameBytes: 9)
        batch.opensPortal()
        batch.needs(.closeUnnamed)
        batch.requirePrimary()
        #expect(batch.hasFrames && batch.frameBytes == 9 && batch.hasPortal)
        batch.clear()
        #expect(!batch.hasFrames && batch.frameBytes == 0 && !batch.hasPortal && batch.isRead)
        #expect(batch.owed.isEmpty && batch.points.isEmpty)
        guard case .none = batch.preparation else { return #expect(Bool(false), "prepared") }
    }
}

@Suite("DeferredBegin and large objects")
struct SmallTrackerTests {
    @Test("the prelude has every message, and the modes of the last")
    func prelude() {
        var deferred = DeferredBegin()
        #expect(deferred.status == .idle)
        var readOnly = TransactionModes()
        readOnly.access = .readOnly
        let begin = query("begin").bytes
        let set = query("set transaction read only").bytes
        begin.withUnsafeBytes { deferred.begin(TransactionModes(), message: $0.bytes) }
        #expect(deferred.status == .inTransaction && !deferred.modes.mayRunOnReplica)
        set.withUnsafeBytes { deferred.set(readOnly, message: $0.bytes) }
        #expect(deferred.modes.mayRunOnReplica)
        #expect(deferred.messageCount == 2 && deferred.prelude == begin + set)
        deferred.fail()
        #expect(deferred.status == .failed && deferred.prelude.isEmpty)
        deferred.clear()
        #expect(deferred.status == .idle && deferred.modes == TransactionModes())
    }

    @Test(
        "only functions of large objects are known to leave nothing",
        arguments: [
            (957, true), (715, true), (3172, true), (2880, false), (0, false), (-1, false),
        ] as [(Int32, Bool)])
    func largeObjects(_ function: Int32, _ isKnown: Bool) {
        let body = functionCall(function).body
        #expect(body.withUnsafeBytes { LargeObjectFunction.isCalled(by: $0.bytes) } == isKnown)
        #expect(!body.prefix(3).withUnsafeBytes { LargeObjectFunction.isCalled(by: $0.bytes) })
    }
}
