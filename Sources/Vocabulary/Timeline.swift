/// A timeline of the write-ahead log (PostgreSQL documentation, "Timelines"): each promotion begins
/// a new one, with a higher number. What a primary writes belongs to its timeline; positions of
/// different timelines cannot be compared beyond the point where they part.
package struct Timeline: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: UInt32

    package init(_ rawValue: UInt32) { self.rawValue = rawValue }

    /// Parses a decimal number, as `pg_stat_wal_receiver.received_tli`; nil for anything else, and
    /// for 0, which no timeline has.
    package init?(text: some StringProtocol) {
        guard let value = UInt32(text), value > 0 else { return nil }
        rawValue = value
    }

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    package var description: String { String(rawValue) }
}
