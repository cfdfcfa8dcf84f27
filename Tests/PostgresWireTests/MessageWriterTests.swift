import Testing
import WireFixtures

@testable import PostgresWire

@Suite("MessageWriter")
struct MessageWriterTests {
    @Test("the length word counts itself and the body, not the type")
    func length() {
        var writer = MessageWriter()
        writer.query("ab")
        #expect(writer.bytes == [UInt8(ascii: "Q"), 0, 0, 0, 7, 0x61, 0x62, 0])
        writer.message(UInt8(ascii: "S"))
        #expect(writer.bytes.suffix(5) == [UInt8(ascii: "S"), 0, 0, 0, 4])
    }

    @Test("a message without a type starts with its length")
    func untyped() {
        var writer = MessageWriter()
        writer.untyped { $0.int32(3 << 16) }
        #expect(writer.bytes == [0, 0, 0, 8, 0, 3, 0, 0])
    }

    @Test("lengths above a byte are big-endian")
    func longLength() {
        var writer = MessageWriter()
        writer.message(1) { $0.data([UInt8](repeating: 0, count: 0x01_02_03 - 4)) }
        #expect(writer.bytes.prefix(5) == [1, 0, 1, 2, 3])
        #expect(writer.bytes.count == 0x01_02_03 + 1)
    }

    @Test("integers are big-endian, negative ones too")
    func integers() {
        var writer = MessageWriter()
        writer.int16(-2)
        writer.int32(-2)
        writer.int32(0x01_02_03_04)
        #expect(writer.bytes == [0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFE, 1, 2, 3, 4])
    }

    @Test("a zero byte in a string cannot begin another field")
    func zeroInString() {
        var writer = MessageWriter()
        writer.string("a\0b")
        #expect(writer.bytes == [0x61, 0])
    }

    @Test("messages of the proxy's own are those of the protocol")
    func named() {
        var writer = MessageWriter()
        writer.readyForQuery(.inTransaction)
        writer.commandComplete("BEGIN")
        writer.closeStatement("s")
        writer.authentication(code: 5, data: [1, 2, 3, 4])
        writer.parameterStatus("TimeZone", "UTC")
        writer.backendKeyData(processID: 9, secret: [8, 8, 8, 8])
        let expected = wire {
            readyForQuery(.inTransaction)
            commandComplete("BEGIN")
            close(statement: "s")
            authentication(5, [1, 2, 3, 4])
            parameterStatus("TimeZone", "UTC")
            backendKeyData(9, [8, 8, 8, 8])
        }
        #expect(writer.bytes == expected.bytes)
        #expect(!writer.isEmpty)
        writer.clear()
        #expect(writer.isEmpty)
        writer.raw(expected.bytes)
        #expect(writer.bytes == expected.bytes)
    }
}
