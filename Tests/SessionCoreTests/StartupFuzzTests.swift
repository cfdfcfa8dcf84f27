import PostgresWire
import Testing
import Vocabulary
import WireFixtures

@testable import SessionCore

/// Whatever comes first on a connection, however it is cut: no trap, the same outcome, and no more
/// kept than a startup packet may have.
@Suite("Startup: fuzz")
struct StartupFuzzTests {
    private static func packet(_ random: inout SeededRandom) -> [UInt8] {
        var writer = MessageWriter()
        let code =
            [
                80_877_103, 80_877_104, 80_877_102, 80_877_114, 3 << 16, 3 << 16 | 2,
                3 << 16 | 9_999,
                2 << 16, 4 << 16, 0, -1,
            ].randomElement(using: &random) ?? 0
        let words = [
            "user", "ann", "database", "", "replication", "true", "database", "_pq_.x", "options",
            "-c a=b", "TimeZone", "\u{E9}", "application_name", "client_encoding",
        ]
        writer.untyped { body in
            body.int32(Int32(code))
            switch code {
            case 80_877_103, 80_877_104: break
            case 80_877_102, 80_877_114: body.data(random.bytes(upTo: 270))
            case _:
                for _ in 0..<Int.random(in: 0...12, using: &random) {
                    body.string(words.randomElement(using: &random) ?? "")
                }
                body.byte(0)
            }
        }
        return writer.bytes
    }

    private static func told(_ parameters: StartupParameters) -> String {
        "3.\(parameters.minorVersion) \(parameters.user) \(parameters.database)"
            + " \(parameters.replication ?? "-") \(parameters.protocolOptions) \(parameters.settings)"
    }

    /// What a connection does with this input: verdicts up to the end of the startup.
    private static func outcome(
        _ pieces: [[UInt8]], _ machine: consuming StartupMachine, _ context: String
    ) -> [String] {
        var machine = machine
        var buffer: [UInt8] = []
        var said: [String] = []
        for piece in pieces {
            buffer += piece
            while true {
                let verdict = buffer.withUnsafeBytes { machine.receive($0.bytes) }
                switch verdict {
                case .starved(let needed):
                    #expect(needed > buffer.count, "\(context)")
                    #expect(needed <= Limits.startupPacketBytes, "\(context)")
                case .answer(_, let consumed):
                    #expect(consumed > 0 && consumed <= buffer.count, "\(context)")
                    said.append("\(verdict)")
                    buffer.removeFirst(consumed)
                    continue
                case .login(let parameters, let consumed):
                    #expect(consumed > 0 && consumed <= buffer.count, "\(context)")
                    return said + ["login \(told(parameters)), \(consumed) bytes"]
                case .secure(_, let consumed):
                    #expect(consumed > 0 && consumed <= buffer.count, "\(context)")
                    return said + ["\(verdict)"]
                case .cancel, .passedOnCancel, .refused, .closing, .garbage:
                    return said + ["\(verdict)"]
                }
                break
            }
        }
        return said + ["starved with \(buffer.count)"]
    }

    @Test("any bytes, in any pieces, say the same")
    func startup() {
        Fuzz.run("startup", rounds: 4_000) { seed, random in
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...3, using: &random) { bytes += Self.packet(&random) }
            if !random.once(in: 3) { random.damage(&bytes) }
            let whole = Self.outcome([bytes], StartupMachine(), "seed \(seed)")
            let cut = Self.outcome(random.pieces(of: bytes), StartupMachine(), "seed \(seed)")
            #expect(whole == cut, "seed \(seed)")
            // With TLS it matters what comes together: only that nothing traps is to be seen.
            let policy: StartupMachine.EncryptionPolicy =
                random.once(in: 2) ? .offered : .required
            let machine = StartupMachine(encryption: policy, isEncrypted: random.once(in: 3))
            _ = Self.outcome(random.pieces(of: bytes), machine, "seed \(seed)")
        }
    }

    @Test("what a login asks for is answered in bounds")
    func negotiation() {
        Fuzz.run("negotiation", rounds: 2_000) { seed, random in
            var bytes = Self.packet(&random)
            random.damage(&bytes)
            guard bytes.count >= 8 else { return }
            let read = bytes.withUnsafeBytes {
                StartupPacket.read($0.bytes.extracting(4..<bytes.count))
            }
            guard case .startup(let parameters) = read else { return }
            let answer = StartupMachine.negotiation(parameters)
            #expect(answer.count <= bytes.count + 13, "seed \(seed)")
            #expect(parameters.cancelKeyBytes <= Limits.cancelKeyBytes)
        }
    }
}
