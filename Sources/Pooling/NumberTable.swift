/// Small numbers by large ones: finds the place of a connection, a profile or a session. Open
/// addressing with linear probing. Its keys are numbers that the proxy itself hands out in
/// sequence, so one multiplication spreads them and nobody outside can make them collide; that is
/// several times as fast as `Dictionary`, whose hash resists such attacks.
///
/// Invariant: between a key's home and its place no place is vacant, and at least a quarter of all
/// places are.
struct NumberTable: Sendable {
    private struct Entry: Sendable {
        var key: UInt64
        /// -1: vacant.
        var value: Int32
    }

    private var entries = ContiguousArray<Entry>()
    private(set) var count = 0
    /// 64 less the binary logarithm of the number of places.
    private var shift: UInt64 = 64

    /// The number kept for the key; nil: none. A number must be from 0 to `Int32.max`.
    subscript(key: UInt64) -> Int? {
        guard count > 0 else { return nil }
        let value = entries[place(of: key)].value
        return value < 0 ? nil : Int(value)
    }

    /// Keeps a number for a key, in place of the one that was there.
    mutating func set(_ key: UInt64, to value: Int) {
        if (count + 1) * 4 > entries.count * 3 { grow() }
        let place = place(of: key)
        if entries[place].value < 0 { count += 1 }
        entries[place] = Entry(key: key, value: Int32(value))
    }

    /// Forgets a key; the number that was kept for it, nil: none was.
    @discardableResult
    mutating func remove(_ key: UInt64) -> Int? {
        guard count > 0 else { return nil }
        var gap = place(of: key)
        let value = entries[gap].value
        guard value >= 0 else { return nil }
        count -= 1
        // Whatever follows and has its home at or before the gap moves up, so that it is still
        // found.
        var next = following(gap)
        while entries[next].value >= 0 {
            let home = home(of: entries[next].key)
            let mask = entries.count - 1
            if (next &- home) & mask >= (next &- gap) & mask {
                entries[gap] = entries[next]
                gap = next
            }
            next = following(next)
        }
        entries[gap].value = -1
        return Int(value)
    }

    /// Where the key is, or where it would be put.
    private func place(of key: UInt64) -> Int {
        var place = home(of: key)
        while entries[place].value >= 0 && entries[place].key != key { place = following(place) }
        return place
    }

    private func home(of key: UInt64) -> Int {
        Int((key &* 0x9E37_79B9_7F4A_7C15) >> shift)
    }

    private func following(_ place: Int) -> Int { (place + 1) & (entries.count - 1) }

    private mutating func grow() {
        let former = entries
        let capacity = max(8, former.count * 2)
        shift = UInt64(64 - capacity.trailingZeroBitCount)
        entries = ContiguousArray(repeating: Entry(key: 0, value: -1), count: capacity)
        count = 0
        for entry in former where entry.value >= 0 { set(entry.key, to: Int(entry.value)) }
    }
}
