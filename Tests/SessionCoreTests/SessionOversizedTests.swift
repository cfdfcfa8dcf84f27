import PostgresWire
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

    @Test("names that go on behind what was seen are waited for")
    func names() {
        let text = "z"
        for (message, end) in [
            (parse(long, text), 5 + long.utf8.count + 1),
            (bind(long, portal: text), 5 + text.utf8.count + 1 + long.utf8.count + 1),
        ] {
            message.bytes.withUnsafeBytes { bytes in
                guard let type = FrontendMessageType(rawValue: message.type) else { return }
                for count in [5, 6, end - 1] {
                    let head = UnsafeRawBufferPointer(rebasing: bytes[..<count]).bytes
                    let isShown = Session.showsNames(type, head: head)
                    #expect(!isShown, "\(count) bytes")
                }
                let head = UnsafeRawBufferPointer(rebasing: bytes[..<end]).bytes
                let isShown = Session.showsNames(type, head: head)
                #expect(isShown)
            }
        }
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
