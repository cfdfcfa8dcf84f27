import Vocabulary

/// Which texts of unnamed Parses one worker promotes: it counts their uses until they are worth
/// it, and keeps the histories of those that were.
///
/// Invariant: bounded. Counts of texts that are seldom seen give way to others; of histories there
/// are as many as the `StatementCatalog` has places.
package struct PromotedTexts: Sendable {
    /// By hash: the hash's upper bits, and in the lowest byte how often; 0: vacant.
    private var counts: ContiguousArray<UInt32> = []
    /// By number of the statement.
    private var histories: ContiguousArray<PromotionHistory?> = []
    /// Seconds since the beginning.
    private var second: UInt32 = 0
    private var nextSecond = MonotonicInstant(nanoseconds: 0)
    private var schema: UInt64 = 0
    /// What was prepared in another one is prepared anew before it is run.
    private(set) var epoch: UInt32 = 1

    private let threshold: Int
    private let trials: Int

    /// - Parameters:
    ///   - threshold: uses of a text before it is kept.
    ///   - trials: runs in its own way before it is promoted.
    package init(
        threshold: Int = Limits.promotionThreshold, trials: Int = Limits.promotionTrials
    ) {
        self.threshold = threshold
        self.trials = trials
    }

    // MARK: Events

    /// Called at least once a second while anything happens.
    package mutating func timeCame(_ now: MonotonicInstant) {
        guard now >= nextSecond else { return }
        nextSecond = now.advanced(milliseconds: Limits.promotedMilliseconds)
        second &+= 1
        epoch &+= 1
    }

    /// - Parameter count: of all schema changes that clients have made so far. With each, names may
    ///   come to mean something else, and plans be other ones.
    package mutating func schemaIs(_ count: UInt64) {
        guard count != schema else { return }
        schema = count
        epoch &+= 1
        histories.removeAll()
    }

    /// A text that is not kept was used.
    /// - Returns: whether it is worth keeping now.
    mutating func used(_ key: Int) -> Bool {
        if counts.isEmpty {
            counts = ContiguousArray(repeating: 0, count: Limits.promotionCandidates)
        }
        let (place, tag) = Self.place(key)
        let known = counts[place]
        let count = known & 0xFF
        guard count > 0, known & ~0xFF == tag else {
            counts[place] = count > 1 ? known - 1 : tag | 1
            return false
        }
        if count == Self.unfit { return false }
        if count < Self.unfit - 1 { counts[place] = known + 1 }
        return count >= threshold
    }

    /// A text that was worth keeping must not be: it is not looked at again for a while.
    mutating func refuses(_ key: Int) {
        let (place, tag) = Self.place(key)
        if !counts.isEmpty { counts[place] = tag | Self.unfit }
    }

    /// The text of a statement that is kept is about to be run.
    mutating func next(_ statement: SharedStatement) -> PromotionHistory.Way {
        let number = statement.number
        while histories.count <= number { histories.append(nil) }
        var history =
            histories[number].flatMap { $0.statement == statement ? $0 : nil }
            ?? PromotionHistory(of: statement, trials: trials)
        defer { histories[number] = history }
        return history.next(at: second)
    }

    /// It has run. Returns whether it is demoted by that.
    package mutating func ran(_ run: Promotion.Run, nanoseconds: UInt64) -> Bool {
        let number = run.statement.number
        guard histories.indices.contains(number),
            histories[number]?.statement == run.statement
        else { return false }
        return histories[number]?.ran(run.way, nanoseconds: nanoseconds, at: second) ?? false
    }

    // MARK: Counts

    private static let unfit: UInt32 = 0xFF

    private static func place(_ key: Int) -> (place: Int, tag: UInt32) {
        let bits = UInt64(truncatingIfNeeded: key)
        let place = Int(bits % UInt64(Limits.promotionCandidates))
        return (place, UInt32(truncatingIfNeeded: bits >> 32) & ~0xFF)
    }
}
