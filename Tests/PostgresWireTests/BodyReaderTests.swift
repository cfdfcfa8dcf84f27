import Testing

@testable import PostgresWire

@Suite("BodyReader")
struct BodyReaderTests {
    @Test("reads fields in order, and nothing past the end")
    func fields() {
        let body: [UInt8] = [0x61, 0x62, 0, 7, 0x80, 0, 0, 1, 0xFF]
        body.withUnsafeBytes { bytes in
            var reader = BodyReader(bytes.bytes)
            let fields = (reader.string(), reader.byte(), reader.int32())
            #expect(fields == (0..<2, 7, Int32.min + 1))
            let missing = (reader.isAtEnd, reader.int32(), reader.offset)
            #expect(missing == (false, nil, 8), "a field that is not there moves nothing")
            let last = (reader.byte(), reader.isAtEnd)
            #expect(last == (0xFF, true))
            let past = (reader.byte(), reader.string(), reader.rest())
            #expect(past == (nil, nil, 9..<9))
        }
    }

    @Test("a string without its zero byte is none, and stays unread")
    func openString() {
        [UInt8(0x61), 0x62].withUnsafeBytes { bytes in
            var reader = BodyReader(bytes.bytes)
            let read = (reader.string(), reader.rest(), reader.isAtEnd)
            #expect(read == (nil, 0..<2, true))
        }
    }

    @Test("an empty string is one")
    func emptyString() {
        [UInt8(0), 0].withUnsafeBytes { bytes in
            var reader = BodyReader(bytes.bytes)
            let read = (reader.string(), reader.string(), reader.string())
            #expect(read == (0..<0, 1..<1, nil))
        }
    }

    @Test("parts are copied as they are, and repaired as text only")
    func copies() {
        [UInt8(0x61), 0xFF, 0x62].withUnsafeBytes { bytes in
            #expect(bytes.bytes.copy(1..<3) == [0xFF, 0x62])
            #expect(bytes.bytes.copy(2..<2) == [])
            #expect(bytes.bytes.text(0..<3) == "a\u{FFFD}b")
        }
    }
}
