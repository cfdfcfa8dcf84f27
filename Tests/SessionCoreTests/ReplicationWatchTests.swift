import PostgresWire
import Testing
import WireFixtures

@testable import SessionCore

@Suite("ReplicationWatch")
struct ReplicationWatchTests {
    private func message(_ type: Character, _ body: [UInt8] = []) -> [UInt8] {
        var writer = MessageWriter()
        writer.message(type.asciiValue ?? 0) { $0.data(body) }
        return writer.bytes
    }

    private func feed(_ watch: inout ReplicationWatch, _ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { watch.serverSent($0.bytes) }
    }

    @Test("a command is not broken off, a stream may be")
    func phases() {
        var watch = ReplicationWatch()
        #expect(watch.mayEnd)
        watch.clientSent()
        #expect(watch.phase == .busy)
        #expect(!watch.mayEnd)
        #expect(feed(&watch, message("T", [0, 0]) + message("C", [65, 0]) + message("Z", [0x49])))
        #expect(watch.phase == .idle)
        watch.clientSent()
        #expect(feed(&watch, message("W", [0, 0, 0])))
        #expect(watch.phase == .streaming)
        #expect(watch.mayEnd)
        // What the receiver reports is no command.
        watch.clientSent()
        #expect(feed(&watch, message("d", [1, 2, 3]) + message("c") + message("C", [0])))
        #expect(watch.phase == .streaming)
        #expect(feed(&watch, message("Z", [0x49])))
        #expect(watch.phase == .idle)
    }

    @Test("an open transaction is not broken off")
    func transaction() {
        var watch = ReplicationWatch()
        watch.clientSent()
        #expect(feed(&watch, message("C", [0]) + message("Z", [0x54])))
        #expect(!watch.mayEnd)
        #expect(feed(&watch, message("Z", [0x45])))
        #expect(!watch.mayEnd)
        #expect(feed(&watch, message("Z", [0x49])))
        #expect(watch.mayEnd)
    }

    @Test("any cut of the bytes says the same", arguments: UInt64(1)...50)
    func cuts(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var bytes: [UInt8] = []
        for _ in 0..<20 {
            let type = "TDCZWdcEN".randomElement(using: &random) ?? "Z"
            let count = type == "Z" ? 1 : Int.random(in: 0...300, using: &random)
            let status = [0x49, 0x54, 0x45].randomElement(using: &random) ?? 0x49
            bytes += message(type, Array(repeating: UInt8(status), count: count))
        }
        var whole = ReplicationWatch()
        #expect(feed(&whole, bytes))
        #expect(whole.isBetweenFrames)
        var pieces = ReplicationWatch()
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...40, using: &random))
            #expect(feed(&pieces, Array(piece)))
            rest = rest.dropFirst(piece.count)
        }
        #expect(pieces.phase == whole.phase, "seed \(seed)")
        #expect(pieces.isBetweenFrames)
    }

    @Test("between frames, and not")
    func frames() {
        var watch = ReplicationWatch()
        let bytes = message("d", [1, 2, 3])
        for count in 1..<bytes.count {
            var cut = watch
            #expect(feed(&cut, Array(bytes.prefix(count))))
            #expect(!cut.isBetweenFrames)
        }
        #expect(feed(&watch, bytes))
        #expect(watch.isBetweenFrames)
    }

    @Test("lengths that cannot be are no protocol", arguments: [0, 1, 3] as [UInt8])
    func lengths(_ length: UInt8) {
        var watch = ReplicationWatch()
        #expect(!feed(&watch, [0x64, 0, 0, 0, length]))
    }
}
