import PostgresWire
import Testing
import Vocabulary
import WireFixtures

@testable import SessionCore

@Suite("Session: what its reads must see")
struct WatermarkTests {
    private func at(_ nanoseconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: nanoseconds)
    }

    /// Plays one statement on the primary; returns whether it counts.
    private func counts(
        _ text: String, tag: String, then status: TransactionStatus = .idle,
        on stage: SessionStage = SessionStage()
    ) -> Bool {
        stage.client { query(text) }
        if !stage.isAttached { stage.grant(.primary) }
        stage.server {
            commandComplete(tag)
            readyForQuery(status)
        }
        defer { stage.session.watermark.stamp(at(1)) }
        return stage.session.watermark.isDue
    }

    @Test func whatIsNoPlainReadCounts() {
        #expect(counts("insert into t values (1)", tag: "INSERT 0 1"))
        #expect(counts("select f(1)", tag: "SELECT 1"))
        #expect(counts("select * from t for update", tag: "SELECT 1"))
        #expect(counts("call p()", tag: "CALL"))
        #expect(counts("select pg_advisory_xact_lock(1)", tag: "SELECT 1"))
        #expect(counts("insert into t values (1); select 1", tag: "INSERT 0 1"))
        #expect(counts("commit prepared 'x'", tag: "COMMIT PREPARED"))
    }

    @Test func readsAndSettingsDoNot() {
        #expect(!counts("select 1", tag: "SELECT 1"))
        #expect(!counts("set work_mem = '5MB'", tag: "SET"))
        #expect(!counts("show work_mem", tag: "SHOW"))
        // The server may have committed more than the last of them tells.
        #expect(counts("begin; select 1; commit", tag: "COMMIT"))
    }

    @Test func aReplicaCannotHaveWritten() {
        let stage = SessionStage()
        stage.client { query("select 1") }
        stage.grant(.replica)
        stage.server {
            rowDescription("a")
            commandComplete("SELECT 1")
            readyForQuery()
        }
        #expect(!stage.session.watermark.isDue)
    }

    @Test func aBlockCountsIfItHasDoneMoreThanRead() {
        let stage = SessionStage()
        stage.client {
            query("begin")
            query("select 1")
        }
        stage.grant(.primary)
        stage.server {
            commandComplete("BEGIN")
            readyForQuery(.inTransaction)
            rowDescription("a")
            commandComplete("SELECT 1")
            readyForQuery(.inTransaction)
        }
        #expect(!stage.session.watermark.isDue)
        #expect(!counts("commit", tag: "COMMIT", on: stage))

        #expect(counts("insert into t values (1)", tag: "INSERT 0 1", then: .idle, on: stage))
        stage.client {
            query("begin")
            query("update t set a = 1")
        }
        stage.grant(.primary)
        stage.server {
            commandComplete("BEGIN")
            readyForQuery(.inTransaction)
            commandComplete("UPDATE 1")
            readyForQuery(.inTransaction)
        }
        stage.session.watermark.stamp(at(5))
        #expect(counts("select 1", tag: "SELECT 1", then: .inTransaction, on: stage) == false)
        #expect(counts("commit", tag: "COMMIT", on: stage))
        #expect(!counts("select 1", tag: "SELECT 1", on: stage))
    }

    @Test func whatFailsCounts() {
        let stage = SessionStage()
        stage.client { query("insert into t values (1)") }
        stage.grant(.primary)
        stage.server {
            error("23505", "duplicate key")
            readyForQuery()
        }
        #expect(stage.session.watermark.isDue)
    }

    @Test func theExtendedProtocolCountsAtItsSync() {
        let stage = SessionStage()
        stage.client {
            parse("", "insert into t values (1)")
            bind()
            execute()
            sync()
        }
        stage.grant(.primary)
        stage.server {
            parseComplete()
            bindComplete()
            commandComplete("INSERT 0 1")
        }
        #expect(!stage.session.watermark.isDue)
        stage.server { readyForQuery() }
        #expect(stage.session.watermark.isDue)
    }

    @Test func aStatementThatIsOnlyParsedDoesNotCount() {
        let stage = SessionStage()
        stage.client {
            parse("", "insert into t values (1)")
            sync()
        }
        stage.grant(.primary)
        stage.server {
            parseComplete()
            readyForQuery()
        }
        #expect(!stage.session.watermark.isDue)
    }

    @Test func copyCounts() {
        let stage = SessionStage()
        stage.client { query("copy t from stdin") }
        stage.grant(.primary)
        stage.server { copyInResponse() }
        stage.client {
            copyData("1\n")
            copyDone()
        }
        stage.server {
            commandComplete("COPY 1")
            readyForQuery()
        }
        #expect(stage.session.watermark.isDue)
    }

    @Test func aConnectionThatBreaksMayHaveWritten() {
        let stage = SessionStage()
        stage.client { query("insert into t values (1)") }
        stage.grant(.primary)
        _ = stage.lose()
        #expect(stage.session.watermark.isDue)
    }

    /// The instant is that of whoever reads the clock, and never goes back.
    @Test func theInstantGrows() {
        var watermark = Watermark()
        #expect(watermark.instant == nil)
        watermark.stamp(at(7))
        watermark.stamp(at(5))
        #expect(watermark.instant == at(7))
    }
}
