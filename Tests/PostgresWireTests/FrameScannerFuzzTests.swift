import Testing
import Vocabulary
import WireFixtures

@testable import PostgresWire

/// Any bytes in any pieces: the scanner says the same, and keeps nobody waiting for more than a
/// message that is read whole may have.
@Suite("FrameScanner: fuzz")
struct FrameScannerFuzzTests {
    private static func stream(_ types: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            let size = random.once(in: 40) ? 50_000 : 60
            let body = [UInt8](repeating: 0x61, count: Int.random(in: 0...size, using: &random))
            bytes +=
                raw(
                    type: types.randomElement(using: &random) ?? 0,
                    length: UInt32(body.count + 4), body
                ).bytes
        }
        if !random.once(in: 3) { random.damage(&bytes) }
        return bytes
    }

    @Test("frames of clients and of servers")
    func streams() {
        Fuzz.run("frame scanner", rounds: 2_000) { seed, random in
            let isFrontend = random.once(in: 2)
            let interest = isFrontend ? FrameInterest.frontend : .backend
            let types =
                isFrontend
                ? FrontendMessageType.allCases.map(\.rawValue)
                : BackendMessageType.allCases.map(\.rawValue)
            let bytes = Self.stream(types, &random)
            let pieces = random.pieces(of: bytes).map(\.count)
            let cut = ScannedStream(bytes, chunks: pieces, interest)
            let whole = ScannedStream(bytes, chunks: [], interest)
            #expect(whole == cut, "seed \(seed)")
            #expect(
                cut.left <= Limits.classifiedTextBytes + FrameScanner.headerBytes, "seed \(seed)")
        }
    }

    @Test("bodies are read to their end and never beyond")
    func bodies() {
        Fuzz.run("body reader", rounds: 4_000) { seed, random in
            let bytes = random.bytes(upTo: 60)
            bytes.withUnsafeBytes { raw in
                var reader = BodyReader(raw.bytes)
                for _ in 0..<20 {
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: _ = reader.string()
                    case 1: _ = reader.byte()
                    case 2: _ = reader.int32()
                    case _: if random.once(in: 5) { _ = reader.rest() }
                    }
                    #expect(reader.offset <= bytes.count, "seed \(seed)")
                }
            }
        }
    }
}
