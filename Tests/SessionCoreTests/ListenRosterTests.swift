import PostgresWire
import Testing
import Vocabulary
import WireFixtures

@testable import SessionCore

@Suite("Listening: the roster of a shared connection")
struct ListenRosterTests {
    /// A roster, and what its server was sent.
    private final class Stage {
        var roster = ListenRoster()
        private(set) var outcomes: [ListenRoster.Outcome] = []

        /// Begins a round; the texts of its queries.
        func round() -> [String] {
            var writer = MessageWriter()
            guard roster.beginRound(into: &writer) else { return [] }
            return MessageText.frontend(writer.bytes)
        }

        @discardableResult
        func server(_ message: WireMessage) -> ListenRoster.Event {
            guard let type = BackendMessageType(rawValue: message.type) else { return .violation }
            let event = message.bytes.withUnsafeBytes { roster.receive(type, $0.bytes) }
            if case .roundEnded(let ended) = event { outcomes = ended }
            return event
        }

        func done(_ tag: String = "LISTEN") {
            server(commandComplete(tag))
            server(readyForQuery())
        }

        /// The first round, with what every connection is told first.
        func begin() {
            _ = round()
            server(rowDescription("set_config"))
            done("SELECT 0")
        }
    }

    private let jobs = Array("jobs".utf8)
    private let mail = Array("mail".utf8)
    private func session(_ number: UInt64) -> SessionID { SessionID(number) }

    @Test("the first round begins with what keeps the connection")
    func prologue() {
        let stage = Stage()
        stage.roster.join(session(1), Array("My \"jobs".utf8))
        let queries = stage.round()
        #expect(queries.count == 2)
        #expect(queries[0].contains("idle_session_timeout"))
        #expect(queries[1] == "Query \"LISTEN \"My \"\"jobs\"\"")
        #expect(stage.roster.isUnderWay)
    }

    @Test("a channel is listened on once, however many sessions want it")
    func once() {
        let stage = Stage()
        stage.roster.join(session(1), jobs)
        stage.roster.join(session(2), jobs)
        stage.begin()
        #expect(stage.roster.listeners(of: jobs).isEmpty)
        stage.done()
        #expect(stage.roster.listeners(of: jobs) == [session(1), session(2)])
        #expect(stage.outcomes.map(\.session) == [session(1), session(2)])
        #expect(stage.outcomes.allSatisfy { $0.refusal == nil })
        #expect(stage.roster.channelCount == 1)
    }

    @Test("who joins later waits for the end of a round of its own")
    func barrier() {
        let stage = Stage()
        stage.roster.join(session(1), jobs)
        stage.begin()
        stage.roster.join(session(2), jobs)
        #expect(stage.round().isEmpty, "one round at a time")
        stage.done()
        #expect(stage.round() == ["Query \"\""])
        #expect(stage.roster.listeners(of: jobs) == [session(1)])
        stage.server(emptyQueryResponse())
        stage.server(readyForQuery())
        #expect(stage.roster.listeners(of: jobs) == [session(1), session(2)])
    }

    @Test("a channel without listeners is given up, unless somebody is about to come")
    func leaving() {
        let stage = Stage()
        stage.roster.join(session(1), jobs)
        stage.roster.join(session(1), mail)
        stage.begin()
        stage.done()
        stage.done()
        stage.roster.leave(session(1), jobs)
        stage.roster.leave(session(1), mail)
        stage.roster.join(session(2), mail)
        #expect(stage.round() == ["Query \"UNLISTEN \"jobs\"\""])
        stage.done("UNLISTEN")
        #expect(stage.roster.channelCount == 1)
        #expect(stage.roster.listeners(of: mail) == [session(2)])
        stage.roster.leave(session(2), mail)
        #expect(stage.roster.isVacant)
        #expect(stage.round() == ["Query \"UNLISTEN \"mail\"\""])
    }

    @Test("an UNLISTEN on its way does not take a channel from who joins behind it")
    func again() {
        let stage = Stage()
        stage.roster.join(session(1), jobs)
        stage.begin()
        stage.done()
        stage.roster.leave(session(1), jobs)
        _ = stage.round()
        stage.roster.join(session(2), jobs)
        stage.done("UNLISTEN")
        #expect(stage.round() == ["Query \"LISTEN \"jobs\"\""])
    }

    @Test("an error is told to those who asked for the channel, and to nobody else")
    func refusal() {
        let stage = Stage()
        stage.roster.join(session(1), jobs)
        stage.roster.join(session(2), mail)
        stage.begin()
        let refusal = error("25006", "cannot execute LISTEN during recovery")
        stage.server(refusal)
        stage.server(readyForQuery())
        stage.done()
        #expect(stage.outcomes.map(\.refusal) == [refusal.bytes, nil])
        #expect(stage.roster.sessions == [session(2)])
        #expect(stage.roster.channelCount == 1)
    }

    @Test("who does not wait any more is not told, and leaves no channel behind")
    func withdrawal() {
        let stage = Stage()
        stage.roster.join(session(1), jobs)
        stage.begin()
        stage.roster.withdraw(session(1))
        #expect(stage.roster.isVacant)
        stage.done()
        #expect(stage.outcomes.isEmpty)
        #expect(stage.round() == ["Query \"UNLISTEN \"jobs\"\""])
    }

    @Test("all who wait can be told that it is over")
    func takeJoining() {
        let stage = Stage()
        stage.roster.join(session(1), jobs)
        _ = stage.round()
        stage.roster.join(session(2), mail)
        #expect(stage.roster.takeJoining() == [session(1), session(2)])
        #expect(stage.roster.isVacant)
    }

    @Test("a notification names its channel")
    func channelOfNotification() {
        let stage = Stage()
        stage.roster.join(session(1), jobs)
        stage.begin()
        stage.done()
        guard case .notified(let channel) = stage.server(notification("jobs", payload: "payload"))
        else {
            Issue.record("not taken for a notification")
            return
        }
        #expect(channel == jobs)
    }

    @Test("what has no place is a violation; a FATAL error is a farewell")
    func violations() {
        func isViolation(_ event: ListenRoster.Event) -> Bool {
            if case .violation = event { true } else { false }
        }
        for message in [
            readyForQuery(), commandComplete("LISTEN"), parseComplete(),
            WireMessage(bytes: [UInt8(ascii: "A"), 0, 0, 0, 8, 0, 0, 0, 1]),
        ] {
            #expect(isViolation(Stage().server(message)))
        }
        let stage = Stage()
        stage.roster.join(session(1), jobs)
        _ = stage.round()
        #expect(!isViolation(stage.server(notice())))
        guard case .farewell = stage.server(error("57P01", severity: "FATAL")) else {
            Issue.record("not taken for a farewell")
            return
        }
    }
}
