import Vocabulary

/// How long the runs of one promoted text have taken, in its own way (parsed and planned for each)
/// and as a shared statement, which the server may run by a generic plan: whether that was a good
/// bargain.
package struct PromotionHistory: Sendable {
    /// How a text is run next.
    package enum Way: UInt8, Sendable, Hashable {
        /// As the client has sent it, to be measured.
        case own
        /// As a shared statement, to be measured.
        case shared
        /// As the client has sent it.
        case demoted
    }

    private struct Runs: Sendable {
        private(set) var count: Int64 = 0
        private(set) var meanNanoseconds: Int64 = 0

        /// Of the last few dozen each counts the same; older ones fade.
        mutating func add(_ nanoseconds: UInt64) {
            if count < 1 << 32 { count += 1 }
            let run = Int64(clamping: nanoseconds)
            meanNanoseconds += (run - meanNanoseconds) / min(count, 32)
        }
    }

    /// Whose history it is.
    let statement: SharedStatement
    private var own = Runs()
    private var shared = Runs()
    /// Counts what was begun, whether or not it has come to an end.
    private var begun = 0
    /// Second in which it is tried again; nil: it is not demoted.
    private var demotedUntil: UInt32?

    private let trials: Int

    /// - Parameter trials: runs in its own way before it is promoted.
    init(of statement: SharedStatement, trials: Int = Limits.promotionTrials) {
        self.statement = statement
        self.trials = trials
    }

    /// A run is about to begin.
    /// - Parameter second: now, in any count of seconds that is always the same.
    mutating func next(at second: UInt32) -> Way {
        if let end = demotedUntil {
            guard second >= end else { return .demoted }
            self = Self(of: statement, trials: trials)
        }
        begun = begun &+ 1
        let isTrial = begun <= trials || begun % Limits.promotionTrialInterval == 0
        return isTrial ? .own : .shared
    }

    /// A run has ended well. Returns whether the text is demoted by that.
    mutating func ran(_ way: Way, nanoseconds: UInt64, at second: UInt32) -> Bool {
        switch way {
        case .own: own.add(nanoseconds)
        case .shared: shared.add(nanoseconds)
        case .demoted: return false
        }
        guard demotedUntil == nil, isLosing else { return false }
        demotedUntil = second &+ Limits.demotionSeconds
        return true
    }

    private var isLosing: Bool {
        guard shared.count >= Limits.demotionRuns, own.count > 0 else { return false }
        let loss = shared.meanNanoseconds - own.meanNanoseconds
        return loss > own.meanNanoseconds && loss > Int64(clamping: Limits.demotionNanoseconds)
    }
}
