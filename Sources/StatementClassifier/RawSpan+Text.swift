/// Reading a query string byte by byte. Every load is checked against the span's bounds.
extension RawSpan {
    /// The byte at `offset`.
    @inline(__always)
    func byte(_ offset: Int) -> UInt8 {
        unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// The byte at `offset`, or 0 past the end: no query string holds a zero byte.
    @inline(__always)
    func byteOrZero(_ offset: Int) -> UInt8 {
        offset < byteCount ? unsafeLoad(fromByteOffset: offset, as: UInt8.self) : 0
    }

    /// The eight bytes from `offset` on, the first in the lowest byte, zeros past the end.
    @inline(__always)
    func lane(_ offset: Int) -> UInt64 {
        if offset &+ 8 <= byteCount {
            return UInt64(
                littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        return partialLane(offset)
    }

    /// The index of the next `wanted` at `start` or after it; the text's length if there is none.
    func next(_ wanted: UInt8, from start: Int) -> Int {
        let pattern = UInt64(wanted) &* 0x0101_0101_0101_0101
        var index = start
        while index &+ 8 <= byteCount {
            // The classic test for a zero byte; its lowest hit is exact.
            let lane = lane(index) ^ pattern
            let hit = (lane &- 0x0101_0101_0101_0101) & ~lane & 0x8080_8080_8080_8080
            if hit != 0 { return index &+ hit.trailingZeroBitCount &>> 3 }
            index &+= 8
        }
        while index < byteCount, byte(index) != wanted { index &+= 1 }
        return min(index, byteCount)
    }

    /// The lane at the end of the text.
    private func partialLane(_ offset: Int) -> UInt64 {
        var lane: UInt64 = 0
        var shift: UInt64 = 0
        var index = offset
        while index < byteCount, shift < 64 {
            lane |= UInt64(byte(index)) &<< shift
            shift &+= 8
            index &+= 1
        }
        return lane
    }

    /// Whether the text at `offset` starts with `word`, letter case aside (`word` in lower case).
    func hasPrefix(_ word: StaticString, at offset: Int) -> Bool {
        guard offset + word.utf8CodeUnitCount <= byteCount else { return false }
        return word.withUTF8Buffer { letters in
            for index in 0..<letters.count
            where Self.lowercased(byte(offset + index)) != letters[index] {
                return false
            }
            return true
        }
    }

    /// `byte` with an ASCII capital made small, as PostgreSQL folds unquoted names.
    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }
}
