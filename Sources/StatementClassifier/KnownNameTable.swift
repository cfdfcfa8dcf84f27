/// Finds a name of the text among `KnownNameLists`. Made once per process; nothing is allocated by
/// a look-up.
final class KnownNameTable: Sendable {
    static let shared = KnownNameTable()

    /// Longer names are unknown, in bytes.
    static let longestName = 64

    private struct Row {
        let hash: UInt64
        /// Index of the name's first lane, and its length in bytes.
        let lane: UInt32
        let length: UInt8
        let meaning: KnownName
    }

    /// The names' bytes, eight to a lane, zeros after each name's end.
    private let lanes: ContiguousArray<UInt64>
    private let rows: ContiguousArray<Row>
    /// Open addressing: index into `rows` plus one, 0 for an empty slot.
    private let slots: ContiguousArray<UInt16>

    private init() {
        var lanes: ContiguousArray<UInt64> = []
        var rows: ContiguousArray<Row> = []
        for (names, meaning) in KnownNameLists.all {
            for name in names.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
                let start = lanes.count
                lanes.append(contentsOf: NameLanes.pack(name.utf8))
                rows.append(
                    Row(
                        hash: lanes[start...].reduce(0, NameLanes.mix), lane: UInt32(start),
                        length: UInt8(name.utf8.count), meaning: meaning))
            }
        }
        var slots = ContiguousArray<UInt16>(repeating: 0, count: 4096)
        for (index, row) in rows.enumerated() {
            var slot = Int(truncatingIfNeeded: row.hash) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt16(index + 1)
        }
        self.lanes = lanes
        self.rows = rows
        self.slots = slots
    }

    /// The meaning of the `length` bytes of `text` at `offset`; nil if the name is not known.
    /// - Parameter folding: an unquoted name is compared in lower case, a quoted one as it is.
    func find(in text: RawSpan, offset: Int, length: Int, folding: Bool) -> KnownName? {
        guard length > 0, length <= Self.longestName else { return nil }
        let hash = NameLanes.hash(text, offset, length, folding: folding)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count &- 1)
        while slots[slot] != 0 {
            let row = rows[Int(slots[slot]) &- 1]
            if row.hash == hash, Int(row.length) == length,
                matches(row, text, offset: offset, folding: folding)
            {
                return row.meaning
            }
            slot = (slot &+ 1) & (slots.count &- 1)
        }
        return nil
    }

    /// What PostgreSQL's own name means, spelled exactly.
    func find(_ name: String) -> KnownName? {
        let bytes = Array(name.utf8)
        return find(in: bytes.span.bytes, offset: 0, length: bytes.count, folding: false)
    }

    private func matches(_ row: Row, _ text: RawSpan, offset: Int, folding: Bool) -> Bool {
        let length = Int(row.length)
        for start in stride(from: 0, to: length, by: 8)
        where lanes[Int(row.lane) &+ start / 8]
            != NameLanes.lane(text, offset, start, length, folding)
        {
            return false
        }
        return true
    }
}
