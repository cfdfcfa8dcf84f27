/// Reads the fields of one message body in order. Returns offsets and integers, never copies.
package struct BodyReader: ~Escapable {
    private let bytes: RawSpan
    package private(set) var offset = 0

    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan) { self.bytes = bytes }

    package var isAtEnd: Bool { offset == bytes.byteCount }

    /// The range of a string before its closing zero byte; nil if there is none.
    package mutating func string() -> Range<Int>? {
        let start = offset
        var at = start
        while at < bytes.byteCount {
            if bytes.unsafeLoad(fromByteOffset: at, as: UInt8.self) == 0 {
                offset = at + 1
                return start..<at
            }
            at += 1
        }
        return nil
    }

    /// One byte; nil at the end.
    package mutating func byte() -> UInt8? {
        guard offset < bytes.byteCount else { return nil }
        defer { offset += 1 }
        return bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// A big-endian integer of four bytes; nil if fewer are left.
    package mutating func int32() -> Int32? {
        guard bytes.byteCount - offset >= 4 else { return nil }
        defer { offset += 4 }
        return Int32(
            bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Int32.self))
    }

    /// A big-endian integer of two bytes; nil if fewer are left.
    package mutating func int16() -> Int16? {
        guard bytes.byteCount - offset >= 2 else { return nil }
        defer { offset += 2 }
        return Int16(
            bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Int16.self))
    }

    /// All that is left.
    package mutating func rest() -> Range<Int> {
        defer { offset = bytes.byteCount }
        return offset..<bytes.byteCount
    }
}

extension RawSpan {
    /// A copy of a part as an array.
    package func copy(_ range: Range<Int>) -> [UInt8] {
        guard !range.isEmpty else { return [] }
        return unsafe extracting(range).withUnsafeBytes { unsafe [UInt8]($0) }
    }

    /// A part as text; ill-formed UTF-8 is repaired, for display only.
    package func text(_ range: Range<Int>) -> String {
        String(decoding: copy(range), as: UTF8.self)
    }
}
