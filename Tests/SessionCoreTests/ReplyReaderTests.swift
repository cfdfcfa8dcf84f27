import PostgresWire
import Testing
import WireFixtures

@testable import SessionCore

/// Bytes of whole messages.
private func bytes(_ messages: WireMessage...) -> [UInt8] { messages.flatMap(\.bytes) }

/// Reads bytes in pieces of a size; what was read, and how many bytes were taken.
private func read(_ bytes: [UInt8], piece: Int = .max) -> (reader: ReplyReader, taken: Int) {
    var reader = ReplyReader()
    var taken = 0
    bytes.withUnsafeBytes { buffer in
        var at = 0
        while at < buffer.count {
            let end = min(buffer.count, piece == .max ? buffer.count : at + piece)
            let part = buffer.bytes.extracting(at..<end)
            taken += reader.take(part)
            at = end
        }
    }
    return (reader, taken)
}

/// A DataRow that need not make sense.
private func dataRow(_ body: (inout MessageWriter) -> Void) -> [UInt8] {
    var writer = MessageWriter()
    writer.message(BackendMessageType.dataRow.rawValue, body)
    return writer.bytes
}

@Suite("What a reply amounts to")
struct ReplyReaderTests {
    private let reply = bytes(
        rowDescription("a", "b"), dataRow("1", "one"), notice(), dataRow("2", "two"),
        dataRow("3", String(repeating: "three", count: 50)), commandComplete("SELECT 3"),
        readyForQuery())

    @Test("is the same in whatever pieces it comes", arguments: [1, 2, 3, 4, 5, 7, 8, 9, 64, 999])
    func pieces(size: Int) {
        let (whole, _) = read(reply)
        let (reader, taken) = read(reply, piece: size)
        #expect(reader.digest == whole.digest)
        #expect(reader.isComplete && reader.hasOutcome && !reader.isBroken)
        #expect(taken == reply.count)
        #expect(reader.digest.rows == 3)
        #expect(reader.value == "1")
    }

    @Test("ends with ReadyForQuery, and takes nothing of what follows")
    func end() {
        let (reader, taken) = read(reply + bytes(dataRow("4"), commandComplete("SELECT 1")))
        #expect(taken == reply.count)
        #expect(reader.digest.rows == 3)
    }

    @Test("tells rows, their order and their number apart")
    func rows() {
        func digest(_ rows: [[String]]) -> ReplyDigest {
            let messages = rows.flatMap { row in
                dataRow { body in
                    body.int16(Int16(row.count))
                    for value in row {
                        body.int32(Int32(value.utf8.count))
                        body.data(Array(value.utf8))
                    }
                }
            }
            return read(messages + bytes(commandComplete("SELECT"), readyForQuery())).reader.digest
        }
        let base = digest([["a", "b"], ["c", "d"]])
        let turned = digest([["c", "d"], ["a", "b"]])
        #expect(base.says(turned, isOrdered: false))
        #expect(!base.says(turned, isOrdered: true))
        for other in [
            [["a", "b"]], [["a", "b"], ["c", "d"], ["c", "d"]], [["a", "b"], ["c", "e"]],
            [["ab", ""], ["c", "d"]], [["a", "d"], ["c", "b"]], [["a", "b", ""], ["c", "d"]],
            [["a", "b"], ["a", "b"]], [],
        ] {
            #expect(!base.says(digest(other), isOrdered: false), "\(other)")
        }
    }

    @Test("has the SQLSTATE of the first error, whose words do not count")
    func errors() {
        let (one, _) = read(
            bytes(dataRow("1"), error("22012", "first"), readyForQuery(.failed)))
        let (other, _) = read(bytes(error("22012", "another"), readyForQuery(.failed)))
        #expect(one.digest.state == "22012")
        #expect(one.digest.says(other.digest, isOrdered: true))
        #expect(!one.digest.says(read(reply).reader.digest, isOrdered: false))
        let (third, _) = read(bytes(error("25006"), readyForQuery()))
        #expect(!one.digest.says(third.digest, isOrdered: false))
    }

    @Test("without the end of a statement there is no outcome")
    func nothing() {
        let (reader, _) = read(bytes(parseComplete(), readyForQuery()))
        #expect(reader.isComplete && !reader.hasOutcome)
    }

    @Test("a value that is null or missing is none")
    func value() {
        #expect(read(bytes(commandComplete("SELECT 0"), readyForQuery())).reader.value == nil)
        let null = dataRow { body in
            body.int16(1)
            body.int32(-1)
        }
        #expect(read(null + bytes(readyForQuery())).reader.value == nil)
        let short = dataRow { body in
            body.int16(1)
            body.int32(100)
        }
        #expect(read(short + bytes(readyForQuery())).reader.value == nil)
    }

    @Test("garbage breaks it, and never traps")
    func garbage() {
        #expect(read([0x44, 0, 0, 0, 3, 0, 0]).reader.isBroken)
        #expect(read([0x00, 0, 0, 0, 4, 0, 0]).reader.isBroken)
        var random = SeededRandom(seed: 7)
        for _ in 0..<200 {
            let noise = (0..<200).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            _ = read(noise, piece: 1 + Int(random.next() % 17))
        }
    }
}
