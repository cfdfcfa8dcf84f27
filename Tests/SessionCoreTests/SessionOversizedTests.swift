import Testing
import Vocabulary
import WireFixtures

@testable import SessionCore

@Suite("Session: messages too large to be seen whole")
struct SessionOversizedTests {
    private let long = String(repeating: "x", count: 20_000)

    @Test("a Query goes to the primary, and pins: it may have done anything")
    func query() {
        let stage = SessionStage()
        stage.clientHead(WireFixtures.query("select '\(long)'"))
        #expect(stage.needs == [.primary])
        stage.grant(.primary)
        stage.server {
            commandComplete("SELECT 1")
            readyForQuery()
        }
        #expect(stage.session.pins.description == "unexamined text")
    }

    @Test("a Parse is routed before its end, and so is a Bind of a read")
    func parseAndBind() {
        let stage = SessionStage()
        stage.clientHead(parse("", "select '\(long)'"))
        #expect(stage.needs == [.primary])
        let other = SessionStage()
        other.client { parse("", "select $1") }
        other.clientHead(bind("", parameters: [long]))
        #expect(other.needs == [.primary])
    }

    @Test("what PostgreSQL bounds itself breaks the protocol")
    func others() {
        let stage = SessionStage()
        stage.clientHead(describe(statement: long))
        #expect(stage.closedWith?.state == .protocolViolation)
    }

    @Test("a batch that outgrows its bound goes to the primary as far as it is known")
    func batch() {
        let stage = SessionStage()
        let text = String(repeating: "x", count: Limits.heldBatchBytes / 3)
        stage.client {
            parse("", "select $1")
            for _ in 0..<4 { bind("", parameters: [text]) }
        }
        #expect(stage.needs == [.primary])
        stage.grant(.primary)
        stage.client {
            execute()
            sync()
        }
        #expect(stage.serverSees().count == 7)
    }
}
