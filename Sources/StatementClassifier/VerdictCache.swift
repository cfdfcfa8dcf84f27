/// Findings of statements seen before, by fingerprint. Bounded: two places for each fingerprint,
/// and the one used longer ago is overwritten. What the deciding bytes are is kept as token
/// indexes, since offsets differ between texts of one fingerprint.
struct VerdictCache: ~Copyable {
    private struct Entry {
        /// 0 in an empty place.
        var fingerprint: UInt64 = 0
        var findings = Findings()
        var statementCount: Int32 = 0
    }

    private var entries: ContiguousArray<Entry>
    private let mask: Int

    /// - Parameter capacity: entries to keep at most; rounded down to a power of two, 0 for none.
    init(capacity: Int) {
        let pairs = capacity < 2 ? 0 : 1 << (Int.bitWidth - 1 - (capacity / 2).leadingZeroBitCount)
        entries = ContiguousArray(repeating: Entry(), count: pairs * 2)
        mask = pairs - 1
    }

    /// The findings stored for `fingerprint` and how many statements the string held.
    @inline(__always)
    mutating func find(_ fingerprint: UInt64) -> (findings: Findings, statementCount: Int)? {
        guard mask >= 0, fingerprint != 0 else { return nil }
        let place = (Int(truncatingIfNeeded: fingerprint) & mask) &* 2
        if entries[place].fingerprint == fingerprint {
            return (entries[place].findings, Int(entries[place].statementCount))
        }
        guard entries[place &+ 1].fingerprint == fingerprint else { return nil }
        entries.swapAt(place, place &+ 1)
        return (entries[place].findings, Int(entries[place].statementCount))
    }

    /// Stores findings that hold for every text with this fingerprint.
    mutating func store(_ fingerprint: UInt64, _ findings: Findings, statementCount: Int) {
        guard mask >= 0, fingerprint != 0 else { return }
        let place = (Int(truncatingIfNeeded: fingerprint) & mask) &* 2
        entries[place &+ 1] = entries[place]
        entries[place] = Entry(
            fingerprint: fingerprint, findings: findings,
            statementCount: Int32(truncatingIfNeeded: statementCount))
    }
}
