import Testing
import Vocabulary
import WireFixtures

@testable import PostgresWire

@Suite("FrameScanner")
struct FrameScannerTests {
    private func scan(_ messages: [WireMessage], chunks: [Int] = []) -> ScannedStream {
        ScannedStream(messages.bytes, chunks: chunks, .frontend)
    }

    private func frame(_ message: WireMessage) -> ScannedStream.Piece {
        .frame(type: message.type, body: message.body)
    }

    @Test("frames are told apart, one at a time")
    func frames() {
        let messages = wire {
            parse("s1", "select 1")
            sync()
        }
        #expect(scan(messages).pieces == messages.map(frame))
        #expect(scan(messages).left == 0)
    }

    @Test("an incomplete frame waits, with the number of bytes it needs")
    func starved() {
        let bytes = query("select 1").bytes
        for count in 0..<bytes.count {
            var scanner = FrameScanner(.frontend)
            let part = Array(bytes.prefix(count))
            let step = part.withUnsafeBytes { scanner.next($0.bytes, from: 0) }
            guard case .starved(let needed) = step else {
                Issue.record("\(count) bytes gave \(step)")
                continue
            }
            #expect(needed == (count < 5 ? 5 : bytes.count))
        }
    }

    @Test("CopyData goes through in one run, frames around it do not")
    func unseenRun() {
        let copy = wire {
            copyData("one")
            copyData("two")
        }
        let stream = [query("copy t from stdin")] + copy + [copyDone()]
        #expect(
            scan(stream).pieces == [
                frame(stream[0]), .unseen(bytes: copy.bytes.count), frame(copyDone()),
            ])
    }

    @Test("an unseen frame goes through before its end has come")
    func cutThrough() {
        let message = copyData(String(repeating: "x", count: 100))
        var scanner = FrameScanner(.frontend)
        let part = Array(message.bytes.prefix(40))
        let step = part.withUnsafeBytes { scanner.next($0.bytes, from: 0) }
        guard case .unseen(0..<40) = step else {
            Issue.record("gave \(step)")
            return
        }
        #expect(scanner.unseenBytes == message.bytes.count - 40)
    }

    @Test("rows and COPY data of a server go unseen, what ends them does not")
    func backendInterest() {
        let rows = wire {
            dataRow("1")
            dataRow("2")
        }
        let stream = ScannedStream(
            (rows + [commandComplete("SELECT 2")]).bytes, chunks: [], .backend)
        #expect(
            stream.pieces == [
                .unseen(bytes: rows.bytes.count), frame(commandComplete("SELECT 2")),
            ])
    }

    @Test(
        "a length word below 4 or above the bound breaks the protocol",
        arguments: [
            0, 1, 3, UInt32(Limits.messageBytes) + 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF,
        ])
    func badLengths(_ length: UInt32) {
        let bad = raw(type: UInt8(ascii: "Q"), length: length)
        let error = WireError.invalidLength(type: UInt8(ascii: "Q"), length: length)
        #expect(scan([bad]).pieces == [.violation(error)])
        // What came before it is still good.
        #expect(scan([sync(), bad]).pieces == [frame(sync()), .violation(error)])
        // The same of a type that nobody looks at.
        let unseen = raw(type: UInt8(ascii: "d"), length: length)
        #expect(
            scan([copyData("x"), unseen]).pieces == [
                .unseen(bytes: copyData("x").bytes.count),
                .violation(.invalidLength(type: UInt8(ascii: "d"), length: length)),
            ])
    }

    @Test("the shortest and the longest frame are right")
    func extremeLengths() {
        #expect(scan([raw(type: 1, length: 4)]).pieces == [.frame(type: 1, body: [])])
        let longest = raw(type: UInt8(ascii: "d"), length: UInt32(Limits.messageBytes))
        #expect(scan([longest]).pieces == [.unseen(bytes: 5)])
    }

    @Test("a Bind beyond the bound is shown from its head alone")
    func head() {
        let large = bind("", parameters: [String(repeating: "x", count: Limits.receiveBytes)])
        var scanner = FrameScanner(.frontend)
        let few = Array(large.bytes.prefix(FrameScanner.headBytes - 1))
        guard
            case .starved(FrameScanner.headBytes) = few.withUnsafeBytes({
                scanner.next($0.bytes, from: 0)
            })
        else {
            Issue.record("the head was not waited for")
            return
        }
        let enough = Array(large.bytes.prefix(FrameScanner.headBytes))
        guard
            case .head(large.type, 5..<FrameScanner.headBytes) = enough.withUnsafeBytes({
                scanner.next($0.bytes, from: 0)
            })
        else {
            Issue.record("no head")
            return
        }
        #expect(scanner.unseenBytes == large.bytes.count - FrameScanner.headBytes)
        let whole = scan([large, sync()], chunks: [FrameScanner.headBytes])
        #expect(
            whole.pieces == [
                .oversized(type: large.type, bytes: large.bytes.count), frame(sync()),
            ])
    }

    @Test("a statement is waited for up to its own, larger bound")
    func textBound() {
        let inside = query(String(repeating: "x", count: Limits.classifiedTextBytes - 1))
        let beyond = query(String(repeating: "x", count: Limits.classifiedTextBytes))
        for (message, isHead) in [(inside, false), (beyond, true)] {
            var scanner = FrameScanner(.frontend)
            let part = Array(message.bytes.prefix(100_000))
            switch part.withUnsafeBytes({ scanner.next($0.bytes, from: 0) }) {
            case .starved(let needed): #expect(!isHead && needed == message.bytes.count)
            case .head: #expect(isHead)
            case .unseen, .frame, .violation: Issue.record("neither")
            }
        }
    }

    @Test("any chunking of the same bytes gives the same steps", arguments: UInt64(1)...60)
    func chunking(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let stream = (0..<20).flatMap { _ in Self.message(&random).bytes }
        for interest in [FrameInterest.frontend, .backend] {
            let whole = ScannedStream(stream, chunks: [], interest)
            let chunks = Self.chunks(of: stream.count, &random)
            let cut = ScannedStream(stream, chunks: chunks, interest)
            #expect(whole == cut, "seed \(seed), chunks \(chunks.prefix(20))")
        }
    }

    private static func message(_ random: inout SeededRandom) -> WireMessage {
        let size = Int.random(in: 0...40, using: &random)
        let text = String(repeating: "a", count: size)
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return query(text)
        case 1: return parse("s", text)
        case 2: return sync()
        case 3, 4, 5: return copyData(text)
        case 6, 7: return dataRow(text)
        case 8: return bind(parameters: [String(repeating: "b", count: 40_000 + size)])
        case 9: return error("XX000", String(repeating: "c", count: 300_000 + size))
        case 10: return copyData(String(repeating: "d", count: 10_000 + size))
        case _:
            return random.once(in: 8)
                ? raw(type: UInt8(ascii: "Q"), length: UInt32.random(in: 0...3, using: &random))
                : copyDone()
        }
    }

    private static func chunks(of count: Int, _ random: inout SeededRandom) -> [Int] {
        var left = count
        var chunks: [Int] = []
        // Some streams byte by byte at first, others in pieces of all sizes.
        let largest = [3, 100, 9_000, 70_000].randomElement(using: &random) ?? 100
        while left > 0 && chunks.count < 3_000 {
            let size = min(left, Int.random(in: 1...largest, using: &random))
            chunks.append(size)
            left -= size
        }
        return chunks
    }
}
