import Testing

@testable import PostgresWire

@Suite("WireError and the message types")
struct WireErrorTests {
    @Test("errors say what was wrong, in PostgreSQL's words")
    func words() {
        #expect(
            WireError.unknownType(0x7A).text == "invalid frontend message type 122")
        #expect(
            WireError.invalidLength(type: 81, length: 3).text
                == "invalid message length 3 of message type 81")
        #expect(
            WireError.malformedBody(type: 66).text
                == "invalid message format of message type 66")
    }

    @Test("type bytes are those of the documentation")
    func typeBytes() {
        func letters(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        #expect(letters(FrontendMessageType.allCases.map(\.rawValue)) == "BCDEFHPQSXcdfp")
        #expect(
            letters(BackendMessageType.allCases.map(\.rawValue)) == "123ACDEGHIKNRSTVWZcdnstv")
        #expect(TransactionStatus(rawValue: UInt8(ascii: "I")) == .idle)
        #expect(TransactionStatus(rawValue: UInt8(ascii: "T")) == .inTransaction)
        #expect(TransactionStatus(rawValue: UInt8(ascii: "E")) == .failed)
    }
}
