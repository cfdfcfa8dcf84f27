import PostgresWire
import Routing
import Testing
import WireFixtures

@testable import SessionCore

@Suite("Session: healing")
struct SessionHealTests {
    /// A stage whose replica's answers are held back.
    private func stage(_ elsewhere: Elsewhere = [.replica, .primary]) -> SessionStage {
        let stage = SessionStage()
        stage.heals = true
        stage.elsewhere = elsewhere
        return stage
    }

    @Test("a query that a replica refuses runs elsewhere, unseen")
    func query() {
        let stage = stage()
        stage.client { WireFixtures.query("select 1") }
        stage.grant(.replica, node: 1)
        #expect(stage.serverSees() == ["Query \"select 1\""])
        stage.server {
            rowDescription("n")
            dataRow("1")
            notice()
            error("25006")
            readyForQuery()
        }
        #expect(stage.clientSees() == [])
        #expect(stage.refusals.map(\.scope) == [.everyStandby])
        #expect(stage.releases == [.clean])
        #expect(stage.session.phase == .waiting)
        stage.grant(.primary)
        #expect(stage.serverSees() == ["Query \"select 1\""])
        stage.server {
            rowDescription("n")
            dataRow("2")
            commandComplete("SELECT 1")
            readyForQuery()
        }
        #expect(
            stage.clientSees() == [
                "RowDescription", "DataRow \"2\"", "CommandComplete \"SELECT 1\"",
                "ReadyForQuery I",
            ])
        #expect(stage.session.tally.reads == 1)
        #expect(stage.session.tally.errors == 0)
    }

    @Test("nothing reaches the client before the answer is whole")
    func held() {
        let stage = stage()
        stage.client { WireFixtures.query("select 1") }
        stage.grant(.replica)
        stage.server {
            rowDescription("n")
            dataRow("1")
            commandComplete("SELECT 1")
        }
        #expect(stage.clientSees() == [])
        stage.server { readyForQuery() }
        #expect(stage.clientSees().count == 4)
    }

    @Test("once it was let go, an error is the client's")
    func outgrown() {
        let stage = stage()
        stage.client { WireFixtures.query("select 1") }
        stage.grant(.replica)
        stage.server {
            rowDescription("n")
            dataRow("1")
        }
        stage.letGo()
        #expect(stage.clientSees() == ["RowDescription", "DataRow \"1\""])
        stage.server {
            error("25006")
            readyForQuery()
        }
        #expect(stage.clientSees() == ["ErrorResponse 25006 \"no\"", "ReadyForQuery I"])
        #expect(stage.refusals.isEmpty)
    }

    @Test(
        "an error that the primary would give is the client's at once",
        arguments: ["22012", "57014", "42601", "53200"])
    func clients(_ state: String) {
        let stage = stage()
        stage.client { WireFixtures.query("select 1") }
        stage.grant(.replica)
        stage.server { error(state) }
        #expect(stage.clientSees() == ["ErrorResponse \(state) \"no\""])
        stage.server { readyForQuery() }
        #expect(stage.clientSees() == ["ReadyForQuery I"])
    }

    @Test(
        "where there is nowhere better to go, the replica is believed",
        arguments: [
            ("25006", Elsewhere.replica), ("42P01", Elsewhere([])), ("40001", Elsewhere([])),
        ])
    func nowhere(_ state: String, _ elsewhere: Elsewhere) {
        let stage = stage(elsewhere)
        stage.client { WireFixtures.query("select 1") }
        stage.grant(.replica)
        stage.server {
            error(state)
            readyForQuery()
        }
        #expect(stage.clientSees() == ["ErrorResponse \(state) \"no\"", "ReadyForQuery I"])
        #expect(stage.session.tally.errors == 1)
    }

    @Test("a statement that was made on the replica is made again, and stays the client's")
    func named() {
        let stage = stage()
        stage.client {
            parse("s", "select 1")
            bind("s")
            execute()
            sync()
        }
        stage.grant(.replica)
        _ = stage.serverSees()
        stage.server {
            parseComplete()
            bindComplete()
            error("0A000")
            readyForQuery()
        }
        #expect(stage.contents.statements.names == ["_switchyard_0_0"])
        stage.grant(.primary)
        #expect(
            stage.serverSees() == [
                "Parse _switchyard_0_0 \"select 1\"", "Bind \"\" _switchyard_0_0",
                "Execute \"\"", "Sync",
            ])
        stage.server {
            parseComplete()
            bindComplete()
            commandComplete("SELECT 1")
            readyForQuery()
        }
        #expect(
            stage.clientSees() == [
                "ParseComplete", "BindComplete", "CommandComplete \"SELECT 1\"",
                "ReadyForQuery I",
            ])
        #expect(stage.session.statements.hasNamed)
        stage.client {
            bind("s")
            execute()
            sync()
        }
        #expect(stage.needs == [.read, .read])
    }

    @Test("a Parse that fails on the primary as well leaves no statement")
    func failedParse() {
        let stage = stage()
        stage.client {
            parse("s", "select nothing")
            sync()
        }
        stage.grant(.replica)
        stage.server {
            error("42703")
            readyForQuery()
        }
        #expect(stage.contents.statements.names == [])
        #expect(stage.session.statements.hasNamed)
        stage.grant(.primary)
        stage.server {
            error("42703")
            readyForQuery()
        }
        #expect(stage.clientSees() == ["ErrorResponse 42703 \"no\"", "ReadyForQuery I"])
        #expect(!stage.session.statements.hasNamed)
    }

    @Test("a statement that is closed in the batch can be made again for the second run")
    func closedInBatch() {
        let stage = stage()
        stage.client {
            parse("s", "select 1")
            sync()
        }
        stage.grant(.replica)
        stage.server {
            parseComplete()
            readyForQuery()
        }
        _ = stage.serverSees()
        _ = stage.clientSees()
        stage.client {
            bind("s")
            execute()
            close(statement: "s")
            sync()
        }
        stage.grant(.replica)
        stage.server {
            parseComplete()
            bindComplete()
            commandComplete("SELECT 1")
            closeComplete()
        }
        _ = stage.serverSees()
        #expect(stage.lose() == "runElsewhere")
        stage.grant(.primary)
        #expect(stage.serverSees().first == "Parse _switchyard_0_0 \"select 1\"")
        stage.server {
            parseComplete()
            bindComplete()
            commandComplete("SELECT 1")
            closeComplete()
            readyForQuery()
        }
        #expect(stage.clientSees().count == 4)
        #expect(!stage.session.statements.hasNamed)
    }

    @Test("the first batch of a READ ONLY block takes its BEGIN along")
    func block() {
        let stage = stage()
        stage.client {
            WireFixtures.query("begin read only")
            WireFixtures.query("select 1")
            WireFixtures.query("select 2")
        }
        stage.grant(.replica)
        stage.server {
            commandComplete("BEGIN")
            readyForQuery(.inTransaction)
            error("42P01")
            readyForQuery(.failed)
        }
        #expect(
            stage.serverSees() == [
                "Query \"begin read only\"", "Query \"select 1\"", "Query \"ROLLBACK\"",
            ])
        stage.server {
            commandComplete("ROLLBACK")
            readyForQuery()
        }
        #expect(stage.releases == [.clean])
        stage.grant(.replica, node: 2)
        #expect(stage.serverSees() == ["Query \"begin read only\"", "Query \"select 1\""])
        stage.server {
            commandComplete("BEGIN")
            readyForQuery(.inTransaction)
            commandComplete("SELECT 1")
            readyForQuery(.inTransaction)
        }
        #expect(stage.serverSees() == ["Query \"select 2\""], "what follows has waited")
        stage.server {
            error("42P01")
            readyForQuery(.failed)
        }
        #expect(stage.clientSees().suffix(2) == ["ErrorResponse 42P01 \"no\"", "ReadyForQuery E"])
    }

    @Test("what the client was told of its settings with a lost answer, it is told again")
    func settings() {
        let stage = stage()
        stage.client { WireFixtures.query("select 1") }
        stage.grant(.replica)
        stage.server {
            parameterStatus("TimeZone", "Asia/Tokyo")
            error("40001")
            readyForQuery()
        }
        #expect(stage.clientSees() == [])
        stage.grant(.primary)
        stage.server {
            parameterStatus("TimeZone", "Asia/Tokyo")
            commandComplete("SELECT 1")
            readyForQuery()
        }
        #expect(stage.clientSees().first == "ParameterStatus TimeZone \"Asia/Tokyo\"")
    }

    @Test("a replica that cannot make the session's settings is passed over")
    func alignment() {
        let stage = stage()
        stage.client { WireFixtures.query("set role reader") }
        stage.grant(.primary)
        stage.server {
            commandComplete("SET")
            readyForQuery()
        }
        _ = stage.serverSees()
        stage.client { WireFixtures.query("select 1") }
        stage.grant(.replica)
        #expect(stage.serverSees().first?.contains("role") == true)
        stage.server {
            error("22023")
            readyForQuery(.failed)
            error("25P02")
            readyForQuery(.failed)
        }
        #expect(stage.serverSees() == ["Query \"ROLLBACK\""])
        stage.server {
            commandComplete("ROLLBACK")
            readyForQuery()
        }
        #expect(stage.releases.last == .reset)
        #expect(stage.refusals.map(\.state) == ["22023"])
        #expect(!stage.isClosed)
        #expect(stage.session.phase == .waiting)
    }

    @Test("a connection that breaks, with or without a word", arguments: [nil, "57P01", "40001"])
    func lost(_ state: String?) {
        let stage = stage()
        stage.client {
            run("select 1")
            sync()
        }
        stage.grant(.replica)
        stage.server {
            parseComplete()
            if let state { error(state, severity: "FATAL") }
        }
        #expect(stage.lose(midFrame: true) == "runElsewhere")
        #expect(stage.refusals.map(\.state) == [state ?? "08006"])
        #expect(stage.clientSees() == [])
        stage.grant(.primary)
        #expect(stage.serverSees().count == 8)
    }

    @Test("a connection that the client's own messages have ended is not healed")
    func lostByClient() {
        let stage = stage()
        stage.client { WireFixtures.query("select 1") }
        stage.grant(.replica)
        stage.server { error("08P01", severity: "FATAL") }
        #expect(stage.lose() == "answered")
        #expect(stage.clientSees().count == 2)
    }

    @Test("a write is never run twice, nor what cannot be told from one")
    func writes() {
        for text in ["insert into t values (1)", "select f()", "select nextval('s')"] {
            let stage = stage()
            stage.client { WireFixtures.query(text) }
            // As a hint may force it.
            stage.grant(.replica)
            let isHeld = stage.session.holdsReply
            #expect(!isHeld)
            stage.server {
                error("25006")
                readyForQuery()
            }
            #expect(stage.clientSees().first == "ErrorResponse 25006 \"no\"")
            #expect(stage.refusals.isEmpty)
        }
    }

    @Test("on a replica every batch is a turn of its own")
    func pipelined() {
        let stage = stage()
        stage.client {
            run("select 1")
            sync()
            run("select 2")
            sync()
        }
        stage.grant(.replica)
        #expect(stage.serverSees().count == 4)
        stage.server {
            parseComplete()
            bindComplete()
            commandComplete("SELECT 1")
            readyForQuery()
        }
        #expect(stage.clientSees().count == 4)
        #expect(stage.needs == [.read, .read])
        stage.grant(.replica, node: 2)
        #expect(stage.serverSees().count == 4)
    }
}
