import Testing
import WireFixtures

@testable import SessionCore

/// A block that was begun here, and whose first statement found no server: failed, here alone.
@Suite("Session: a block that failed before any server knew of it")
struct SessionFailedBlockTests {
    private static let aborted =
        "ErrorResponse 25P02 \"current transaction is aborted, commands ignored until end of "
        + "transaction block\""

    private func failed() -> SessionStage {
        let stage = SessionStage()
        stage.client {
            query("begin")
            query("insert into t values (1)")
        }
        #expect(stage.clientSees() == ["CommandComplete \"BEGIN\"", "ReadyForQuery T"])
        stage.refuse()
        #expect(
            stage.clientSees() == [
                "ErrorResponse 57014 \"canceling statement due to user request\"",
                "ReadyForQuery E",
            ])
        return stage
    }

    @Test(
        "every query is refused until ROLLBACK or COMMIT", arguments: ["rollback", "commit", "end"])
    func simple(_ end: String) {
        let stage = failed()
        stage.client {
            query("select 1")
            query("select 2")
        }
        #expect(
            stage.clientSees() == [
                Self.aborted, "ReadyForQuery E", Self.aborted, "ReadyForQuery E",
            ])
        stage.client { query(end) }
        #expect(stage.clientSees() == ["CommandComplete \"ROLLBACK\"", "ReadyForQuery I"])
        #expect(stage.needs.count == 1, "no server heard of any of it")
        stage.client { query("select 1") }
        #expect(stage.needs == [.primary, .read])
    }

    @Test("a message without its shape is refused as such")
    func malformed() {
        let stage = failed()
        let refusal = "ErrorResponse 08P01 \"invalid message format\""
        stage.client {
            WireMessage(.query) { $0.data(Array("select 1".utf8)) }
            WireMessage(.bind)
            execute()
            sync()
        }
        #expect(
            stage.clientSees() == [refusal, "ReadyForQuery E", refusal, "ReadyForQuery E"])
    }

    @Test("in the extended protocol the first message is refused, the rest up to Sync skipped")
    func extended() {
        let stage = failed()
        stage.client {
            run("insert into t values (2)")
            sync()
        }
        #expect(stage.clientSees() == [Self.aborted, "ReadyForQuery E"])
        // Nothing of it may be left in the shell and reach a server later.
        stage.client {
            query("rollback")
            query("insert into t values (3)")
        }
        stage.grant(.primary)
        #expect(stage.serverSees() == ["Query \"insert into t values (3)\""])
    }

    @Test("ROLLBACK in the extended protocol ends it, with the tag that PostgreSQL gives")
    func extendedRollback() {
        let stage = failed()
        stage.client {
            parse("", "ROLLBACK")
            bind()
            describe(portal: "")
            execute()
            sync()
        }
        #expect(
            stage.clientSees() == [
                "ParseComplete", "BindComplete", "NoData", "CommandComplete \"ROLLBACK\"",
                "ReadyForQuery I",
            ])
    }

    @Test("what follows ROLLBACK in the same pipeline is run")
    func pipelineGoesOn() {
        let stage = failed()
        stage.client {
            run("commit")
            run("insert into t values (4)")
            sync()
        }
        #expect(
            stage.clientSees() == [
                "ParseComplete", "BindComplete", "CommandComplete \"ROLLBACK\"",
            ])
        stage.grant(.primary)
        #expect(stage.serverSees().first == "Parse \"\" \"insert into t values (4)\"")
    }

    @Test("a statement before COMMIT in the same pipeline is not run")
    func noSmuggling() {
        let stage = failed()
        stage.client {
            run("insert into t values (5)")
            run("commit")
            sync()
        }
        #expect(stage.clientSees() == [Self.aborted, "ReadyForQuery E"])
        #expect(stage.needs == [.primary])
    }

    @Test("a function call is refused")
    func call() {
        let stage = failed()
        stage.client { functionCall(955) }
        #expect(stage.clientSees() == [Self.aborted, "ReadyForQuery E"])
        #expect(stage.needs == [.primary])
    }

    @Test("a batch too large to be held is refused")
    func large() {
        let stage = failed()
        let text = String(repeating: "x", count: 200_000)
        stage.client {
            parse("", "insert into t values ($1)")
            bind("", parameters: [text])
            bind("", parameters: [text])
            execute()
            sync()
        }
        #expect(stage.clientSees() == [Self.aborted, "ReadyForQuery E"])
        #expect(stage.needs == [.primary])
    }

    @Test("Sync, Flush and Close have nothing to refuse")
    func harmless() {
        let stage = failed()
        stage.client {
            flush()
            close(statement: "")
            sync()
        }
        #expect(stage.clientSees() == ["CloseComplete", "ReadyForQuery E"])
    }
}
