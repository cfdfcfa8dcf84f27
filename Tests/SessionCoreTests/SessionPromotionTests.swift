import PostgresWire
import Testing
import Vocabulary
import WireFixtures

@testable import SessionCore

/// Statement promotion: an unnamed Parse of a text that has been seen before is answered by the
/// proxy, and what follows it runs a shared statement.
@Suite("Session: promotion")
struct SessionPromotionTests {
    private let texts = SharedTexts()
    private static let text = "select a from t where b = $1"

    private func stage() -> SessionStage {
        let stage = SessionStage(texts: texts)
        stage.session.promotes = true
        return stage
    }

    private func batch(_ text: String = Self.text, types: [Int32] = []) -> [WireMessage] {
        wire {
            parse("", text, types: types)
            bind()
            describe(portal: "")
            execute()
            sync()
        }
    }

    /// The server's answer to what it was sent, if all goes well.
    private func answer(_ stage: SessionStage, _ sent: [String]) {
        for message in sent {
            stage.server {
                switch message.split(separator: " ").first {
                case "Parse": parseComplete()
                case "Bind": bindComplete()
                case "Close": closeComplete()
                case "Describe": rowDescription("a")
                case "Execute": commandComplete("SELECT 0")
                case _: readyForQuery()
                }
            }
        }
    }

    /// Runs the batch on a connection; returns what the server was sent.
    @discardableResult
    private func run(
        _ stage: SessionStage, _ messages: [WireMessage], on held: ServerSession? = nil
    ) -> [String] {
        stage.client(messages)
        stage.grant(.primary, holding: held ?? stage.contents)
        let sent = stage.serverSees()
        answer(stage, sent)
        return sent
    }

    /// A stage whose text is known well enough to be promoted, and has been once.
    private func promoted() -> SessionStage {
        let stage = stage()
        for _ in 0..<(Limits.promotionThreshold + Limits.promotionTrials + 1) {
            run(stage, batch())
        }
        _ = stage.clientSees()
        return stage
    }

    private static let plain = [
        "Parse \"\" \"\(text)\"", "Bind \"\" \"\"", "Describe P \"\"", "Execute \"\"", "Sync",
    ]
    private static let shared = [
        "Bind \"\" _switchyard_0_0", "Describe P \"\"", "Execute \"\"", "Sync",
    ]
    private static let answers = [
        "ParseComplete", "BindComplete", "RowDescription", "CommandComplete \"SELECT 0\"",
        "ReadyForQuery I",
    ]

    // MARK: When

    @Test("a text is promoted after its trials, and the client cannot tell")
    func promotes() {
        let stage = stage()
        for _ in 0..<(Limits.promotionThreshold + Limits.promotionTrials) {
            #expect(run(stage, batch()) == Self.plain)
            #expect(stage.clientSees() == Self.answers)
        }
        let first = ["Parse _switchyard_0_0 \"\(Self.text)\""] + Self.shared
        #expect(run(stage, batch()) == first)
        #expect(stage.clientSees() == Self.answers)
        #expect(run(stage, batch()) == Self.shared)
        #expect(stage.clientSees() == Self.answers)
        #expect(stage.session.tally.promotions == 2)
        #expect(stage.releases.allSatisfy { $0 == .clean })
    }

    @Test("off: the server sees every Parse")
    func off() {
        let stage = promoted()
        stage.session.promotes = false
        #expect(run(stage, batch()) == Self.plain)
    }

    @Test("other clients share the text, its types being the same")
    func sharing() {
        let first = promoted()
        let second = stage()
        #expect(run(second, batch(), on: first.contents) == Self.shared)
        #expect(run(second, batch(types: [23])).first == "Parse \"\" \"\(Self.text)\"")
    }

    @Test(
        "what is not one plain statement, or says something else each time, never is",
        arguments: [
            "show work_mem", "explain select 1", "create table x ()", "select 1; select 2",
            "select nextval('s')", "set work_mem to 1", "selec 1", "", "select date 'today'",
            "select timestamp E'n\\x6fw'", "listen a", "table t", "begin", "select 'x",
            "select 1 as \(String(repeating: "n", count: 64))", "call f()", "truncate t",
        ])
    func unfit(_ text: String) {
        let stage = stage()
        for _ in 0..<10 {
            stage.client(batch(text))
            guard stage.session.phase == .waiting else { return }
            stage.grant(.primary, holding: stage.contents)
            let sent = stage.serverSees()
            #expect(!sent.joined().contains("_switchyard_"))
            answer(stage, sent)
            // What pins it stays where it is.
            if stage.isAttached { return }
        }
        #expect(stage.session.tally.promotions == 0)
    }

    @Test("a change of rows is promoted like a read")
    func writes() {
        let stage = stage()
        for _ in 0..<6 { run(stage, batch("update t set a = $1")) }
        #expect(run(stage, batch("update t set a = $1")).first == "Bind \"\" _switchyard_0_0")
    }

    @Test("Describe of the statement without a Bind, as some drivers begin")
    func describes() {
        let stage = promoted()
        stage.client {
            parse("", Self.text)
            describe(statement: "")
            sync()
        }
        stage.grant(.primary, holding: stage.contents)
        #expect(stage.serverSees() == ["Describe S _switchyard_0_0", "Sync"])
        stage.server {
            parameterDescription([23])
            rowDescription("a")
            readyForQuery()
        }
        #expect(
            stage.clientSees() == [
                "ParseComplete", "ParameterDescription", "RowDescription", "ReadyForQuery I",
            ])
        // The statement is the client's for later.
        stage.client {
            bind()
            execute()
            sync()
        }
        stage.grant(.primary, holding: stage.contents)
        #expect(
            stage.serverSees() == [
                "Parse \"\" \"\(Self.text)\"", "Bind \"\" \"\"", "Execute \"\"", "Sync",
            ])
    }

    @Test("a batch that goes on with the unnamed statement is left alone; one that replaces it not")
    func several() {
        let stage = promoted()
        let twice = Array(batch().dropLast()) + [bind(), execute(), sync()]
        #expect(run(stage, twice).first == "Parse \"\" \"\(Self.text)\"")
        let other = Array(batch().dropLast()) + batch("select 2")
        #expect(
            run(stage, other) == Self.shared.dropLast() + [
                "Parse \"\" \"select 2\"", "Bind \"\" \"\"", "Describe P \"\"", "Execute \"\"",
                "Sync",
            ])
        let closed = Array(batch().dropLast()) + [close(statement: ""), sync()]
        #expect(run(stage, closed) == Self.shared.dropLast() + ["Close S \"\"", "Sync"])
        stage.client {
            bind(); sync()
        }
        stage.grant(.primary, holding: stage.contents)
        #expect(stage.serverSees() == ["Close S \"\"", "Bind \"\" \"\"", "Sync"])
    }

    @Test("a named portal, a Flush, a transaction, a pin: left alone")
    func elsewhere() {
        let stage = promoted()
        stage.client {
            parse("", Self.text)
            bind("", portal: "p")
            execute("p")
            sync()
        }
        stage.grant(.primary, holding: stage.contents)
        #expect(stage.serverSees().first == "Parse \"\" \"\(Self.text)\"")
        stage.server {
            parseComplete()
            bindComplete()
            commandComplete("SELECT 0")
            readyForQuery()
        }
        stage.client { query("begin") }
        stage.client(batch())
        stage.grant(.primary, holding: stage.contents)
        #expect(!stage.serverSees().joined().contains("_switchyard_"))
    }

    // MARK: What comes between

    @Test("after a schema change, and after a second, it is prepared anew")
    func fresh() {
        let stage = promoted()
        let anew = [
            "Close S _switchyard_0_0", "Parse _switchyard_0_0 \"\(Self.text)\"",
        ]
        texts.memory.promotions.timeCame(MonotonicInstant(nanoseconds: 1))
        #expect(run(stage, batch()) == anew + Self.shared)
        #expect(run(stage, batch()) == Self.shared)
        texts.memory.promotions.timeCame(MonotonicInstant(nanoseconds: 2))
        #expect(run(stage, batch()) == Self.shared)
        texts.memory.promotions.schemaIs(1)
        for _ in 0..<Limits.promotionTrials { #expect(run(stage, batch()) == Self.plain) }
        #expect(run(stage, batch()) == anew + Self.shared)
    }

    @Test(
        "what the server has against it is said of the client's own frames",
        arguments: [
            "0A000", "42P01", "22P02", "08P01", "XX000", "26000",
        ])
    func heals(_ state: String) {
        let stage = promoted()
        stage.client(batch())
        stage.grant(.primary, holding: stage.contents)
        #expect(stage.serverSees() == Self.shared)
        stage.server {
            error(state)
            readyForQuery()
        }
        let isChange = state.hasPrefix("0A") || state.hasPrefix("42") || state.hasPrefix("XX")
        #expect(
            stage.serverSees()
                == (isChange ? ["Close S _switchyard_0_0"] : []) + Self.plain)
        #expect(stage.clientSees() == [])
        if isChange { stage.server { closeComplete() } }
        stage.server {
            parseComplete()
            error("22P02")
            readyForQuery()
        }
        #expect(stage.clientSees().count == 3, "its ParseComplete, the error, the end")
        #expect(stage.releases.last == .clean)
        #expect(stage.session.tally.errors == 1)
    }

    @Test("an error while it is being prepared is said of the client's Parse")
    func healsPreparation() {
        let stage = promoted()
        stage.client(batch())
        stage.grant(.primary, holding: ServerSession())
        #expect(stage.serverSees().first == "Parse _switchyard_0_0 \"\(Self.text)\"")
        stage.server {
            error("42P01")
            readyForQuery()
        }
        #expect(stage.serverSees() == ["Close S _switchyard_0_0"] + Self.plain)
        stage.server {
            closeComplete()
            error("42P01")
            readyForQuery()
        }
        #expect(stage.clientSees() == ["ErrorResponse 42P01 \"no\"", "ReadyForQuery I"])
        #expect(stage.contents.statements.names.isEmpty)
    }

    @Test("a cancel is not a reason to run it again, and the Parse has failed with it")
    func canceled() {
        let stage = promoted()
        stage.client(batch())
        stage.grant(.primary, holding: stage.contents)
        _ = stage.serverSees()
        stage.server {
            error("57014")
            readyForQuery()
        }
        #expect(stage.clientSees() == ["ErrorResponse 57014 \"no\"", "ReadyForQuery I"])
        #expect(stage.serverSees() == [])
        #expect(stage.session.statements.unnamed == nil)
    }

    @Test("once it runs, an error is the client's")
    func laterError() {
        let stage = promoted()
        stage.client(batch())
        stage.grant(.primary, holding: stage.contents)
        _ = stage.serverSees()
        stage.server {
            bindComplete()
            rowDescription("a")
            error("22012")
            readyForQuery()
        }
        #expect(
            stage.clientSees() == [
                "ParseComplete", "BindComplete", "RowDescription", "ErrorResponse 22012 \"no\"",
                "ReadyForQuery I",
            ])
    }

    @Test("a client that does not wait for answers waits once, and is then left alone")
    func pipelined() {
        let stage = promoted()
        stage.client(batch() + batch())
        stage.grant(.primary, holding: stage.contents)
        #expect(stage.serverSees() == Self.shared)
        #expect(stage.input.count == 5, "what follows might have to come behind a second try")
        stage.server { bindComplete() }
        #expect(stage.input.isEmpty)
        #expect(stage.serverSees() == Self.plain)
        answer(stage, Array(Self.shared.dropFirst()) + Self.plain)
        #expect(stage.clientSees() == Self.answers + Self.answers)
        #expect(run(stage, batch()) == Self.plain)
    }

    @Test("a lost connection leaves no statement that was never answered")
    func lost() {
        let stage = promoted()
        stage.client(batch())
        stage.grant(.primary, holding: stage.contents)
        #expect(stage.lose() == "answered")
        #expect(stage.clientSees().last == "ReadyForQuery I")
        #expect(stage.session.statements.unnamed == nil)
    }

    @Test("a replica that fails it: run elsewhere, with a shared statement again")
    func healsElsewhere() {
        let stage = promoted()
        stage.heals = true
        stage.elsewhere = [.primary]
        stage.client(batch())
        stage.grant(.replica, holding: stage.contents)
        #expect(stage.serverSees() == Self.shared)
        stage.server {
            error("40001")
            readyForQuery()
        }
        #expect(stage.releases.last == .clean)
        stage.grant(.primary, holding: ServerSession())
        #expect(stage.serverSees().dropFirst() == Self.shared[...])
    }
}
