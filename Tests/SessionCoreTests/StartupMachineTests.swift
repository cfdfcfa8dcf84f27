import PostgresWire
import Testing
import WireFixtures

@testable import SessionCore

@Suite("StartupMachine")
struct StartupMachineTests {
    private func packet(_ code: Int32, _ strings: [String] = []) -> [UInt8] {
        var writer = MessageWriter()
        writer.untyped { body in
            body.int32(code)
            for text in strings { body.string(text) }
            if !strings.isEmpty { body.byte(0) }
        }
        return writer.bytes
    }

    private func say(_ machine: inout StartupMachine, _ bytes: [UInt8]) -> String {
        let verdict = bytes.withUnsafeBytes { machine.receive($0.bytes) }
        switch verdict {
        case .starved(let needed): return "starved \(needed)"
        case .answer(let byte, let consumed): return "answer \(byte) \(consumed)"
        case .secure(let byte, let consumed): return "secure \(byte) \(consumed)"
        case .cancel(let number, let secret): return "cancel \(number) \(secret.count)"
        case .passedOnCancel(let number, let secret): return "on \(number) \(secret.count)"
        case .closing(let bytes): return "closing \(String(decoding: bytes, as: UTF8.self))"
        case .login(let parameters, let consumed): return "login \(parameters.user) \(consumed)"
        case .refused(let error): return "refused \(error.state)"
        case .garbage: return "garbage"
        }
    }

    private static let version3: Int32 = 3 << 16

    @Test("encryption is refused once of each kind; a second request breaks the protocol")
    func encryption() {
        var machine = StartupMachine()
        let ssl = packet(80_877_103)
        let gss = packet(80_877_104)
        expect(say(&machine, ssl), "answer 78 8")
        expect(say(&machine, gss), "answer 78 8")
        expect(say(&machine, ssl), "refused 0A000")
        expect(say(&machine, gss), "refused 0A000")
    }

    @Test("encryption begins once, and not with bytes behind the request")
    func encrypts() {
        let ssl = packet(80_877_103)
        let gss = packet(80_877_104)
        let login = packet(Self.version3, ["user", "ann"])
        for policy in [StartupMachine.EncryptionPolicy.offered, .required] {
            var machine = StartupMachine(encryption: policy)
            expect(say(&machine, gss), "answer 78 8")
            expect(say(&machine, ssl), "secure 83 8")
            expect(say(&machine, ssl), "refused 0A000")
            expect(say(&machine, gss), "refused 0A000")
            expect(say(&machine, login), "login ann \(login.count)")
            for extra in [[0], login, ssl] as [[UInt8]] {
                var attacked = StartupMachine(encryption: policy)
                expect(say(&attacked, ssl + extra), "refused 08P01")
            }
        }
        // Where TLS is refused what follows has to wait for nothing.
        var plain = StartupMachine()
        expect(say(&plain, ssl + login), "answer 78 8")
    }

    @Test("where TLS is a must, only a cancel comes without")
    func required() {
        let login = packet(Self.version3, ["user", "ann"])
        var machine = StartupMachine(encryption: .required)
        expect(say(&machine, login), "refused 28000")
        expect(say(&machine, [0, 0, 0, 16, 4, 210, 22, 46, 0, 0, 0, 1, 0, 0, 0, 2]), "cancel 1 4")
        var offered = StartupMachine(encryption: .offered)
        expect(say(&offered, login), "login ann \(login.count)")
        var direct = StartupMachine(encryption: .required, isEncrypted: true)
        expect(say(&direct, packet(80_877_103)), "refused 0A000")
        expect(say(&direct, packet(80_877_104)), "refused 0A000")
        expect(say(&direct, login), "login ann \(login.count)")
    }

    @Test("waits for as much as the packet needs, whatever follows it")
    func pieces() {
        var machine = StartupMachine()
        let bytes = packet(Self.version3, ["user", "ann"])
        for count in 0..<4 { expect(say(&machine, Array(bytes.prefix(count))), "starved 4") }
        expect(say(&machine, Array(bytes.dropLast())), "starved \(bytes.count)")
        expect(say(&machine, bytes + [81]), "login ann \(bytes.count)")
    }

    @Test("who has no user, or speaks another protocol, is told so")
    func refused() {
        var machine = StartupMachine()
        #expect(say(&machine, packet(Self.version3, ["database", "a"])).contains("C28000"))
        // What is not spoken is told first.
        #expect(say(&machine, packet(Self.version3 + 9, ["database", "a"])).contains("closing v"))
        expect(
            say(&machine, packet(Self.version3, ["user", "a", "replication", "maybe"])),
            "refused 22023")
        expect(
            say(&machine, packet(2 << 16)),
            "closing EFATAL:  unsupported frontend protocol 2.0: server supports 3.0 to 3.2\n\0")
        expect(say(&machine, packet(4 << 16)), "refused 0A000")
        expect(say(&machine, packet(Self.version3)), "refused 08P01")
    }

    @Test("a cancel is passed on")
    func cancel() {
        var machine = StartupMachine()
        var writer = MessageWriter()
        writer.untyped {
            $0.int32(80_877_102)
            $0.int32(42)
            $0.data([UInt8](repeating: 1, count: 32))
        }
        expect(say(&machine, writer.bytes), "cancel 42 32")
        expect(say(&machine, packet(80_877_102)), "garbage")
        let passedOn = StartupPacket.cancelRequest(processID: 3, secret: [1], isPassedOn: true)
        expect(say(&machine, passedOn), "on 3 1")
    }

    @Test("lengths out of bounds are not answered")
    func lengths() {
        var machine = StartupMachine()
        expect(say(&machine, [0, 0, 0x27, 0x14, 0, 3, 0, 0]), "starved 10004")
        expect(say(&machine, [0, 0, 0x27, 0x15, 0, 3, 0, 0]), "garbage")
        expect(say(&machine, [0, 0, 0, 7, 0, 3, 0, 0]), "garbage")
        expect(say(&machine, [0xFF, 0xFF, 0xFF, 0xFF, 0, 3, 0, 0]), "garbage")
        expect(say(&machine, Array("GET / HTTP/1.1\r\n".utf8)), "garbage")
    }

    @Test("newer protocols are negotiated down, and told which options are not known")
    func negotiation() {
        // As PostgreSQL 18 answers: 3.1 does not exist, and is not refused.
        for minor in 0...2 as ClosedRange<UInt16> {
            #expect(StartupMachine.negotiation(StartupParameters(minorVersion: minor)) == [])
        }
        #expect(
            StartupMachine.negotiation(StartupParameters(minorVersion: 9_999))
                == [UInt8(ascii: "v"), 0, 0, 0, 12, 0, 3, 0, 2, 0, 0, 0, 0])
        for (asked, spoken) in [(0, 0), (1, 1), (2, 2), (3, 2)] as [(UInt16, UInt8)] {
            var parameters = StartupParameters(minorVersion: asked)
            parameters.add("_pq_.x", "1")
            #expect(
                StartupMachine.negotiation(parameters)
                    == [UInt8(ascii: "v"), 0, 0, 0, 19, 0, 3, 0, spoken, 0, 0, 0, 1]
                    + Array("_pq_.x".utf8) + [0])
        }
    }
}
