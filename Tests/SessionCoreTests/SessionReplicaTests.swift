import Testing
import WireFixtures

@testable import SessionCore

@Suite("Session: READ ONLY transactions on a replica")
struct SessionReplicaTests {
    /// In a READ ONLY transaction on a replica, after one read.
    private func begun() -> SessionStage {
        let stage = SessionStage()
        stage.client {
            query("begin read only")
            query("select 1")
        }
        #expect(stage.needs == [.read])
        stage.grant(.replica)
        #expect(stage.serverSees() == ["Query \"begin read only\"", "Query \"select 1\""])
        stage.server {
            commandComplete("BEGIN")
            readyForQuery(.inTransaction)
            rowDescription("a")
            commandComplete("SELECT 1")
            readyForQuery(.inTransaction)
        }
        #expect(
            stage.clientSees() == [
                "CommandComplete \"BEGIN\"", "ReadyForQuery T", "RowDescription",
                "CommandComplete \"SELECT 1\"", "ReadyForQuery T",
            ])
        return stage
    }

    private func ended(_ stage: SessionStage) {
        stage.client { query("rollback") }
        stage.server {
            commandComplete("ROLLBACK")
            readyForQuery()
        }
    }

    @Test("Not after READ WRITE, which a standby refuses")
    func readWriteFirst() {
        let stage = SessionStage()
        stage.client {
            query("begin read write")
            query("set transaction read only")
            query("select 1")
        }
        #expect(stage.needs == [.primary])
    }

    @Test("SET TRANSACTION READ ONLY as the first statement chooses the replica too")
    func setTransaction() {
        let stage = SessionStage()
        stage.client {
            query("begin")
            query("set transaction read only")
            query("select 1")
        }
        #expect(stage.needs == [.read])
        #expect(
            stage.clientSees() == [
                "CommandComplete \"BEGIN\"", "ReadyForQuery T", "CommandComplete \"SET\"",
                "ReadyForQuery T",
            ])
        stage.grant(.replica)
        #expect(
            stage.serverSees() == [
                "Query \"begin\"", "Query \"set transaction read only\"", "Query \"select 1\"",
            ])
    }

    @Test(
        "any other block is the primary's",
        arguments: [
            "begin", "begin isolation level serializable read only", "begin read write",
            "start transaction",
        ])
    func otherBlocks(_ begin: String) {
        let stage = SessionStage()
        stage.client {
            query(begin)
            query("select 1")
        }
        #expect(stage.needs == [.primary])
    }

    @Test("an empty block never reaches a server", arguments: ["commit", "rollback"])
    func empty(_ end: String) {
        let stage = SessionStage()
        stage.client {
            query("START TRANSACTION")
            query(end)
        }
        #expect(
            stage.clientSees() == [
                "CommandComplete \"START TRANSACTION\"", "ReadyForQuery T",
                "CommandComplete \"\(end.uppercased())\"", "ReadyForQuery I",
            ])
        #expect(stage.needs == [])
    }

    @Test("a statement that leaves state behind is refused by the server itself")
    func refused() {
        let stage = begun()
        stage.client { query("select pg_advisory_lock(1)") }
        #expect(stage.serverSees().first?.hasPrefix("Query \"DO $switchyard$") == true)
        stage.server {
            error("0A000")
            readyForQuery(.failed)
        }
        ended(stage)
        #expect(stage.releases == [.clean])
        #expect(stage.session.pins.isEmpty)
    }

    @Test("in the failed state too, also where ROLLBACK comes first in the same string")
    func refusedWhenFailed() {
        let stage = begun()
        stage.client { query("select 1/0") }
        stage.server {
            error("22012")
            readyForQuery(.failed)
        }
        _ = stage.serverSees()
        stage.client { query("rollback; set work_mem = '1GB'") }
        #expect(stage.serverSees().first?.hasPrefix("Query \"DO $switchyard$") == true)
    }

    @Test("in the extended protocol, Bind of such a statement raises the error")
    func refusedParse() {
        let stage = SessionStage()
        stage.client {
            parse("", "select 1")
            sync()
        }
        stage.grant(.replica)
        stage.server {
            parseComplete()
            readyForQuery()
        }
        stage.client {
            query("begin read only")
            query("select 1")
        }
        stage.grant(.replica)
        stage.server {
            commandComplete("BEGIN")
            readyForQuery(.inTransaction)
            commandComplete("SELECT 1")
            readyForQuery(.inTransaction)
        }
        _ = stage.serverSees()
        stage.client {
            run("select pg_advisory_lock(1)")
            sync()
        }
        let seen = stage.serverSees()
        #expect(seen[0] == "Parse \"\" \"select pg_advisory_lock(1)\"")
        #expect(seen[1].hasPrefix("Parse _switchyard \"DO $switchyard$"))
        #expect(
            seen[2...] == [
                "Bind \"\" _switchyard", "Close S _switchyard", "Execute \"\"", "Sync",
            ])
    }

    @Test("a statement that fails there leaves no pin that nobody can serve")
    func failedListen() {
        let stage = begun()
        stage.client { query("listen jobs") }
        stage.server {
            error("25006")
            readyForQuery(.failed)
        }
        ended(stage)
        #expect(stage.releases == [.clean])
        stage.client { query("insert into t values (1)") }
        #expect(stage.needs.last == .primary)
    }

    @Test("what may have been left is put back; a write after it finds the primary")
    func unexamined() {
        let stage = begun()
        stage.client { query("select 'open") }
        stage.server {
            commandComplete("SELECT 1")
            readyForQuery(.inTransaction)
        }
        ended(stage)
        #expect(stage.releases == [.reset])
        stage.client { query("insert into t values (1)") }
        #expect(stage.needs.last == .primary)
    }

    @Test("a write pipelined behind COMMIT is not the replica's")
    func pipelinedCommit() {
        let stage = begun()
        stage.client {
            query("commit")
            query("insert into t values (1)")
        }
        #expect(stage.serverSees() == ["Query \"commit\""])
        stage.server {
            commandComplete("COMMIT")
            readyForQuery()
        }
        #expect(stage.needs == [.read, .primary])
    }

    @Test("the same within one segment of the extended protocol")
    func pipelinedCommitInSegment() {
        let stage = begun()
        stage.client {
            run("commit")
            run("insert into t values (1)")
            sync()
        }
        #expect(stage.serverSees().suffix(2) == ["Execute \"\"", "Sync"])
        stage.server {
            parseComplete()
            bindComplete()
            commandComplete("COMMIT")
            readyForQuery()
        }
        #expect(stage.clientSees().last == "CommandComplete \"COMMIT\"")
        #expect(stage.needs == [.read, .primary])
    }

    @Test("where that COMMIT was skipped after an error, so is the rest of the segment")
    func failedBeforeCommit() {
        let stage = begun()
        stage.client {
            run("select 1/0")
            run("commit")
            run("insert into t values (1)")
            sync()
        }
        _ = stage.serverSees()
        _ = stage.clientSees()
        stage.server {
            parseComplete()
            bindComplete()
            error("22012")
            readyForQuery(.failed)
        }
        #expect(stage.serverSees() == ["Sync"], "the client's own Sync alone")
        stage.server { readyForQuery(.failed) }
        #expect(
            stage.clientSees() == [
                "ParseComplete", "BindComplete", "ErrorResponse 22012 \"no\"", "ReadyForQuery E",
            ])
        ended(stage)
        #expect(stage.releases == [.clean])
    }
}
