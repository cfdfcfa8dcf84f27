import PostgresWire
import Routing
import Testing
import WireFixtures

@testable import SessionCore

@Suite("Session: shared turns")
struct SessionSharingTests {
    private func stage() -> SessionStage {
        let stage = SessionStage()
        stage.heals = true
        stage.elsewhere = [.replica, .primary]
        return stage
    }

    @Test(
        "plain reads may share a connection",
        arguments: ["select 1", "select 1; select 2", "select now()", "values (1)"])
    func reads(text: String) {
        let stage = stage()
        stage.client { query(text) }
        let mayShare = stage.session.mayShare
        #expect(mayShare)
    }

    @Test(
        "nothing else may",
        arguments: [
            "insert into t values (1)", "select 1 for update", "select nextval('s')",
            "select set_config('a.b', 'c', false)", "set work_mem = '1MB'", "begin; select 1",
            "select pg_advisory_lock(1)", "copy t from stdin", "listen a", "select own(1)",
            "prepare p as select 1", "fetch all from c",
        ])
    func others(text: String) {
        let stage = stage()
        stage.client { query(text) }
        let mayShare = stage.session.mayShare
        #expect(!mayShare)
    }

    @Test("nor may what a transaction begins with")
    func block() {
        let stage = stage()
        stage.client {
            query("begin read only")
            query("select 1")
        }
        let mayShare = stage.session.mayShare
        #expect(!mayShare)
    }

    @Test("what the client sends meanwhile waits for the end of the turn")
    func next() {
        let stage = stage()
        stage.client { query("select 1") }
        stage.grant(.primary, isShared: true)
        stage.client { query("select 2") }
        #expect(stage.serverSees() == ["Query \"select 1\""])
        stage.server {
            rowDescription("n")
            commandComplete("SELECT 0")
            readyForQuery()
        }
        #expect(stage.releases == [.clean])
        #expect(stage.session.phase == .waiting)
        let isSharing = stage.session.isSharing
        #expect(!isSharing)
    }

    @Test("an error of the primary is the client's")
    func error() {
        let stage = stage()
        stage.elsewhere = []
        stage.client { query("select 1 / 0") }
        stage.grant(.primary, isShared: true)
        stage.server {
            WireFixtures.error("22012")
            readyForQuery()
        }
        #expect(stage.clientSees().last == "ReadyForQuery I")
        #expect(stage.session.tally.errors == 1)
    }

    @Test("who is sent away from the line waits with the same batch")
    func leaves() {
        let stage = stage()
        stage.client { query("select 1") }
        stage.grant(.primary, isShared: true)
        _ = stage.serverSees()
        stage.session.leaveLine()
        #expect(stage.session.phase == .waiting)
        #expect(stage.session.waitingNeed == .read)
        #expect(stage.clientSees() == [])
    }

    @Test("a connection that is lost takes nothing with it")
    func lost() {
        let stage = stage()
        stage.client { query("select 1") }
        stage.grant(.primary, isShared: true)
        #expect(stage.lose() == "runElsewhere")
        #expect(stage.session.phase == .waiting)
    }

    @Test("a connection with other settings, or without the statement, does not fit")
    func fits() {
        let stage = stage()
        stage.client { query("select 1") }
        var other = ServerSession()
        other.loggedIn(with: stage.session.settings.reportedSoFar.values)
        let fitsFresh = stage.session.fits(other, texts: stage.texts.memory)
        #expect(fitsFresh)
        other.settings.apply(
            .set(
                name: "work_mem", statement: Array("SET work_mem = '1MB'".utf8), isLocal: false),
            base: CarriedSettings())
        let fitsOther = stage.session.fits(other, texts: stage.texts.memory)
        #expect(!fitsOther)
    }
}
