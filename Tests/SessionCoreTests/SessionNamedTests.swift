import Testing
import WireFixtures

@testable import SessionCore

/// Named statements: the client's names are its own; on servers the proxy's names count.
@Suite("Session: named statements")
struct SessionNamedTests {
    private let texts = SharedTexts()

    /// Prepares on a new server connection that is given back; returns what the server was sent.
    @discardableResult
    private func prepare(
        _ stage: SessionStage, _ name: String, _ text: String,
        on held: ServerSession = ServerSession()
    ) -> [String] {
        stage.client {
            parse(name, text)
            sync()
        }
        stage.grant(.replica, holding: held)
        let sent = stage.serverSees()
        stage.server {
            for message in sent where message != "Sync" {
                if message.hasPrefix("Parse") { parseComplete() } else { closeComplete() }
            }
            readyForQuery()
        }
        #expect(stage.clientSees() == ["ParseComplete", "ReadyForQuery I"])
        return sent
    }

    private func use(_ stage: SessionStage, _ name: String, on held: ServerSession) -> [String] {
        stage.client {
            bind(name)
            execute()
            sync()
        }
        stage.grant(.replica, holding: held)
        return stage.serverSees()
    }

    @Test("a statement has the proxy's name on the server, and pins nothing")
    func renamed() {
        let stage = SessionStage(texts: texts)
        let sent = prepare(stage, "s1", "select 1")
        #expect(sent == ["Parse _switchyard_0_0 \"select 1\"", "Sync"])
        #expect(stage.releases == [.clean])
        #expect(stage.needs == [.read])
    }

    @Test("what was skipped on a connection of unknown statements is not there")
    func skipped() {
        var unknown = ServerSession()
        unknown.statements.removeAll(isCertain: false)
        let stage = SessionStage(texts: texts)
        stage.client {
            parse("", "select 1 / 0")
            bind("")
            execute()
            parse("s", "select 2")
            bind("s")
            execute()
            sync()
        }
        stage.grant(.replica, holding: unknown)
        let prepared = "Parse _switchyard_0_0 \"select 2\""
        #expect(stage.serverSees().contains(prepared))
        stage.server {
            parseComplete()
            bindComplete()
            error("22012")
            readyForQuery()
        }
        #expect(stage.clientSees().last == "ReadyForQuery I")
        #expect(prepare(stage, "s", "select 2", on: stage.contents).contains(prepared))
    }

    @Test("another client's equal text is prepared already, under whatever name")
    func shared() {
        let first = SessionStage(texts: texts)
        prepare(first, "s1", "select 1")
        let second = SessionStage(texts: texts)
        let sent = prepare(second, "other", "select 1", on: first.contents)
        #expect(sent == ["Close S _switchyard", "Sync"])
    }

    @Test("it can be cancelled although its preparation is not answered yet")
    func cancellable() {
        let stage = SessionStage(texts: texts)
        prepare(stage, "s1", "select pg_sleep(60)")
        _ = use(stage, "s1", on: ServerSession())
        let isCancellable = stage.session.isCancellable
        #expect(isCancellable, "ParseComplete waits in the server, as all else")
    }

    @Test("on a connection that lacks it, it is prepared before the Bind, and nobody is told")
    func elsewhere() {
        let stage = SessionStage(texts: texts)
        prepare(stage, "s1", "select 1")
        #expect(
            use(stage, "s1", on: ServerSession()) == [
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
                "BindComplete", "CommandComplete \"SELECT 1\"", "ReadyForQuery I",
            ])
    }

    @Test("two clients' statements of one name are two")
    func sameName() {
        let (first, second) = (SessionStage(texts: texts), SessionStage(texts: texts))
        prepare(first, "s", "select 1")
        prepare(second, "s", "select 2", on: first.contents)
        #expect(use(first, "s", on: second.contents)[0] == "Bind \"\" _switchyard_0_0")
        #expect(use(second, "s", on: second.contents)[0] == "Bind \"\" _switchyard_1_0")
    }

    @Test("parsed and run in one batch, behind another statement: in the client's order")
    func order() {
        let stage = SessionStage(texts: texts)
        stage.client {
            run("select 1")
            parse("s", "select 2")
            bind("s")
            execute()
            sync()
        }
        stage.grant(.primary)
        #expect(
            stage.serverSees() == [
                "Parse \"\" \"select 1\"", "Bind \"\" \"\"", "Execute \"\"",
                "Parse _switchyard_0_0 \"select 2\"", "Bind \"\" _switchyard_0_0",
                "Execute \"\"", "Sync",
            ])
    }

    @Test("a Parse that the server refuses is not remembered, there or here")
    func failed() {
        let stage = SessionStage(texts: texts)
        stage.client {
            parse("s", "selec")
            sync()
        }
        stage.grant(.primary)
        stage.server {
            error("42601")
            readyForQuery()
        }
        #expect(stage.contents.statements.count == 0)
        _ = stage.serverSees()
        stage.client {
            bind("s")
            sync()
        }
        stage.grant(.primary)
        #expect(stage.serverSees()[0] == "Bind \"\" s", "the server knows no such name")
    }

    @Test("an error that names one of several names for a text has the one that was used")
    func sameText() {
        let stage = SessionStage(texts: texts)
        prepare(stage, "a", "select 1")
        prepare(stage, "b", "select 1", on: stage.contents)
        _ = use(stage, "a", on: stage.contents)
        stage.server {
            error("08P01", "prepared statement \"_switchyard_0_0\" requires 0")
            readyForQuery()
        }
        #expect(
            stage.clientSees() == [
                "ErrorResponse 08P01 \"prepared statement \"a\" requires 0\"",
                "ReadyForQuery I",
            ])
    }

    @Test("what an earlier segment may fail to make is waited for, and made again")
    func doubtful() {
        let stage = SessionStage(texts: texts)
        prepare(stage, "s", "select 1")
        stage.client {
            bind("unknown")
            bind("s")
            sync()
            bind("s")
            sync()
        }
        stage.grant(.primary)
        #expect(stage.serverSees().count == 4)
        stage.server {
            error("26000")
            readyForQuery()
        }
        #expect(stage.isAttached || stage.needs.count == 3)
        if !stage.isAttached { stage.grant(.primary, holding: stage.contents) }
        #expect(stage.serverSees().first == "Parse _switchyard_0_0 \"select 1\"")
    }

    @Test("of several names that are taken, each is told in its own error")
    func duplicates() {
        let stage = SessionStage(texts: texts)
        prepare(stage, "a", "select 1")
        prepare(stage, "b", "select 2", on: stage.contents)
        stage.client {
            parse("a", "select 3")
            sync()
            parse("b", "select 3")
            sync()
        }
        stage.grant(.primary, holding: stage.contents)
        stage.server {
            error("42P05", "prepared statement \"_switchyard_0_0\" already exists")
            readyForQuery()
            error("42P05", "prepared statement \"_switchyard_1_0\" already exists")
            readyForQuery()
        }
        #expect(
            stage.clientSees().filter { $0 != "ReadyForQuery I" } == [
                "ErrorResponse 42P05 \"prepared statement \"a\" already exists\"",
                "ErrorResponse 42P05 \"prepared statement \"b\" already exists\"",
            ])
    }

    @Test("a second Parse of a name is refused by the server, in the client's words")
    func duplicate() {
        let stage = SessionStage(texts: texts)
        prepare(stage, "s", "select 1")
        stage.client {
            parse("s", "select 2")
            sync()
        }
        stage.grant(.replica, holding: stage.contents)
        #expect(stage.serverSees() == ["Parse _switchyard_0_0 \"select 2\"", "Sync"])
        stage.server {
            error("42P05", "prepared statement \"_switchyard_0_0\" already exists")
            readyForQuery()
        }
        #expect(
            stage.clientSees() == [
                "ErrorResponse 42P05 \"prepared statement \"s\" already exists\"",
                "ReadyForQuery I",
            ])
        #expect(stage.contents.statements.count == 1)
    }

    @Test("Close leaves the server's statement to others; the client's name is free")
    func closed() {
        let stage = SessionStage(texts: texts)
        prepare(stage, "s", "select 1")
        stage.client {
            close(statement: "s")
            parse("s", "select 2")
            bind("s")
            sync()
        }
        stage.grant(.replica, holding: stage.contents)
        #expect(
            stage.serverSees() == [
                "Close S _switchyard", "Parse _switchyard_1_0 \"select 2\"",
                "Bind \"\" _switchyard_1_0", "Sync",
            ])
        stage.server {
            closeComplete()
            parseComplete()
            bindComplete()
            readyForQuery()
        }
        #expect(stage.contents.statements.count == 2)
    }

    @Test("a Close that the server skipped after an error closed nothing")
    func skippedClose() {
        let stage = SessionStage(texts: texts)
        prepare(stage, "s", "select 1")
        stage.client {
            run("insert into nowhere values (1)")
            close(statement: "s")
            sync()
        }
        stage.grant(.primary, holding: stage.contents)
        stage.server {
            error("42P01")
            readyForQuery()
        }
        _ = stage.serverSees()
        #expect(use(stage, "s", on: stage.contents)[0] == "Bind \"\" _switchyard_0_0")
    }

    @Test("a name whose fate an earlier segment decides is waited for")
    func unsettled() {
        let stage = SessionStage(texts: texts)
        stage.client { query("begin") }
        stage.client { query("insert into t values (1)") }
        stage.grant(.primary)
        _ = stage.serverSees()
        stage.client {
            parse("s", "select 1")
            sync()
            bind("s")
            sync()
        }
        #expect(stage.serverSees() == ["Parse _switchyard_0_0 \"select 1\"", "Sync"])
        stage.server {
            commandComplete("BEGIN")
            readyForQuery(.inTransaction)
            commandComplete("INSERT 0 1")
            readyForQuery(.inTransaction)
            parseComplete()
        }
        #expect(stage.serverSees() == ["Bind \"\" _switchyard_0_0", "Sync"])
    }

    @Test("in a transaction that may be aborted, a Parse is the server's to judge")
    func aborted() {
        let stage = SessionStage(texts: texts)
        prepare(stage, "s", "select 1")
        stage.client { query("begin") }
        stage.client { query("insert into t values (1)") }
        stage.grant(.primary, holding: stage.contents)
        stage.server {
            commandComplete("BEGIN")
            readyForQuery(.inTransaction)
            error("23505")
            readyForQuery(.failed)
        }
        _ = stage.serverSees()
        stage.client {
            parse("again", "select 1")
            sync()
        }
        #expect(
            stage.serverSees() == [
                "Close S _switchyard_0_0", "Parse _switchyard_0_0 \"select 1\"", "Sync",
            ])
        stage.server {
            closeComplete()
            error("25P02")
            readyForQuery(.failed)
        }
        stage.client { query("rollback") }
        stage.server {
            commandComplete("ROLLBACK")
            readyForQuery()
        }
        #expect(stage.contents.statements.count == 0)
    }

    @Test("what falls out of a full connection is closed there")
    func eviction() {
        let stage = SessionStage(texts: texts)
        var held = ServerSession(statementLimit: 2)
        for name in ["a", "b"] {
            prepare(stage, name, "select '\(name)'", on: held)
            held = stage.contents
        }
        let sent = prepare(stage, "c", "select 'c'", on: held)
        #expect(sent.first == "Close S _switchyard_0_0")
    }

    @Test("DEALLOCATE ALL forgets the client's names, and the connection's")
    func deallocateAll() {
        let stage = SessionStage(texts: texts)
        prepare(stage, "s1", "select 1")
        stage.client { query("deallocate all") }
        stage.grant(.primary, holding: stage.contents)
        stage.server {
            commandComplete("DEALLOCATE ALL")
            readyForQuery()
        }
        #expect(stage.contents.statements.count == 0 && !stage.contents.statements.isUncertain)
        stage.client {
            bind("s1")
            sync()
        }
        stage.grant(.primary, holding: stage.contents)
        #expect(stage.serverSees().last { $0.hasPrefix("Bind") } == "Bind \"\" s1")
    }

    @Test("a client's own name in the proxy's style reaches nobody's statement")
    func reserved() {
        let (first, second) = (SessionStage(texts: texts), SessionStage(texts: texts))
        prepare(first, "s1", "select 1")
        second.client {
            bind("_switchyard_0_0")
            close(statement: "_switchyard_0_0")
            sync()
        }
        second.grant(.primary, holding: first.contents)
        #expect(
            second.serverSees() == ["Bind \"\" _switchyard", "Close S _switchyard", "Sync"])
    }
}
