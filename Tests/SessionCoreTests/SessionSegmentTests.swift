import Testing
import WireFixtures

@testable import SessionCore

@Suite("Session: segments of the extended protocol")
struct SessionSegmentTests {
    private static let ran = wire {
        parseComplete()
        bindComplete()
    }

    @Test("a function call after a Flush ends its batch, and the server is given back")
    func callAfterFlush() {
        let stage = SessionStage()
        stage.client {
            parse("", "insert into t values (1)")
            flush()
        }
        stage.grant(.primary)
        stage.server { parseComplete() }
        stage.client { sync() }
        stage.server { readyForQuery() }
        #expect(stage.releases == [.clean])
        stage.client { functionCall(957) }
        stage.grant(.primary)
        stage.server {
            functionCallResponse()
            readyForQuery()
        }
        #expect(stage.releases == [.clean, .clean])
    }

    @Test("a function call in an open segment ends it")
    func callInSegment() {
        let stage = SessionStage()
        stage.client {
            run("insert into t values (1)")
            flush()
        }
        stage.grant(.primary)
        stage.client { functionCall(957) }
        stage.server {
            Self.ran
            commandComplete("INSERT 0 1")
            functionCallResponse()
            readyForQuery()
        }
        #expect(stage.releases == [.clean])
    }

    @Test("a function that is not known to be harmless may leave anything behind")
    func callPins() {
        let stage = SessionStage()
        stage.client { functionCall(2880) }  // pg_advisory_lock(bigint)
        stage.grant(.primary)
        stage.server {
            functionCallResponse()
            readyForQuery()
        }
        #expect(stage.releases == [])
        #expect(stage.session.pins.description == "unexamined text")
    }

    @Test("a Query ends an open segment: what ran in it pins as if Sync had come")
    func queryEndsSegment() {
        let stage = SessionStage()
        stage.client {
            run("listen jobs")
            query("select 1")
        }
        stage.grant(.primary)
        stage.server {
            Self.ran
            commandComplete("LISTEN")
            commandComplete("SELECT 1")
            readyForQuery()
        }
        #expect(stage.releases == [])
        #expect(stage.session.pins.description == "listen")
    }

    @Test("the same where the segment was flushed before")
    func queryEndsFlushedSegment() {
        let stage = SessionStage()
        stage.client {
            run("listen jobs")
            flush()
        }
        stage.grant(.primary)
        stage.client { query("select 1") }
        stage.server {
            Self.ran
            commandComplete("LISTEN")
            commandComplete("SELECT 1")
            readyForQuery()
        }
        #expect(stage.session.pins.description == "listen")
    }

    @Test("a Query in a segment that has failed is skipped; the connection waits for Sync")
    func queryInFailedSegment() {
        let stage = SessionStage()
        stage.client {
            run("insert into nowhere values (1)")
            flush()
        }
        stage.grant(.primary)
        stage.server { error("42P01") }
        stage.client { query("select 1") }
        #expect(stage.session.isAtRest == false, "the server still skips to Sync")
        stage.client { sync() }
        stage.server { readyForQuery() }
        #expect(stage.clientSees() == ["ErrorResponse 42P01 \"no\"", "ReadyForQuery I"])
        #expect(stage.releases == [.clean])
    }

    @Test("a portal that was bound before a Flush is not left behind on a replica")
    func portalBeforeFlush() {
        let stage = SessionStage()
        stage.client {
            parse("", "select 1")
            bind("", portal: "p1")
            flush()
        }
        #expect(stage.needs == [.primary])
    }

    @Test("a statement that only was parsed before a Flush may be on a replica")
    func parseBeforeFlush() {
        let stage = SessionStage()
        stage.client {
            parse("", "select 1")
            describe(statement: "")
            flush()
        }
        #expect(stage.needs == [.read])
    }

    @Test("Sync twice is answered twice, each in its place")
    func syncTwice() {
        let stage = SessionStage()
        stage.client {
            run("select 1")
            sync()
            sync()
        }
        stage.grant(.primary)
        #expect(stage.serverSees().suffix(2) == ["Sync", "Sync"])
        stage.server {
            Self.ran
            commandComplete("SELECT 1")
            readyForQuery()
            readyForQuery()
        }
        #expect(stage.clientSees().suffix(2) == ["ReadyForQuery I", "ReadyForQuery I"])
        #expect(stage.releases == [.clean])
    }

    @Test("an error at Sync itself skips nothing")
    func errorAtSync() {
        let stage = SessionStage()
        stage.client {
            run("insert into deferred values (1)")
            sync()
        }
        stage.grant(.primary)
        stage.server {
            Self.ran
            commandComplete("INSERT 0 1")
            error("23503")
            readyForQuery()
        }
        #expect(stage.releases == [.clean])
        #expect(stage.session.tally.errors == 1)
    }

    @Test("a write behind a pipelined read waits for it and goes to the primary")
    func writeBehindRead() {
        let stage = SessionStage()
        stage.client {
            run("select 1")
            sync()
            run("insert into t values (1)")
            sync()
        }
        stage.grant(.replica)
        #expect(stage.serverSees().count == 4)
        stage.server {
            Self.ran
            commandComplete("SELECT 1")
            readyForQuery()
        }
        #expect(stage.needs == [.read, .primary])
        stage.grant(.primary)
        #expect(stage.serverSees().first == "Parse \"\" \"insert into t values (1)\"")
    }

    @Test("what was flushed on a replica is a batch of its own: a write after it finds the primary")
    func writeAfterFlush() {
        let stage = SessionStage()
        stage.client {
            parse("", "select 1")
            flush()
        }
        stage.grant(.replica)
        stage.server { parseComplete() }
        stage.client {
            run("insert into t values (1)")
            sync()
        }
        #expect(stage.serverSees() == ["Parse \"\" \"select 1\"", "Sync"])
        stage.server { readyForQuery() }
        #expect(stage.clientSees() == ["ParseComplete"])
        #expect(stage.needs == [.read, .primary])
        stage.grant(.primary)
        #expect(stage.serverSees().count == 4)
    }

    @Test("a write after a flushed read that failed is skipped with the rest of its segment")
    func writeAfterFailedFlush() {
        let stage = SessionStage()
        stage.client {
            parse("", "select nothing")
            flush()
        }
        stage.grant(.replica)
        stage.client { run("insert into t values (1)") }
        stage.server {
            error("42703")
            readyForQuery()
        }
        stage.client {
            run("insert into t values (2)")
            sync()
        }
        #expect(stage.clientSees() == ["ErrorResponse 42703 \"no\"", "ReadyForQuery I"])
        #expect(stage.needs == [.read])
        #expect(stage.releases == [.clean])
    }
}
