/// Names as eight bytes at a time: how names of the text are folded, hashed and compared.
enum NameLanes {
    /// The lane of a name's bytes from `start` on, folded if asked, zeros after the name's end.
    @inline(__always)
    static func lane(
        _ text: RawSpan, _ offset: Int, _ start: Int, _ length: Int, _ folding: Bool
    ) -> UInt64 {
        let lane = Lexer.cut(text.lane(offset &+ start), length &- start)
        return folding ? Lexer.nameBytes(lane).lane : lane
    }

    /// One lane more.
    @inline(__always)
    static func mix(_ hash: UInt64, _ lane: UInt64) -> UInt64 {
        let mixed = (hash ^ lane) &* 0x9E37_79B9_7F4A_7C15
        return mixed ^ mixed &>> 29
    }

    /// The hash of `length` bytes of `text` at `offset`.
    @inline(__always)
    static func hash(_ text: RawSpan, _ offset: Int, _ length: Int, folding: Bool) -> UInt64 {
        var hash: UInt64 = 0
        var start = 0
        while start < length {
            hash = mix(hash, lane(text, offset, start, length, folding))
            start &+= 8
        }
        return hash
    }

    /// A name's bytes, eight to a lane, zeros after its end.
    static func pack(_ name: some Collection<UInt8>) -> [UInt64] {
        var lanes = [UInt64](repeating: 0, count: (name.count + 7) / 8)
        for (index, byte) in name.enumerated() {
            lanes[index / 8] |= UInt64(byte) << UInt64(index % 8 * 8)
        }
        return lanes
    }
}
