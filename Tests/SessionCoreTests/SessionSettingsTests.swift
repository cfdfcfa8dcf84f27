import Routing
import StatementClassifier
import Testing
import Vocabulary
import WireFixtures

@testable import SessionCore

/// Settings belong to the session, whatever connection it gets.
@Suite("Session: settings")
struct SessionSettingsTests {
    private static let aligning = "Query \"BEGIN; set work_mem = '1GB'; COMMIT\""

    /// A session that has set something on a connection that was given back.
    private func changed() -> SessionStage {
        let stage = SessionStage()
        stage.client { query("set work_mem = '1GB'") }
        stage.grant(.primary)
        stage.server {
            commandComplete("SET")
            readyForQuery()
        }
        #expect(stage.releases == [.clean])
        _ = stage.serverSees()
        _ = stage.clientSees()
        return stage
    }

    @Test("are set on the next connection in front of the batch, and nobody is told")
    func taken() {
        let stage = changed()
        stage.client { query("select 1") }
        #expect(stage.needs == [.primary, .read])
        stage.grant(.replica)
        #expect(stage.serverSees() == [Self.aligning, "Query \"select 1\""])
        stage.server {
            commandComplete("BEGIN")
            commandComplete("SET")
            commandComplete("COMMIT")
            readyForQuery()
            rowDescription("n")
            commandComplete("SELECT 1")
            readyForQuery()
        }
        #expect(
            stage.clientSees().suffix(2) == ["CommandComplete \"SELECT 1\"", "ReadyForQuery I"])
        #expect(stage.clientSees().isEmpty && stage.releases == [.clean, .clean])
    }

    @Test("a connection that has them already needs nothing; another client's are taken back")
    func held() {
        let stage = changed()
        let held = stage.contents
        stage.client { query("select 1") }
        stage.grant(.replica, holding: held)
        #expect(stage.serverSees() == ["Query \"select 1\""])
        let other = SessionStage()
        other.client { query("select 1") }
        other.grant(.replica, holding: held)
        #expect(
            other.serverSees() == [
                "Query \"BEGIN; RESET \"work_mem\"; COMMIT\"", "Query \"select 1\"",
            ])
    }

    @Test("a server that will not have them runs nothing of the client's")
    func refused() {
        let stage = changed()
        stage.client { query("insert into t values (1)") }
        stage.grant(.primary)
        stage.server {
            commandComplete("BEGIN")
            error("22023", "role \"r\" does not exist")
        }
        #expect(stage.clientSees() == ["ErrorResponse FATAL 22023 \"role \"r\" does not exist\""])
        #expect(stage.isClosed)
    }

    @Test("a rollback takes a RESET back", arguments: ["rollback", "commit"])
    func rolledBack(_ end: String) {
        let stage = changed()
        stage.client { query("begin") }
        stage.client { query("reset all") }
        stage.grant(.primary, holding: stage.contents)
        stage.server {
            commandComplete("BEGIN")
            readyForQuery(.inTransaction)
            commandComplete("RESET")
            readyForQuery(.inTransaction)
        }
        stage.client { query(end) }
        stage.server {
            commandComplete(end.uppercased())
            readyForQuery()
        }
        let expected: Set = end == "commit" ? [] : ["set work_mem = '1GB'"]
        #expect(stage.contents.settings.statements == expected)
        #expect(stage.releases.last == .clean)
    }

    @Test("RESET goes back to the startup message, also within the transaction")
    func startup() {
        let stage = SessionStage()
        var base = CarriedSettings()
        base.apply(
            .setConfig(name: "a", value: Array("1".utf8), isLocal: false), base: CarriedSettings())
        stage.session = Session(
            id: SessionID(1), welcome: Welcome(SessionStage.reported), base: base)
        stage.client { query("begin") }
        stage.client { query("reset a") }
        stage.grant(.primary)
        #expect(stage.serverSees()[0] == "Query \"BEGIN; SET \"a\" TO '1'; COMMIT\"")
        stage.server {
            for tag in ["BEGIN", "SET", "COMMIT"] { commandComplete(tag) }
            readyForQuery()
            commandComplete("BEGIN")
            readyForQuery(.inTransaction)
            commandComplete("RESET")
            readyForQuery(.inTransaction)
        }
        stage.client { query("show a") }
        #expect(stage.serverSees() == ["Query \"SET \"a\" TO '1'\"", "Query \"show a\""])
        stage.server {
            commandComplete("SET")
            readyForQuery(.inTransaction)
            commandComplete("SHOW")
            readyForQuery(.inTransaction)
        }
        stage.client { query("commit") }
        stage.server {
            commandComplete("COMMIT")
            readyForQuery()
        }
        #expect(stage.contents.settings == base)
    }

    @Test("what comes in one go with a RESET waits until the startup message counts again")
    func pipelined() {
        let stage = SessionStage()
        var base = CarriedSettings()
        base.apply(
            .setConfig(name: "a", value: Array("1".utf8), isLocal: false), base: CarriedSettings())
        stage.session = Session(
            id: SessionID(1), welcome: Welcome(SessionStage.reported), base: base)
        var held = ServerSession()
        held.settings = base
        stage.client {
            query("reset all")
            query("show a")
        }
        stage.grant(.primary, holding: held)
        #expect(stage.serverSees() == ["Query \"reset all\""])
        stage.server {
            commandComplete("RESET")
            readyForQuery()
        }
        #expect(stage.serverSees() == ["Query \"SET \"a\" TO '1'\"", "Query \"show a\""])
    }

    @Test(
        "SERIALIZABLE as the default keeps all on the primary, others do not",
        arguments: [("serializable", RouteNeed.primary), ("repeatable read", .read)])
    func isolation(_ level: String, _ need: RouteNeed) {
        let stage = SessionStage()
        stage.client { query("set default_transaction_isolation = '\(level)'") }
        stage.grant(.primary)
        stage.server {
            commandComplete("SET")
            readyForQuery()
        }
        stage.client { query("select 1") }
        #expect(stage.needs == [.primary, need])
    }

    @Test("what cannot be told exactly pins", arguments: ["set a from current", "do 'set_config'"])
    func pinned(_ text: String) {
        let stage = SessionStage()
        stage.client { query(text) }
        stage.grant(.primary)
        stage.server {
            commandComplete("SET")
            readyForQuery()
        }
        #expect(stage.releases.isEmpty)
    }

    @Test("what a function has set, and the server reports, is taken along")
    func unexplained() {
        let stage = SessionStage()
        stage.client { query("select f()") }
        stage.grant(.primary)
        stage.server {
            commandComplete("SELECT 1")
            parameterStatus("TimeZone", "CET")
            readyForQuery()
        }
        #expect(stage.clientSees().contains("ParameterStatus TimeZone \"CET\""))
        #expect(stage.contents.settings.statements == ["SET \"timezone\" TO 'CET'"])
    }

    @Test("a client is told what is not as it was on the last connection")
    func told() {
        let stage = SessionStage()
        var held = ServerSession()
        held.loggedIn(with: SessionStage.reported)
        held.report("TimeZone", "CET")
        stage.client { query("select 1") }
        stage.grant(.replica, holding: held)
        #expect(stage.clientSees() == ["ParameterStatus TimeZone \"CET\""])
    }
}
