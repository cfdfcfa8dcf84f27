import Configuration
import Dispatch
import Logging
import StatementClassifier
import Synchronization
import Vocabulary

/// Keeps the facts of one database of one cluster up to date: reads its catalogs from the primary,
/// on a timer and when told that they may have changed. On a queue of its own, and over a
/// connection that is opened for each look.
package final class CatalogKeeper: Sendable {
    /// Whom to ask; nil: the cluster has no primary now.
    package typealias Source = @Sendable () -> LibpqTarget?

    private struct State {
        var standing = CatalogStanding()
        /// Counts what was said to have changed the catalog.
        var changes: UInt64 = 0
        var fingerprint: String?
        /// The next look: its number, and when it is, in nanoseconds of uptime.
        var plan: UInt64 = 0
        var plannedAt: UInt64?
        var endedAt: UInt64 = 0
        var isStopped = false
        /// In a row.
        var failures = 0
        var refreshSeconds: Int
    }

    private let queue: DispatchQueue
    private let state: Mutex<State>
    private let name: String
    private let rules: FunctionRules
    private let source: Source
    private let logger: Logger
    private let publish: @Sendable (CatalogStanding) -> Void

    /// Numbers of facts, for all databases.
    private static let generations = Atomic<UInt64>(0)

    /// Between two looks at the least: several changes in a row are looked at together.
    private static let pauseMilliseconds: UInt64 = 20
    private static let timeoutMilliseconds = 30_000

    /// - Parameters:
    ///   - name: for the log.
    ///   - publish: called in order, on any queue; should hand the standing on and return.
    package init(
        name: String, rules: FunctionRules, refreshSeconds: Int, logger: Logger,
        source: @escaping Source, publish: @escaping @Sendable (CatalogStanding) -> Void
    ) {
        queue = DispatchQueue(label: "switchyard.catalog.\(name)")
        self.name = name
        self.rules = rules
        self.logger = logger
        self.source = source
        self.publish = publish
        state = Mutex(State(refreshSeconds: refreshSeconds))
    }

    /// As it is now.
    package var standing: CatalogStanding { state.withLock { $0.standing } }

    /// Begins to load.
    package func start() { look() }

    /// Another period between looks, from the next on.
    package func update(refreshSeconds: Int) {
        state.withLock { $0.refreshSeconds = refreshSeconds }
    }

    /// Nothing is read any more.
    package func stop() { state.withLock { $0.isStopped = true } }

    /// Something was done that may have changed the catalog. Until it has been looked at, the facts
    /// are in doubt, which is published at once.
    package func doubt() {
        let standing = state.withLock { state in
            state.changes += 1
            state.standing.isDoubtful = true
            return state.standing
        }
        publish(standing)
        look()
    }

    /// Looks as soon as may be.
    package func look() {
        plan { state in state.endedAt + Self.pauseMilliseconds * 1_000_000 }
    }

    /// Plans a look, unless an earlier one is planned.
    private func plan(_ instant: (State) -> UInt64) {
        let planned = state.withLock { state -> (UInt64, DispatchTime)? in
            let at = max(instant(state), DispatchTime.now().uptimeNanoseconds)
            if state.isStopped { return nil }
            if let known = state.plannedAt, known <= at { return nil }
            state.plannedAt = at
            state.plan += 1
            return (state.plan, DispatchTime(uptimeNanoseconds: at))
        }
        guard let (number, at) = planned else { return }
        queue.asyncAfter(deadline: at) { [self] in load(number) }
    }

    // MARK: On the queue

    private func load(_ number: UInt64) {
        let begun = state.withLock { state -> (changes: UInt64, fingerprint: String?)? in
            guard state.plan == number, !state.isStopped else { return nil }
            state.plannedAt = nil
            return (state.changes, state.fingerprint)
        }
        guard let begun else { return }
        let result = read(unless: begun.fingerprint)
        let end = DispatchTime.now().uptimeNanoseconds
        let before = standing
        let after = state.withLock { state in
            take(result, changes: begun.changes, at: end, &state)
            return state.standing
        }
        tell(from: before, to: after)
        publish(after)
        plan { state in
            if state.failures == 0, state.standing.isDoubtful { return end }
            return end + Self.waitSeconds(state) * 1_000_000_000
        }
    }

    private static func waitSeconds(_ state: State) -> UInt64 {
        let period = UInt64(clamping: state.refreshSeconds)
        return state.failures == 0 ? period : min(period, 1 << UInt64(min(state.failures, 6)) / 2)
    }

    private func take(
        _ result: Result<(facts: CatalogFacts, fingerprint: String)?, LibpqError>,
        changes: UInt64, at now: UInt64, _ state: inout State
    ) {
        state.endedAt = now
        state.standing.lookedAt = MonotonicInstant(nanoseconds: now)
        switch result {
        case .success(let reading):
            if let reading {
                state.standing.facts = reading.facts
                state.fingerprint = reading.fingerprint
                state.standing.loadedAt = state.standing.lookedAt
            }
            state.failures = 0
            state.standing.failure = nil
            state.standing.isDoubtful = state.changes != changes
        case .failure(let error):
            state.failures += 1
            state.standing.failure = error.message
            if error.message.hasPrefix(CatalogProbe.tooLarge) { state.standing.facts = nil }
        }
    }

    /// Once for each failure of another kind.
    private func tell(from before: CatalogStanding, to after: CatalogStanding) {
        if let failure = after.failure {
            guard failure != before.failure else { return }
            logger.warning(
                "cannot read the catalog: calls of unknown functions go to the primary",
                metadata: ["database": "\(name)", "cause": "\(failure)"])
        } else if let facts = after.facts, facts !== before.facts {
            logger.info(
                "catalog read",
                metadata: [
                    "database": "\(name)", "objects": "\(facts.knownCount)",
                    "not for replicas": "\(facts.taintedCount)",
                ])
        }
    }

    private func read(
        unless fingerprint: String?
    ) -> Result<(facts: CatalogFacts, fingerprint: String)?, LibpqError> {
        guard let target = source() else {
            return .failure(LibpqError(.connection, "the cluster has no primary"))
        }
        do throws(LibpqError) {
            let reading = try CatalogProbe.read(
                target, unless: fingerprint, timeoutMilliseconds: Self.timeoutMilliseconds,
                largest: Limits.catalogRows)
            guard let reading else { return .success(nil) }
            let generation = Self.generations.wrappingAdd(1, ordering: .relaxed).newValue
            let facts = CatalogFacts(reading.contents, generation: generation, rules: rules)
            return .success((facts, reading.fingerprint))
        } catch {
            return .failure(error)
        }
    }
}
