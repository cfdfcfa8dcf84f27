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

    @Test("a named statement that never reached a server pins nothing")
    func refusedNamedParse() {
        let stage = SessionStage()
        stage.client {
            parse("s1", "select 1")
            sync()
        }
        stage.refuse()
        stage.client { query("select 1") }
        #expect(stage.needs == [.primary, .read])
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

    @Test("a named statement pins until it is closed")
    func namedPins() {
        let stage = SessionStage()
        stage.client {
            parse("s1", "select 1")
            sync()
        }
        #expect(stage.needs == [.primary])
        stage.grant(.primary)
        stage.server {
            parseComplete()
            readyForQuery()
        }
        #expect(stage.session.pins.description == "prepared statement")
        stage.client {
            close(statement: "s1")
            sync()
        }
        stage.server {
            closeComplete()
            readyForQuery()
        }
        #expect(stage.releases == [.clean])
    }

    @Test("a Close that the server skipped after an error closed nothing")
    func skippedClose() {
        let stage = SessionStage()
        stage.client {
            parse("s1", "select 1")
            sync()
        }
        stage.grant(.primary)
        stage.server {
            parseComplete()
            readyForQuery()
        }
        stage.client {
            run("insert into nowhere values (1)")
            close(statement: "s1")
            sync()
        }
        stage.server {
            error("42P01")
            readyForQuery()
        }
        #expect(stage.releases == [], "s1 is still there")
        #expect(stage.session.pins.description == "prepared statement")
    }

    @Test("a named Parse that failed leaves nothing")
    func failedNamedParse() {
        let stage = SessionStage()
        stage.client {
            parse("s1", "selec")
            sync()
        }
        stage.grant(.primary)
        stage.server {
            error("42601")
            readyForQuery()
        }
        #expect(!stage.session.pins.description.contains("prepared statement"))
    }

    @Test("a second Parse of a name is the server's to refuse, and changes nothing")
    func duplicate() {
        let stage = SessionStage()
        stage.client {
            parse("s1", "select 1")
            sync()
            parse("s1", "select 2")
            sync()
            close(statement: "s1")
            sync()
        }
        stage.grant(.primary)
        stage.server {
            parseComplete()
            readyForQuery()
            error("42P05")
            readyForQuery()
            closeComplete()
            readyForQuery()
        }
        #expect(stage.releases == [.clean])
    }

    @Test("DEALLOCATE ALL does not forget what was parsed behind it")
    func deallocateAll() {
        let stage = SessionStage()
        stage.client {
            parse("s1", "select 1")
            sync()
        }
        stage.grant(.primary)
        stage.server {
            parseComplete()
            readyForQuery()
        }
        stage.client {
            query("deallocate all")
            parse("s2", "select 2")
            sync()
        }
        stage.server {
            commandComplete("DEALLOCATE ALL")
            readyForQuery()
            parseComplete()
            readyForQuery()
        }
        #expect(stage.session.pins.description == "prepared statement")
        stage.client { query("deallocate all") }
        stage.server {
            commandComplete("DEALLOCATE ALL")
            readyForQuery()
        }
        #expect(stage.releases == [.clean])
    }
}
