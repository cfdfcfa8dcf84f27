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

        /// Of the last few dozen each counts the same; older ones fade. One that takes very much
        /// longer than the others counts as if it took eight times as long: a machine that is busy
        /// for a moment says nothing, while many slow ones raise the bound as they come.
        mutating func add(_ nanoseconds: UInt64) {
            var run = Int64(clamping: nanoseconds)
            if count > 0 { run = min(run, max(meanNanoseconds, 10_000).multiplied(by: 8)) }
            if count < 1 << 32 { count += 1 }
            meanNanoseconds += (run - meanNanoseconds) / min(count, 32)
        }
    }

    /// Whose history it is.
    let statement: SharedStatement
    private var own = Runs()
    private var shared = Runs()
    /// Counts what was begun, whether or not it has come to an end.
    private var begun = 0
    /// It seems to lose: now it runs both ways by turns, so that both meet the same load.
    private var isInDoubt = false
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
        // In an order that no client's own turns fall in with.
        if isInDoubt { return begun.nonzeroBitCount % 2 == 0 ? .own : .shared }
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
        guard demotedUntil == nil, shared.count >= Limits.demotionRuns, own.count > 0 else {
            return false
        }
        guard isInDoubt else {
            if isLosing { doubts() }
            return false
        }
        guard own.count >= Limits.demotionRuns else { return false }
        isInDoubt = false
        guard isLosing else { return false }
        demotedUntil = second &+ Limits.demotionSeconds
        return true
    }

    private mutating func doubts() {
        isInDoubt = true
        own = Runs()
        shared = Runs()
    }

    private var isLosing: Bool {
        let loss = shared.meanNanoseconds - own.meanNanoseconds
        return loss > own.meanNanoseconds && loss > Int64(clamping: Limits.demotionNanoseconds)
    }
}

extension Int64 {
    fileprivate func multiplied(by factor: Int64) -> Int64 {
        let (product, overflows) = multipliedReportingOverflow(by: factor)
        return overflows ? .max : product
    }
}
