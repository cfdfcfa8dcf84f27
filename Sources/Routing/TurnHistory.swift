import Vocabulary

/// How long statements take and how much they answer, by fingerprint: whether one may run in front
/// of others' on the same connection.
///
/// Invariant: a bounded table; a statement that has lost its place there is unknown again. What is
/// slow now and then counts as slow: the mean rises quickly and falls slowly.
package struct TurnHistory: Sendable {
    private struct Entry: Sendable {
        var key: UInt64 = 0
        /// Nanoseconds.
        var time: UInt32 = 0
        /// The shortest of the last runs, in nanoseconds.
        var least: UInt32 = 0
        var bytes: UInt32 = 0
        var runs: UInt32 = 0
    }

    /// A power of two.
    private static let capacity = 4_096

    /// More counts as much: sums of two fit.
    private static let most: UInt64 = 1 << 31

    private var entries = ContiguousArray<Entry>()

    package init() {}

    /// The statement is known to be fast and its answer to be small.
    /// - Parameter key: of its fingerprint and its database; 0: it has none.
    package func isFast(_ key: UInt64) -> Bool {
        guard key != 0, !entries.isEmpty else { return false }
        let entry = entries[Self.place(key)]
        return entry.key == key && entry.runs >= Limits.sharedTurnTrials
            && UInt64(entry.time) < Limits.sharedTurnNanoseconds
            && entry.bytes < UInt32(Limits.sharedReplyBytes)
    }

    /// How long it typically takes, in nanoseconds; 0: not known.
    package func typicalTime(_ key: UInt64) -> UInt64 {
        guard key != 0, !entries.isEmpty else { return 0 }
        let entry = entries[Self.place(key)]
        return entry.key == key ? UInt64(entry.time) : 0
    }

    /// How long it takes where nothing else is in its way, in nanoseconds; 0: not known. A busy
    /// machine makes every run longer, but seldom each of many.
    package func leastTime(_ key: UInt64) -> UInt64 {
        guard key != 0, !entries.isEmpty else { return 0 }
        let entry = entries[Self.place(key)]
        return entry.key == key ? UInt64(entry.least) : 0
    }

    /// It has run.
    /// - Parameters:
    ///   - nanoseconds: from when nothing else was before it on its connection.
    ///   - bytes: of its answer.
    package mutating func ran(_ key: UInt64, nanoseconds: UInt64, bytes: Int) {
        guard key != 0 else { return }
        if entries.isEmpty { entries = .init(repeating: Entry(), count: Self.capacity) }
        let place = Self.place(key)
        let time = UInt32(min(nanoseconds, Self.most))
        let bytes = UInt32(min(UInt64(max(bytes, 0)), Self.most))
        guard entries[place].key == key else {
            entries[place] = Entry(key: key, time: time, least: time, bytes: bytes, runs: 1)
            return
        }
        entries[place].time = Self.mean(entries[place].time, time)
        let least = entries[place].least
        entries[place].least = min(time, least + max(least / 256, 1))
        entries[place].bytes = Self.mean(entries[place].bytes, bytes)
        if entries[place].runs < .max { entries[place].runs += 1 }
    }

    /// Up by a quarter of the difference, down by a thirty-second.
    private static func mean(_ old: UInt32, _ new: UInt32) -> UInt32 {
        new > old ? old + (new - old) / 4 : old - (old - new) / 32
    }

    private static func place(_ key: UInt64) -> Int {
        Int((key &* 0x9E37_79B9_7F4A_7C15) >> 52) & (capacity - 1)
    }
}
