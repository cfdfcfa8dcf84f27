import StatementClassifier
import Testing
import WireFixtures

@testable import SessionCore

/// LISTEN over a connection that the session shares with others.
@Suite("Session: listening")
struct SessionListeningTests {
    private let jobs = Array("jobs".utf8)

    private func stage() -> SessionStage {
        let stage = SessionStage()
        stage.session.listening.isShared = true
        return stage
    }

    /// A session that listens on `jobs`.
    private func listener() -> SessionStage {
        let stage = stage()
        stage.client { query("LISTEN jobs") }
        _ = stage.session.takeListenOrders()
        stage.listened()
        #expect(stage.clientSees() == ["CommandComplete \"LISTEN\"", "ReadyForQuery I"])
        return stage
    }

    @Test("a LISTEN that stands alone waits for the roster, and input waits behind it")
    func alone() {
        let stage = stage()
        stage.client {
            query("/* a */ LISTEN Jobs;")
            query("SELECT 1")
        }
        #expect(stage.session.takeListenOrders() == [.join(jobs)])
        #expect(stage.clientSees().isEmpty)
        #expect(stage.session.phase == .listening)
        let isAtRest = stage.session.isAtRest
        #expect(!isAtRest)
        stage.listened()
        #expect(stage.clientSees() == ["CommandComplete \"LISTEN\"", "ReadyForQuery I"])
        #expect(stage.session.listening.channels == [jobs])
        #expect(stage.session.phase == .waiting)
        #expect(stage.needs == [.read])
    }

    @Test("a LISTEN that the server refuses leaves nothing behind")
    func refused() {
        let stage = stage()
        stage.client { query("LISTEN jobs") }
        stage.listened(refusal: error("25006").bytes)
        #expect(stage.clientSees() == ["ErrorResponse 25006 \"no\"", "ReadyForQuery I"])
        #expect(!stage.session.listening.isActive)
        let isAtRest = stage.session.isAtRest
        #expect(isAtRest)
    }

    @Test("UNLISTEN is answered at once")
    func unlisten() {
        let stage = listener()
        stage.client {
            query("UNLISTEN never")
            query("UNLISTEN jobs")
            query("UNLISTEN *")
        }
        #expect(stage.session.takeListenOrders() == [.leave(jobs)])
        #expect(stage.clientSees().filter { $0 == "CommandComplete \"UNLISTEN\"" }.count == 3)
        #expect(!stage.session.listening.isActive)
    }

    @Test(
        "in a transaction, among others, or with a name to be cut, a server of its own has it",
        arguments: [
            ["BEGIN", "LISTEN jobs"], ["LISTEN jobs; SELECT 1"],
            ["LISTEN " + String(repeating: "x", count: 64)], ["LISTEN"],
        ])
    func own(_ texts: [String]) {
        let stage = stage()
        for text in texts { stage.client { query(text) } }
        #expect(stage.session.phase == .waiting)
        #expect(stage.needs == [.primary])
        #expect(stage.session.takeListenOrders().isEmpty)
    }

    @Test("in session pooling a server of its own has it")
    func sessionPooling() {
        let stage = SessionStage()
        stage.client { query("LISTEN jobs") }
        #expect(stage.needs == [.primary])
    }

    @Test("by the extended protocol, all in one batch, named or not", arguments: ["", "s1"])
    func extended(_ name: String) {
        let stage = stage()
        stage.client {
            parse(name, "LISTEN jobs")
            bind(name)
            describe()
            execute()
            sync()
        }
        #expect(stage.session.takeListenOrders() == [.join(jobs)])
        stage.listened()
        #expect(
            stage.clientSees() == [
                "ParseComplete", "BindComplete", "NoData", "CommandComplete \"LISTEN\"",
                "ReadyForQuery I",
            ])
        #expect(stage.needs.isEmpty)
        stage.client {
            bind(name)
            execute()
            sync()
        }
        stage.listened()
        #expect(
            stage.clientSees() == ["BindComplete", "CommandComplete \"LISTEN\"", "ReadyForQuery I"])
    }

    @Test("described first, with a Flush, as asyncpg does")
    func flushed() {
        let stage = stage()
        stage.client {
            parse("s1", "LISTEN jobs")
            describe(statement: "s1")
            flush()
        }
        #expect(stage.clientSees() == ["ParseComplete", "ParameterDescription", "NoData"])
        stage.client {
            bind("s1")
            execute()
            sync()
        }
        stage.listened()
        #expect(
            stage.clientSees() == ["BindComplete", "CommandComplete \"LISTEN\"", "ReadyForQuery I"])
        #expect(stage.needs.isEmpty)
    }

    @Test("what follows on another server still finds the statement")
    func statementIsKept() {
        let stage = stage()
        stage.client {
            parse("s1", "LISTEN jobs")
            bind("s1")
            execute()
            sync()
        }
        stage.listened()
        stage.client {
            query("BEGIN")
            bind("s1")
            execute()
            sync()
        }
        stage.grant(.primary)
        #expect(stage.serverSees().contains("Parse _switchyard_0_0 \"LISTEN jobs\""))
    }

    @Test("a batch that does more is a server's")
    func batches() {
        let more: [[WireMessage]] = [
            [bind("s1"), execute(), bind("s1"), execute(), sync()],
            [bind("s1", portal: "p"), execute("p"), sync()],
            [bind("s1"), execute("p"), sync()],
            [bind("s1", parameters: ["1"]), execute(), sync()],
            [bind("s1"), execute(), close(portal: ""), sync()],
            [parse("s2", "SELECT 1"), bind("s1"), execute(), sync()],
        ]
        for messages in more {
            let stage = stage()
            stage.client([parse("s1", "LISTEN jobs")] + messages)
            #expect(stage.needs == [.primary])
        }
    }

    @Test("notifications are told outside transactions only, in order")
    func delivery() {
        let stage = listener()
        #expect(stage.notified(notification("jobs")) == .now)
        #expect(stage.clientSees() == ["NotificationResponse"])
        stage.client { query("BEGIN") }
        _ = stage.clientSees()
        #expect(stage.notified(notification("jobs", payload: "1")) == .later)
        stage.client { query("COMMIT") }
        _ = stage.clientSees()
        #expect(
            stage.notified(notification("jobs", payload: "2")) == .later, "not before the first")
        stage.settleListening()
        #expect(stage.clientSees() == ["NotificationResponse", "NotificationResponse"])
        #expect(stage.notified(notification("jobs"), canSend: false) == .later)
    }

    @Test("what waits is bounded")
    func bound() {
        let stage = listener()
        stage.client { query("BEGIN") }
        let message = notification("jobs", payload: String(repeating: "x", count: 7_999))
        var count = 0
        while count < 1_000, stage.notified(message) == .later { count += 1 }
        #expect(count == 1024 * 1024 / message.bytes.count)
        #expect(stage.notified(message) == .tooMuch)
    }

    /// Runs statements on a server, each with what it answers.
    private func run(_ stage: SessionStage, _ turns: [(String, [WireMessage])]) {
        for (text, answer) in turns {
            stage.client { query(text) }
            if stage.session.phase == .waiting { stage.grant(.primary) }
            stage.server(answer)
        }
    }

    @Test("UNLISTEN * on a server of its own counts once it is committed")
    func committed() {
        let stage = listener()
        let unlisten = [commandComplete("UNLISTEN"), readyForQuery(.inTransaction)]
        let begin = [commandComplete("BEGIN"), readyForQuery(.inTransaction)]
        run(stage, [("BEGIN", []), ("UNLISTEN *", begin + unlisten)])
        #expect(stage.session.listening.isActive)
        run(stage, [("COMMIT", [commandComplete("COMMIT"), readyForQuery()])])
        #expect(stage.session.takeListenOrders() == [.leave(jobs)])
    }

    @Test("one that is rolled back does not, though the ROLLBACK was sent ahead of its answer")
    func rolledBack() {
        let stage = listener()
        stage.client {
            query("BEGIN")
            query("UNLISTEN *")
        }
        stage.grant(.primary)
        stage.client { query("ROLLBACK") }
        stage.server {
            commandComplete("BEGIN")
            readyForQuery(.inTransaction)
            commandComplete("UNLISTEN")
            readyForQuery(.inTransaction)
            commandComplete("ROLLBACK")
            readyForQuery()
        }
        #expect(stage.session.listening.isActive)
        #expect(!stage.session.takeListenOrders().contains(.leave(jobs)))
    }

    @Test(
        "a session that is pinned for something else shares as well, once its server has answered")
    func pinned() {
        let stage = stage()
        stage.client { query("CREATE TEMP TABLE t ()") }
        stage.grant(.primary)
        stage.client { query("LISTEN jobs") }
        #expect(stage.session.phase == .attached, "a transaction may be open")
        stage.server {
            commandComplete("CREATE TABLE")
            readyForQuery()
        }
        #expect(stage.session.phase == .listening)
        stage.listened()
        #expect(stage.session.phase == .attached)
        #expect(stage.session.listening.channels == [jobs])
        #expect(stage.serverSees() == ["Query \"CREATE TEMP TABLE t ()\""])
        stage.client { query("UNLISTEN jobs") }
        #expect(stage.session.takeListenOrders().last == .leave(jobs))
    }

    @Test("ReadyForQuery waits for what the client may have notified itself of")
    func ownNotification() {
        let stage = listener()
        stage.client { query("NOTIFY jobs") }
        stage.grant(.primary)
        stage.server {
            commandComplete("NOTIFY")
            readyForQuery()
        }
        stage.client { query("SELECT 1") }
        #expect(stage.releases == [.clean])
        #expect(stage.session.takeListenOrders() == [.join(jobs)])
        #expect(stage.clientSees() == ["CommandComplete \"NOTIFY\""])
        #expect(stage.notified(notification("jobs")) == .later)
        stage.listened()
        #expect(stage.clientSees() == ["NotificationResponse", "ReadyForQuery I"])
        #expect(stage.session.phase == .waiting, "the next statement goes on")
    }

    @Test("and is not kept from the client when there is nothing to wait for any more")
    func ownNotificationLost() {
        let stage = listener()
        stage.client { query("NOTIFY jobs") }
        stage.grant(.primary)
        stage.server {
            commandComplete("NOTIFY")
            readyForQuery()
        }
        stage.listened(refusal: error("57P01").bytes)
        #expect(stage.clientSees() == ["CommandComplete \"NOTIFY\"", "ReadyForQuery I"])
    }

    @Test("who asks what it listens on is answered by a server that listens on the same")
    func question() {
        let stage = listener()
        stage.client { query("SELECT pg_listening_channels()") }
        stage.grant(.primary)
        #expect(
            stage.serverSees() == [
                "Query \"LISTEN \"jobs\";\"", "Query \"SELECT pg_listening_channels()\"",
            ])
        stage.server {
            commandComplete("LISTEN")
            readyForQuery()
            rowDescription("pg_listening_channels")
            dataRow("jobs")
            commandComplete("SELECT 1")
            readyForQuery()
        }
        let told = stage.clientSees()
        #expect(told == ["RowDescription", "DataRow \"jobs\"", "CommandComplete \"SELECT 1\""])
        stage.listened()
        #expect(stage.clientSees() == ["ReadyForQuery I"])
        #expect(stage.releases.isEmpty)
        stage.server {
            commandComplete("UNLISTEN")
            readyForQuery()
        }
        #expect(stage.releases == [.clean])
    }

    @Test("in the middle of a transaction the question is refused")
    func questionTooLate() {
        let stage = listener()
        stage.client {
            query("BEGIN")
            query("DELETE FROM t")
        }
        stage.grant(.primary)
        stage.server {
            commandComplete("BEGIN")
            readyForQuery(.inTransaction)
            commandComplete("DELETE 0")
            readyForQuery(.inTransaction)
        }
        _ = stage.serverSees()
        stage.client { query("SELECT pg_listening_channels()") }
        #expect(stage.serverSees().first?.contains("RAISE EXCEPTION") ?? false)
    }

    @Test("the server's own notification on a shared channel is not told twice")
    func twice() {
        let stage = listener()
        run(
            stage,
            [
                ("LISTEN other; LISTEN jobs", [])
            ])
        stage.server {
            notification("jobs")
            notification("other")
        }
        #expect(stage.clientSees() == ["NotificationResponse"])
    }
}
