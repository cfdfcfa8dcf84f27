import Testing
import WireFixtures

@testable import SessionCore

@Suite("Session: prepared statements")
struct SessionStatementTests {
    /// Parses the unnamed statement as a read, on a replica that is given back.
    private func prepared(_ text: String = "select 1") -> SessionStage {
        let stage = SessionStage()
        stage.client {
            parse("", text)
            sync()
        }
        stage.grant(.replica)
        stage.server {
            parseComplete()
            readyForQuery()
        }
        _ = stage.serverSees()
        _ = stage.clientSees()
        return stage
    }

    @Test("the unnamed statement is prepared again on the next connection")
    func unnamedAgain() {
        let stage = prepared()
        stage.client {
            bind()
            execute()
            sync()
        }
        #expect(stage.needs == [.read, .read])
        stage.grant(.replica)
        #expect(
            stage.serverSees() == [
                "Parse \"\" \"select 1\"", "Bind \"\" \"\"", "Execute \"\"", "Sync",
            ])
        stage.server {
            parseComplete()
            bindComplete()
            commandComplete("SELECT 1")
            readyForQuery()
        }
        #expect(
            stage.clientSees() == [
                "BindComplete", "CommandComplete \"SELECT 1\"", "ReadyForQuery I",
            ])
    }

    @Test("without an unnamed statement, a stranger's is closed first")
    func strangers() {
        let stage = SessionStage()
        stage.client {
            bind()
            execute()
            sync()
        }
        stage.grant(.primary)
        #expect(stage.serverSees().first == "Close S \"\"")
        stage.server {
            closeComplete()
            error("26000")
            readyForQuery()
        }
        #expect(stage.clientSees() == ["ErrorResponse 26000 \"no\"", "ReadyForQuery I"])
    }

    @Test("bound before it is parsed anew in one batch: the old one is prepared, not a stranger's")
    func oldThenNew() {
        let stage = prepared("select 1")
        stage.client {
            bind()
            execute()
            parse("", "select 2")
            bind()
            execute()
            sync()
        }
        stage.grant(.replica)
        #expect(
            stage.serverSees() == [
                "Parse \"\" \"select 1\"", "Bind \"\" \"\"", "Execute \"\"",
                "Parse \"\" \"select 2\"", "Bind \"\" \"\"", "Execute \"\"", "Sync",
            ])
    }

    @Test("bound before it is closed in one batch")
    func usedThenClosed() {
        let stage = prepared("select 1")
        stage.client {
            bind()
            execute()
            close(statement: "")
            sync()
        }
        stage.grant(.replica)
        #expect(stage.serverSees().first == "Parse \"\" \"select 1\"")
    }

    @Test("a Parse that never reached a server is forgotten with its batch")
    func refusedParse() {
        let stage = SessionStage()
        stage.client {
            run("select 1")
            sync()
        }
        stage.refuse()
        _ = stage.clientSees()
        stage.client {
            bind()
            sync()
        }
        stage.grant(.primary)
        #expect(stage.serverSees().first == "Close S \"\"", "the stranger's is not used")
    }

    @Test("a statement that a refused batch wanted is prepared by the next")
    func refusedUse() {
        let stage = prepared()
        stage.client {
            bind()
            sync()
        }
        stage.refuse()
        stage.client {
            bind()
            sync()
        }
        stage.grant(.replica)
        #expect(stage.serverSees().first == "Parse \"\" \"select 1\"")
    }

    @Test("an unnamed Parse outlives the error of the segment before it")
    func parseBehindError() {
        let stage = SessionStage()
        stage.client {
            run("insert into nowhere values (1)")
            sync()
            parse("", "select 2")
        }
        stage.grant(.primary)
        stage.server { error("42P01") }
        _ = stage.serverSees()
        stage.client {
            bind()
            execute()
            sync()
        }
        #expect(stage.serverSees() == ["Bind \"\" \"\"", "Execute \"\"", "Sync"])
    }
}
