/// The names that catalog facts speak of, each with a number. Made once; nothing is allocated by a
/// look-up.
struct CatalogNames: Sendable {
    private struct Row: Sendable {
        let hash: UInt64
        /// Index of the name's first lane.
        let lane: UInt32
        let length: UInt8
    }

    /// Longer names are cut by PostgreSQL, in bytes (`NAMEDATALEN` - 1).
    static let longestName = 63

    private var lanes: ContiguousArray<UInt64> = []
    private var rows: ContiguousArray<Row> = []
    /// Open addressing: index into `rows` plus one, 0 for an empty slot.
    private var slots = ContiguousArray<UInt32>(repeating: 0, count: 64)

    var count: Int { rows.count }

    /// The number of a name as the catalog spells it.
    mutating func intern(_ name: String) -> Int {
        // A name's text has its quotes doubled.
        var bytes = Array(name.utf8.prefix(Self.longestName))
        if bytes.contains(UInt8(ascii: "\"")) {
            bytes = bytes.flatMap { $0 == UInt8(ascii: "\"") ? [$0, $0] : [$0] }
        }
        let known = find(bytes.span.bytes, 0, bytes.count, folding: false)
        if known >= 0 { return known }
        let packed = NameLanes.pack(bytes)
        rows.append(
            Row(
                hash: packed.reduce(0, NameLanes.mix),
                lane: UInt32(truncatingIfNeeded: lanes.count),
                length: UInt8(truncatingIfNeeded: bytes.count)))
        lanes.append(contentsOf: packed)
        if rows.count * 2 > slots.count { grow() } else { place(rows.count - 1) }
        return rows.count - 1
    }

    /// The number of the `length` bytes of `text` at `offset`; -1 if nothing has this name.
    /// - Parameter folding: an unquoted name is compared in lower case, a quoted one as it is.
    func find(_ text: RawSpan, _ offset: Int, _ length: Int, folding: Bool) -> Int {
        guard length > 0 else { return -1 }
        let length = folding ? min(length, Self.longestName) : length
        let hash = NameLanes.hash(text, offset, length, folding: folding)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count &- 1)
        while slots[slot] != 0 {
            let index = Int(slots[slot]) &- 1
            if rows[index].hash == hash, Int(rows[index].length) == length,
                matches(rows[index], text, offset, folding)
            {
                return index
            }
            slot = (slot &+ 1) & (slots.count &- 1)
        }
        return -1
    }

    private func matches(_ row: Row, _ text: RawSpan, _ offset: Int, _ folding: Bool) -> Bool {
        let length = Int(row.length)
        var start = 0
        while start < length {
            let lane = NameLanes.lane(text, offset, start, length, folding)
            if lanes[Int(row.lane) &+ start / 8] != lane { return false }
            start &+= 8
        }
        return true
    }

    private mutating func place(_ index: Int) {
        var slot = Int(truncatingIfNeeded: rows[index].hash) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(truncatingIfNeeded: index + 1)
    }

    private mutating func grow() {
        slots = ContiguousArray(repeating: 0, count: slots.count * 4)
        for index in rows.indices { place(index) }
    }
}
