import Testing
import WireFixtures

@testable import SessionCore

@Suite("Session: a server connection that breaks")
struct SessionLossTests {
    private static let lost =
        "ErrorResponse 08006 \"connection to node \"pg1\" was lost while it ran a statement: gone\""

    @Test("an autocommit query is answered with an error, and the client goes on")
    func simple() {
        let stage = SessionStage()
        stage.client { query("insert into t values (1)") }
        stage.grant(.primary)
        #expect(stage.lose() == "answered")
        #expect(stage.clientSees() == [Self.lost, "ReadyForQuery I"])
        stage.client { query("select 1") }
        #expect(stage.needs == [.primary, .read])
    }

    @Test("after its error, a query lacks nothing but ReadyForQuery")
    func afterError() {
        let stage = SessionStage()
        stage.client { query("insert into t values (1)") }
        stage.grant(.primary)
        stage.server { error("23505") }
        #expect(stage.lose() == "answered")
        #expect(stage.clientSees() == ["ErrorResponse 23505 \"no\"", "ReadyForQuery I"])
    }

    @Test("an open segment: one error, then all is skipped up to Sync")
    func openSegment() {
        let stage = SessionStage()
        stage.client {
            run("insert into t values (1)")
            flush()
        }
        stage.grant(.primary)
        #expect(stage.lose() == "answered")
        stage.client {
            run("insert into t values (2)")
            sync()
        }
        #expect(stage.clientSees() == [Self.lost, "ReadyForQuery I"])
        #expect(stage.needs == [.primary])
    }

    @Test("a segment that has failed already gets no second error")
    func skippingSegment() {
        let stage = SessionStage()
        stage.client {
            run("insert into t values (1)")
            flush()
        }
        stage.grant(.primary)
        stage.server { error("23505") }
        #expect(stage.lose() == "answered")
        stage.client {
            run("insert into t values (2)")
            sync()
        }
        #expect(stage.clientSees() == ["ErrorResponse 23505 \"no\"", "ReadyForQuery I"])
        #expect(stage.needs == [.primary])
    }

    @Test("the same where a Query was skipped since")
    func skippedQuery() {
        let stage = SessionStage()
        stage.client {
            run("insert into t values (1)")
            flush()
        }
        stage.grant(.primary)
        stage.server { error("23505") }
        stage.client { query("insert into t values (2)") }
        #expect(stage.lose() == "answered")
        stage.client {
            run("insert into t values (3)")
            sync()
        }
        #expect(stage.clientSees() == ["ErrorResponse 23505 \"no\"", "ReadyForQuery I"])
        #expect(stage.needs == [.primary])
    }

    @Test("more than one answer is owed: the client is closed")
    func pipeline() {
        let stage = SessionStage()
        stage.client {
            run("insert into t values (1)")
            sync()
            run("insert into t values (2)")
        }
        stage.grant(.primary)
        #expect(stage.lose() == "fail")
        #expect(stage.closedWith?.state == .connectionFailure)
    }

    @Test("while the proxy ends a segment to move it: the client's segment is still open")
    func moving() {
        let stage = SessionStage()
        stage.client {
            parse("", "select 1")
            flush()
        }
        stage.grant(.replica)
        stage.client { run("insert into t values (1)") }
        #expect(stage.serverSees().last == "Sync")
        #expect(stage.lose() == "answered")
        stage.client { sync() }
        #expect(stage.clientSees() == [Self.lost, "ReadyForQuery I"])
        #expect(stage.needs == [.read])
    }

    @Test("in a transaction the client is closed")
    func inTransaction() {
        let stage = SessionStage()
        stage.client {
            query("begin")
            query("insert into t values (1)")
        }
        stage.grant(.primary)
        stage.server {
            commandComplete("BEGIN")
            readyForQuery(.inTransaction)
            commandComplete("INSERT 0 1")
            readyForQuery(.inTransaction)
        }
        #expect(stage.lose() == "fail")
    }

    @Test("before the deferred BEGIN was acknowledged, too: the block is gone")
    func beforeBegin() {
        let stage = SessionStage()
        stage.client {
            query("begin")
            parse("", "insert into t values (1)")
            flush()
        }
        stage.grant(.primary)
        #expect(stage.lose() == "fail")
    }

    @Test("with a part of a message sent nothing can be said any more")
    func midFrame() {
        let stage = SessionStage()
        stage.client { query("select 1") }
        stage.grant(.replica)
        #expect(stage.lose(midFrame: true) == "passOn 0 bytes")
    }

    @Test("a Parse that was not acknowledged is forgotten")
    func parseInFlight() {
        let stage = SessionStage()
        stage.client {
            parse("s1", "select 1")
            sync()
        }
        stage.grant(.primary)
        #expect(stage.lose() == "answered")
        stage.client {
            bind("s1")
            sync()
        }
        stage.grant(.primary)
        #expect(stage.serverSees().last { $0.hasPrefix("Bind") } == "Bind \"\" s1")
    }

    @Test("the effects of a segment that was lost are not the next one's")
    func staleEffects() {
        let stage = SessionStage()
        stage.client {
            run("listen jobs")
            flush()
        }
        stage.grant(.primary)
        _ = stage.lose()
        stage.client {
            sync()
            run("insert into t values (1)")
            sync()
        }
        stage.grant(.primary)
        stage.server {
            parseComplete()
            bindComplete()
            commandComplete("INSERT 0 1")
            readyForQuery()
        }
        #expect(stage.releases == [.clean])
    }

    @Test("a FATAL message is withheld and told in the error that follows")
    func fatal() {
        let stage = SessionStage()
        stage.client { query("select pg_sleep(9)") }
        stage.grant(.replica)
        stage.server { error("57P01", "terminating connection", severity: "FATAL") }
        #expect(stage.clientSees() == [])
        #expect(stage.lose() == "answered")
        #expect(
            stage.clientSees().first?.contains("terminating connection (SQLSTATE 57P01)") == true)
    }

    @Test("in a transaction the server's FATAL is the client's, word for word")
    func fatalInTransaction() {
        let stage = SessionStage()
        stage.client { query("insert into t values (1)") }
        stage.grant(.primary)
        stage.server {
            commandComplete("INSERT 0 1")
            readyForQuery(.inTransaction)
        }
        _ = stage.clientSees()
        stage.server { error("25P03", "idle too long", severity: "FATAL") }
        #expect(stage.clientSees() == [])
        #expect(stage.lose().hasPrefix("passOn"))
        #expect(stage.clientSees().first?.contains("25P03") == true)
    }
}
