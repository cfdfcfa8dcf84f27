/// What the lexer learns of a word by looking it up.
struct KeywordEntry {
    let keyword: Keyword
    let wordClass: WordClass

    static let plainName = KeywordEntry(keyword: .none, wordClass: .name)
}

/// PostgreSQL's keywords, found by the word's bytes packed into integers: one multiplication and,
/// for most names, one load. Made once per process.
final class KeywordTable: Sendable {
    static let shared = KeywordTable()

    /// Words longer than this are no keywords, in bytes.
    static let longestWord = 24

    private struct Row {
        let first: UInt64
        let second: UInt64
        let third: UInt64
        let entry: KeywordEntry
    }

    private static let slotBits: UInt64 = 11
    private let rows: ContiguousArray<Row>
    /// Open addressing: index into `rows` plus one, 0 for an empty slot.
    private let slots: ContiguousArray<UInt16>

    private init() {
        var rows: ContiguousArray<Row> = []
        var slots = ContiguousArray<UInt16>(repeating: 0, count: 1 << Int(Self.slotBits))
        for (words, wordClass) in Self.lists {
            for word in words.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
                let lanes = Self.pack(word)
                var slot = Self.slot(lanes.0, lanes.1)
                while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
                let keyword =
                    Keyword(rawValue: String(word)) ?? (wordClass == .name ? .none : .unnamed)
                rows.append(
                    Row(
                        first: lanes.0, second: lanes.1, third: lanes.2,
                        entry: KeywordEntry(keyword: keyword, wordClass: wordClass)))
                slots[slot] = UInt16(rows.count)
            }
        }
        self.rows = rows
        self.slots = slots
    }

    /// The entry of a word given by its first 24 bytes, folded to lower case, zeros after its end.
    @inline(__always)
    func find(_ first: UInt64, _ second: UInt64, _ third: UInt64) -> KeywordEntry {
        var slot = Self.slot(first, second)
        while true {
            let index = Int(slots[slot])
            if index == 0 { return .plainName }
            let row = rows[index &- 1]
            if row.first == first, row.second == second, row.third == third { return row.entry }
            slot = (slot &+ 1) & (slots.count &- 1)
        }
    }

    @inline(__always)
    private static func slot(_ first: UInt64, _ second: UInt64) -> Int {
        let mixed = (first ^ second &* 0xC2B2_AE3D_27D4_EB4F) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed &>> (64 &- slotBits))
    }

    private static func pack(_ word: Substring) -> (UInt64, UInt64, UInt64) {
        var lanes: [UInt64] = [0, 0, 0]
        for (index, byte) in word.utf8.enumerated() {
            lanes[index / 8] |= UInt64(byte) << UInt64(index % 8 * 8)
        }
        return (lanes[0], lanes[1], lanes[2])
    }
}
