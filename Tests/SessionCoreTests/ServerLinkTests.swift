import Authentication
import PostgresWire
import Testing
import WireFixtures

@testable import SessionCore

@Suite("ServerLink and ErrorReply")
struct ServerLinkTests {
    private func link() -> ServerLink {
        ServerLink(
            authentication: ServerAuthentication(
                user: "ann", secret: .none, keyring: nil, nonce: [UInt8](repeating: 7, count: 18)))
    }

    private func say(_ link: inout ServerLink, _ message: WireMessage) -> String {
        guard let type = BackendMessageType(rawValue: message.type) else { return "unknown" }
        let verdict = message.bytes.withUnsafeBytes { link.receive(type, frame: $0.bytes) }
        switch verdict {
        case .wait: return "wait"
        case .send(let bytes): return "send \(bytes.count)"
        case .ready: return "ready"
        case .refused(let refusal): return "refused \(refusal.state) \(refusal.isLasting)"
        }
    }

    @Test("a login by trust: key and parameters are kept, the last value of each")
    func trust() {
        var link = link()
        for message in wire({
            authentication(0)
            parameterStatus("TimeZone", "UTC")
            notice()
            parameterStatus("TimeZone", "CET")
            backendKeyData(42, [1, 2, 3, 4])
        }) {
            expect(say(&link, message), "wait")
        }
        expect(say(&link, readyForQuery()), "ready")
        #expect(link.reported == [SettingsTracker.Reported(name: "TimeZone", value: "CET")])
        #expect(link.processID == 42 && link.secretKey == [1, 2, 3, 4])
    }

    @Test("nobody is ready before authentication has ended, nor answers what was not asked")
    func nonsense() {
        var early = link()
        expect(say(&early, readyForQuery()), "refused 08P01 true")
        var odd = link()
        expect(say(&odd, dataRow("1")), "refused 08P01 true")
        var short = link()
        expect(say(&short, WireMessage(bytes: [0x4B, 0, 0, 0, 4])), "refused 08P01 true")
    }

    @Test(
        "what waiting can mend, and what it cannot",
        arguments: [
            ("28P01", true), ("3D000", true), ("42704", true), ("53300", false), ("57P03", false),
        ])
    func refusals(_ state: String, _ isLasting: Bool) {
        var link = link()
        expect(say(&link, error(state, "no", severity: "FATAL")), "refused \(state) \(isLasting)")
    }

    @Test("the StartupMessage names user and database first, and ends with a zero byte")
    func startup() {
        let bytes = ServerLink.startup(
            user: "ann", database: "shop", settings: [.init(name: "timezone", value: "UTC")])
        let read = bytes.dropFirst(4).withUnsafeBytes { StartupPacket.read($0.bytes) }
        guard case .startup(let parameters) = read else {
            Issue.record("\(read)")
            return
        }
        #expect(parameters.user == "ann" && parameters.database == "shop")
        #expect(parameters.setting("timezone") == "UTC")
        #expect(bytes.prefix(4) == [0, 0, 0, UInt8(bytes.count)])
    }

    @Test("an error has its fields in PostgreSQL's order, with hint and detail where there are any")
    func errorReply() {
        var writer = MessageWriter()
        ErrorReply(.fatal, .tooManyConnections, "full", detail: "d", hint: "h").write(to: &writer)
        let message = WireMessage(bytes: writer.bytes)
        #expect(message.type == UInt8(ascii: "E"))
        #expect(
            MessageText.strings(message.body)
                == ["SFATAL", "VFATAL", "C53300", "Mfull", "Dd", "Hh", "", ""])
        #expect(MessageText.split(writer.bytes).count == 1)
    }
}
