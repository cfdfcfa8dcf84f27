import StatementClassifier
import Testing
import WireFixtures

@testable import SessionCore

/// What pins a session, and what ends that: only the server knows, so it is asked.
@Suite("Session: pins and their end")
struct SessionPinTests {
    private static let question = "Query \"\(PinSet.question)\""

    /// A session on the primary that has run one statement.
    private func ran(_ text: String, _ tag: String, on stage: SessionStage = SessionStage())
        -> SessionStage
    {
        stage.client { query(text) }
        if !stage.isAttached { stage.grant(.primary) }
        stage.server {
            commandComplete(tag)
            readyForQuery()
        }
        return stage
    }

    @Test("a statement that may end it has the server asked; it answers by a number of rows")
    func probed() {
        let stage = ran("create temp table t (a int)", "CREATE TABLE")
        #expect(stage.session.pins.description == "temporary object")
        _ = stage.serverSees()
        _ = ran("drop table t", "DROP TABLE", on: stage)
        #expect(stage.serverSees() == ["Query \"drop table t\"", Self.question])
        #expect(stage.releases.isEmpty)
        _ = stage.clientSees()
        stage.server {
            commandComplete("SELECT 0")
            readyForQuery()
        }
        #expect(stage.clientSees().isEmpty && stage.releases == [.clean])
    }

    @Test("what the server still has goes on pinning, under its own name")
    func stillThere() {
        let stage = ran("select pg_advisory_lock(1)", "SELECT 1")
        stage.server {
            commandComplete("SELECT 6")
            readyForQuery()
        }
        #expect(stage.session.pins.description == "advisory lock, cursor with hold")
        #expect(stage.releases.isEmpty)
    }

    @Test("what was made in a block is asked for when the block has ended")
    func inBlock() {
        let stage = SessionStage()
        stage.client { query("begin") }
        stage.client { query("create temp table t (a int) on commit drop") }
        stage.grant(.primary)
        stage.server {
            commandComplete("BEGIN")
            readyForQuery(.inTransaction)
            commandComplete("CREATE TABLE")
            readyForQuery(.inTransaction)
        }
        _ = stage.serverSees()
        stage.client { query("commit") }
        stage.server {
            commandComplete("COMMIT")
            readyForQuery()
            commandComplete("SELECT 0")
            readyForQuery()
        }
        #expect(stage.serverSees() == ["Query \"commit\"", Self.question])
        #expect(stage.releases == [.clean])
    }

    @Test("a client that goes on meanwhile is served behind the question")
    func goesOn() {
        let stage = ran("create temp table t (a int)", "CREATE TABLE")
        _ = ran("drop table t", "DROP TABLE", on: stage)
        stage.client { query("select 1") }
        stage.server {
            commandComplete("SELECT 0")
            readyForQuery()
            commandComplete("SELECT 1")
        }
        #expect(stage.releases.isEmpty)
        stage.server { readyForQuery() }
        #expect(stage.releases == [.clean])
    }

    @Test("what the server cannot be asked for pins until DISCARD ALL")
    func unexamined() {
        let stage = ran("load 'x'", "LOAD")
        _ = ran("close all", "CLOSE", on: stage)
        #expect(stage.releases.isEmpty)
        _ = ran("discard all", "DISCARD ALL", on: stage)
        #expect(stage.releases == [.clean])
    }

    // MARK: Names in SQL

    private func prepared() -> SessionStage {
        let stage = SessionStage()
        stage.client {
            parse("p", "select 1")
            sync()
        }
        stage.grant(.primary)
        stage.server {
            parseComplete()
            readyForQuery()
        }
        _ = stage.serverSees()
        _ = stage.clientSees()
        return stage
    }

    @Test("a statement that SQL mentions is made under the client's name")
    func executed() {
        let stage = prepared()
        stage.client { query("execute p") }
        stage.grant(.primary, holding: stage.contents)
        #expect(
            stage.serverSees() == [
                "Close S p", "Parse p \"select 1\"", "Sync", "Query \"execute p\"",
            ])
        stage.server {
            closeComplete()
            parseComplete()
            readyForQuery()
            commandComplete("SELECT 1")
            readyForQuery()
        }
        #expect(stage.session.pins.description == "sql prepare")
        stage.client { query("execute p") }
        #expect(stage.serverSees() == ["Query \"execute p\""], "once is enough")
    }

    @Test("a Close of it closes it under the client's name, too")
    func closed() {
        let stage = prepared()
        stage.client { query("execute p") }
        stage.grant(.primary, holding: stage.contents)
        stage.server {
            closeComplete()
            parseComplete()
            readyForQuery()
            commandComplete("SELECT 1")
            readyForQuery()
        }
        _ = stage.serverSees()
        stage.client {
            close(statement: "p")
            sync()
        }
        #expect(stage.serverSees() == ["Close S p", "Sync"])
    }

    @Test("settings that are taken back within a transaction of the same string pin")
    func resetInString() {
        let stage = SessionStage()
        stage.client { query("begin; reset all; commit") }
        stage.grant(.primary)
        stage.server {
            for tag in ["BEGIN", "RESET", "COMMIT"] { commandComplete(tag) }
            readyForQuery()
        }
        #expect(stage.session.pins.description == "setting")
    }

    @Test("one that the server refuses to make does not take the Query with it")
    func refusedToExecute() {
        let stage = prepared()
        stage.client { query("begin; oops") }
        stage.grant(.primary, holding: stage.contents)
        stage.server {
            error("42601")
            readyForQuery(.failed)
        }
        _ = stage.serverSees()
        _ = stage.clientSees()
        stage.client { query("execute p") }
        #expect(stage.serverSees().suffix(2) == ["Sync", "Query \"execute p\""])
        stage.server {
            closeComplete()
            error("25P02")
            readyForQuery(.failed)
            error("25P02")
            readyForQuery(.failed)
        }
        #expect(stage.clientSees() == ["ErrorResponse 25P02 \"no\"", "ReadyForQuery E"])
    }

    @Test("DEALLOCATE of it takes it from the client, too; one that fails does not")
    func deallocated() {
        let stage = prepared()
        stage.client { query("deallocate p") }
        stage.grant(.primary, holding: stage.contents)
        stage.server {
            closeComplete()
            parseComplete()
            readyForQuery()
            error("57014")
            readyForQuery()
            commandComplete("SELECT 8")
            readyForQuery()
        }
        _ = stage.serverSees()
        stage.client { query("deallocate p") }
        stage.server {
            closeComplete()
            parseComplete()
            readyForQuery()
            commandComplete("DEALLOCATE")
            readyForQuery()
        }
        _ = stage.serverSees()
        stage.client {
            bind("p")
            sync()
        }
        #expect(stage.serverSees() == ["Bind \"\" p", "Sync"], "the server refuses it")
    }

    @Test("a name that PREPARE has taken is refused to the extended protocol by the server")
    func taken() {
        let stage = ran("prepare q as select 1", "PREPARE")
        _ = stage.serverSees()
        stage.client {
            parse("q", "select 2")
            sync()
        }
        #expect(stage.serverSees() == ["Parse q \"select 2\"", "Sync"])
    }

    // MARK: Sequences

    /// A connection on which another client has written.
    private func foreign() -> ServerSession {
        let other = SessionStage(id: 9)
        other.client { query("insert into t values (1)") }
        other.grant(.primary)
        other.server {
            commandComplete("INSERT 0 1")
            readyForQuery()
        }
        return other.contents
    }

    @Test("another client's sequence values are discarded before the question")
    func discarded() {
        let stage = SessionStage()
        stage.client { query("select lastval()") }
        stage.grant(.primary, holding: foreign())
        #expect(
            stage.serverSees() == ["Query \"DISCARD SEQUENCES\"", "Query \"select lastval()\""])
    }

    @Test("a block that may ask later begins without another client's")
    func block() {
        let stage = SessionStage()
        stage.client { query("begin") }
        stage.client { query("insert into t values (1)") }
        stage.grant(.primary, holding: foreign())
        #expect(
            stage.serverSees() == [
                "Query \"DISCARD SEQUENCES\"", "Query \"begin\"",
                "Query \"insert into t values (1)\"",
            ])
    }

    @Test("where both have written in turn nobody can tell: refused by the server itself")
    func refused() {
        let stage = SessionStage()
        stage.client { query("insert into t values (1)") }
        stage.grant(.primary, holding: foreign())
        _ = stage.serverSees()
        stage.client { query("select lastval()") }
        #expect(stage.serverSees()[0].contains("ERRCODE = '55000'"))
    }
}
