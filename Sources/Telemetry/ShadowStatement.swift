import Vocabulary

/// What shadow mode has learned of the statements of one fingerprint.
package struct ShadowStatement: Sendable, Hashable {
    /// Of what is known so far, the worst.
    package enum Verdict: String, Sendable, Hashable, CaseIterable {
        /// On a replica it gives another answer, for good.
        case differs
        case wouldFail = "would fail"
        case wouldBeStale = "would be stale"
        /// Gives another answer each time, wherever it runs.
        case unsteady
        case safe
        /// It would go to a replica; no comparison has come to an end.
        case notCompared = "not compared"
        /// It goes to the primary.
        case primary
    }

    /// Without literals; nil: it cannot be told apart from them.
    package var text: String?
    /// The order of its rows counts.
    package var isOrdered = false
    package var calls: UInt64 = 0
    /// Of the calls, those that would have run on a replica.
    package var reads: UInt64 = 0
    /// Why the last of the others would not; nil: all would.
    package var cause: String?
    package var same: UInt64 = 0
    package var failed: UInt64 = 0
    package var stale: UInt64 = 0
    package var differing: UInt64 = 0
    package var unsteady: UInt64 = 0
    package var tooLarge: UInt64 = 0
    package var tooSlow: UInt64 = 0
    /// Of the comparisons that came to nothing, all others.
    package var lost: UInt64 = 0
    /// SQLSTATE of the last refusal.
    package var state: String?
    /// How long a replica that was behind took to catch up, at the most.
    package var staleMilliseconds: UInt64 = 0
    /// Once it was not waited for any longer.
    package var staleIsEndless = false
    package var primaryTimes = RecentTimes()
    package var replicaTimes = RecentTimes()
    /// Grows with each use of the table.
    var lastUse: UInt64 = 0

    package init(text: String? = nil, isOrdered: Bool = false) {
        self.text = text
        self.isOrdered = isOrdered
    }

    /// Comparisons that came to an end.
    package var compared: UInt64 { same + failed + stale + differing + unsteady }

    package var verdict: Verdict {
        if differing > 0 { return .differs }
        if failed > 0 { return .wouldFail }
        if stale > 0 { return .wouldBeStale }
        if unsteady > 0 { return .unsteady }
        if same > 0 { return .safe }
        return reads > 0 ? .notCompared : .primary
    }

    /// A comparison is over.
    package mutating func count(_ outcome: ShadowOutcome) {
        switch outcome {
        case .same: same += 1
        case .failed(let state):
            failed += 1
            self.state = state
        case .stale(let milliseconds):
            stale += 1
            staleMilliseconds = max(staleMilliseconds, milliseconds ?? 0)
            staleIsEndless = staleIsEndless || milliseconds == nil
        case .differs: differing += 1
        case .unsteady: unsteady += 1
        case .tooLarge: tooLarge += 1
        case .tooSlow: tooSlow += 1
        case .moved, .unavailable, .dropped: lost += 1
        }
    }

    /// Adds what another worker has learned of the same fingerprint.
    package mutating func add(_ other: Self) {
        text = text ?? other.text
        cause = cause ?? other.cause
        state = state ?? other.state
        calls += other.calls
        reads += other.reads
        same += other.same
        failed += other.failed
        stale += other.stale
        differing += other.differing
        unsteady += other.unsteady
        tooLarge += other.tooLarge
        tooSlow += other.tooSlow
        lost += other.lost
        staleMilliseconds = max(staleMilliseconds, other.staleMilliseconds)
        staleIsEndless = staleIsEndless || other.staleIsEndless
        primaryTimes.add(other.primaryTimes)
        replicaTimes.add(other.replicaTimes)
    }
}

/// The latest few of a series of times, for a median that forgets.
package struct RecentTimes: Sendable, Hashable {
    private static let capacity = 15
    /// In microseconds.
    private var times: [UInt32] = []
    private var next = 0

    package init() {}

    /// One time more; the oldest goes.
    package mutating func add(nanoseconds: UInt64) {
        let time = UInt32(clamping: nanoseconds / 1_000)
        if times.count < Self.capacity { return times.append(time) }
        times[next] = time
        next = (next + 1) % Self.capacity
    }

    /// Takes in those of another worker.
    mutating func add(_ other: Self) { times += other.times }

    /// In microseconds; nil: there is none.
    package var median: UInt64? {
        times.isEmpty ? nil : UInt64(times.sorted()[times.count / 2])
    }
}
