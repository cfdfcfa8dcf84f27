import Testing
import WireFixtures

@testable import PostgresWire

@Suite("StartupPacket")
struct StartupPacketTests {
    /// What follows the length word: a code and more.
    private func packet(_ code: Int32, _ rest: [UInt8] = []) -> StartupPacket {
        var writer = MessageWriter()
        writer.int32(code)
        writer.data(rest)
        return writer.bytes.withUnsafeBytes { StartupPacket.read($0.bytes) }
    }

    private func strings(_ values: String...) -> [UInt8] {
        values.flatMap { Array($0.utf8) + [0] }
    }

    private static let version3: Int32 = 3 << 16
    private static let terminatorMissing = StartupPacket.malformed(
        "invalid startup packet layout: expected terminator as last byte")

    @Test("requests for encryption, bare and with something behind")
    func encryption() {
        #expect(packet(80_877_103) == .sslRequest)
        #expect(packet(80_877_104) == .gssEncryptionRequest)
        #expect(packet(80_877_103, [0]) == .sslRequest)
        #expect(packet(80_877_104, [0]) == .gssEncryptionRequest)
    }

    @Test("a cancel has a key of up to 256 bytes", arguments: [1, 4, 32, 255, 256])
    func cancel(_ length: Int) {
        let key = [UInt8](repeating: 0xA5, count: length)
        #expect(
            packet(80_877_102, [0xFF, 0xFF, 0xFF, 0xFE] + key)
                == .cancel(processID: -2, secret: key))
        #expect(
            packet(80_877_114, [0, 0, 0, 7] + key) == .passedOnCancel(processID: 7, secret: key))
    }

    @Test("what is sent is what is read", arguments: [true, false])
    func sentCancel(_ isPassedOn: Bool) {
        let bytes = StartupPacket.cancelRequest(
            processID: 77, secret: [1, 2, 3], isPassedOn: isPassedOn)
        #expect(bytes.prefix(4) == [0, 0, 0, 15])
        let read = bytes.withUnsafeBytes { StartupPacket.read($0.bytes.extracting(4..<15)) }
        #expect(
            read
                == (isPassedOn
                    ? .passedOnCancel(processID: 77, secret: [1, 2, 3])
                    : .cancel(processID: 77, secret: [1, 2, 3])))
    }

    @Test("any other cancel is none", arguments: [0, 257])
    func badCancel(_ length: Int) {
        let key = [UInt8](repeating: 1, count: length)
        #expect(packet(80_877_102, [0, 0, 0, 1] + key) == .malformedCancel)
        #expect(packet(80_877_114, [0, 0, 0, 1] + key) == .malformedCancel)
        #expect(packet(80_877_102, [0, 0]) == .malformedCancel)
    }

    @Test("a StartupMessage names user, database and settings")
    func startup() throws {
        let read = packet(
            Self.version3,
            strings("user", "ann", "database", "shop", "TimeZone", "UTC", "options", "-c a=b")
                + [0])
        guard case .startup(let parameters) = read else {
            Issue.record("\(read)")
            return
        }
        #expect(parameters.minorVersion == 0)
        #expect(parameters.user == "ann")
        #expect(parameters.database == "shop")
        #expect(parameters.setting("timezone") == "UTC")
        #expect(parameters.setting("options") == "-c a=b")
        #expect(parameters.setting("user") == nil)
        #expect(parameters.protocolOptions == [])
        #expect(parameters.replication == nil)
    }

    @Test("the last of two values counts, whatever the case of the name")
    func repeated() {
        let read = packet(
            Self.version3,
            strings("user", "a", "user", "b", "timezone", "UTC", "TIMEZONE", "CET") + [0])
        guard case .startup(let parameters) = read else {
            Issue.record("\(read)")
            return
        }
        #expect(parameters.user == "b")
        #expect(parameters.settings.map(\.name) == ["timezone"])
        #expect(parameters.setting("timezone") == "CET")
    }

    @Test("minor versions and protocol options are kept for the negotiation")
    func newer() {
        let read = packet(
            Self.version3 + 2, strings("user", "a", "_pq_.x", "1", "_pq_.y", "2") + [0])
        guard case .startup(let parameters) = read else {
            Issue.record("\(read)")
            return
        }
        #expect(parameters.minorVersion == 2)
        #expect(parameters.cancelKeyBytes == 32)
        #expect(parameters.protocolOptions == ["_pq_.x", "_pq_.y"])
        #expect(parameters.settings == [])
    }

    @Test("no parameters at all is well formed")
    func noParameters() {
        #expect(packet(Self.version3, [0]) == .startup(StartupParameters()))
    }

    @Test("other major versions are not ours", arguments: [1, 2, 4, 1234, 65_535] as [UInt16])
    func major(_ major: UInt16) {
        let code = Int32(bitPattern: UInt32(major) << 16 | 1)
        #expect(packet(code, [0]) == .unsupportedVersion(major: major, minor: 1))
    }

    @Test("without its terminator, or with bytes behind it, the layout is invalid")
    func layout() {
        #expect(packet(Self.version3) == Self.terminatorMissing)
        #expect(packet(Self.version3, strings("user", "a")) == Self.terminatorMissing)
        #expect(packet(Self.version3, strings("user", "a") + [0, 0]) == Self.terminatorMissing)
        #expect(packet(Self.version3, strings("user")) == Self.terminatorMissing)
        #expect(packet(Self.version3, [0x75]) == Self.terminatorMissing)
    }

    @Test("too short for a version")
    func tooShort() {
        for count in 0..<4 {
            let body = [UInt8](repeating: 0, count: count)
            let read = body.withUnsafeBytes { StartupPacket.read($0.bytes) }
            #expect(read == .malformed("invalid length of startup packet"))
        }
    }

    @Test(
        "replication, in PostgreSQL's spellings of true and false",
        arguments: [
            ("true", .physical), ("database", .database), ("on", .physical), ("1", .physical),
            ("yes", .physical), ("T", .physical), ("ye", .physical),
            ("false", ReplicationKind.none),
            ("off", ReplicationKind.none), ("of", ReplicationKind.none),
            ("0", ReplicationKind.none), ("NO", ReplicationKind.none), ("", nil), ("o", nil),
            ("maybe", nil), ("DATABASE", nil), ("truex", nil), ("10", nil),
        ] as [(String, ReplicationKind?)])
    func replication(_ value: String, _ expected: ReplicationKind?) {
        var parameters = StartupParameters()
        #expect(ReplicationKind(parameters.replication) == ReplicationKind.none)
        parameters.add("replication", value)
        #expect(ReplicationKind(parameters.replication) == expected)
    }

    @Test("keys are long from protocol 3.2 on; newer protocols are spoken as 3.2")
    func keys() {
        for (minor, spoken, bytes) in [(0, 0, 4), (1, 1, 4), (2, 2, 32), (9_999, 2, 32)] {
            let parameters = StartupParameters(minorVersion: UInt16(minor))
            #expect(parameters.spokenMinorVersion == UInt16(spoken))
            #expect(parameters.cancelKeyBytes == bytes)
        }
    }

    @Test("no bytes trap", arguments: UInt64(1)...200)
    func noise(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var body = strings("user", "a", "database", "b", "_pq_.z", "") + [0]
        body.insert(contentsOf: [0, 3, 0, 0], at: 0)
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            let at = body.indices.randomElement(using: &random) ?? 0
            body[at] = UInt8.random(in: .min ... .max, using: &random)
        }
        body.removeLast(Int.random(in: 0...body.count, using: &random))
        let read = body.withUnsafeBytes { StartupPacket.read($0.bytes) }
        // A packet that was read must have ended with its terminator.
        if case .startup = read { #expect(body.last == 0, "seed \(seed)") }
    }
}
