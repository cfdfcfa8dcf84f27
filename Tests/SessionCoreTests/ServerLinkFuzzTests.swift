import Authentication
import PostgresWire
import Testing
import Vocabulary
import WireFixtures

@testable import SessionCore

/// A server may say what it likes during a login: no trap, and no connection is taken for ready
/// that has not let us in.
@Suite("ServerLink: fuzz")
struct ServerLinkFuzzTests {
    private static func authentication(_ random: inout SeededRandom) -> WireMessage {
        let data: [[UInt8]] = [
            [], [1, 2, 3, 4], Array("SCRAM-SHA-256\0\0".utf8), Array("r=abc,s=AAAA,i=1".utf8),
            Array("v=AAAA".utf8), Array("e=no".utf8),
        ]
        let code = UInt8([0, 3, 5, 10, 11, 12, 7, 99].randomElement(using: &random) ?? 0)
        let body = [0, 0, 0, code] + (data.randomElement(using: &random) ?? [])
        return raw(type: 0x52, length: UInt32(body.count + 4), body)
    }

    private static func message(_ random: inout SeededRandom) -> WireMessage {
        switch Int.random(in: 0..<8, using: &random) {
        case 0, 1: return authentication(&random)
        case 2: return parameterStatus("TimeZone", "UTC")
        case 3:
            let key = random.bytes(upTo: 300)
            return raw(type: 0x4B, length: UInt32(key.count + 4), key)
        case 4: return readyForQuery(.idle)
        case 5: return notice()
        case 6: return error("28000")
        case _:
            let types = BackendMessageType.allCases.map(\.rawValue)
            let body = random.bytes(upTo: 40)
            return raw(
                type: types.randomElement(using: &random) ?? 0, length: UInt32(body.count + 4), body
            )
        }
    }

    private static func secret(_ random: inout SeededRandom) -> ServerSecret {
        let keyring = ScramKeyring(
            salt: [0, 0, 0], iterations: 1,
            keys: ScramKeys(password: [1], salt: [0, 0, 0], iterations: 1))
        return [.none, .plain([0x70]), .md5(Array(repeating: 0x61, count: 32)), .scram(keyring)]
            .randomElement(using: &random) ?? .none
    }

    @Test("no sequence of messages traps, and none but AuthenticationOk opens the door")
    func logins() {
        Fuzz.run("server link", rounds: 4_000) { seed, random in
            var link = ServerLink(
                authentication: ServerAuthentication(
                    user: "u", secret: Self.secret(&random), nonce: [1, 2, 3]))
            var wasLetIn = false
            for _ in 0..<30 {
                var bytes = Self.message(&random).bytes
                if random.once(in: 4) { random.damage(&bytes) }
                guard bytes.count >= FrameScanner.headerBytes,
                    let type = BackendMessageType(rawValue: bytes[0])
                else { continue }
                if bytes.count >= 9, type == .authentication, bytes[5...8] == [0, 0, 0, 0] {
                    wasLetIn = true
                }
                let verdict = bytes.withUnsafeBytes { link.receive(type, frame: $0.bytes) }
                switch verdict {
                case .wait, .send: continue
                case .ready: #expect(wasLetIn, "seed \(seed)")
                case .refused(let refusal):
                    #expect(!refusal.text.isEmpty || !refusal.message.isEmpty, "seed \(seed)")
                }
                return
            }
        }
    }

    @Test("a server that reports for ever is refused")
    func reports() {
        var link = ServerLink(
            authentication: ServerAuthentication(user: "u", secret: .none, nonce: [1]))
        for number in 0...Limits.reportedParameters {
            let bytes = parameterStatus("p\(number)", "x").bytes
            let verdict = bytes.withUnsafeBytes { link.receive(.parameterStatus, frame: $0.bytes) }
            guard case .refused = verdict else { continue }
            #expect(number == Limits.reportedParameters)
            return
        }
        Issue.record("all were taken")
    }
}
