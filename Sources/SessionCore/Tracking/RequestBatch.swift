import StatementClassifier
import Vocabulary

/// What a client has sent of a batch that no server has been chosen for: the unit of routing.
///
/// The shell keeps the frames themselves; the batch keeps what they will be owed, and what they
/// need.
package struct RequestBatch: Sendable {
    /// In the order of the frames.
    private(set) var owed: [Owed] = []
    /// Every statement so far may run on a replica.
    private(set) var isRead = true
    private(set) var effects: SessionEffects = []
    /// A portal was bound in it.
    private(set) var hasPortal = false
    private(set) var hasFrames = false
    private(set) var frameBytes = 0
    /// What makes the statements exist that the batch refers to before any Parse of its own.
    private(set) var preparations: [PreparedStatements.Preparation] = []
    /// Statements that the batch itself parses, or that are prepared for it.
    private var knownNames: [[UInt8]] = []
    /// The transaction control in it, if there is one.
    private(set) var transaction = TransactionVerb.none

    package init() {}

    mutating func add(_ entry: Owed?, frameBytes bytes: Int) {
        if let entry { owed.append(entry) }
        hasFrames = true
        frameBytes += bytes
    }

    /// A statement that the batch parses, or runs by a name it had before.
    mutating func judge(_ verdict: StatementVerdict) {
        effects.formUnion(verdict.effects)
        switch verdict.transaction {
        case .none: isRead = isRead && verdict.route == .replica
        case .begin(let modes):
            isRead = isRead && modes.mayRunOnReplica
            transaction = verdict.transaction
        case .setTransaction, .commit, .rollback, .other:
            isRead = false
            transaction = verdict.transaction
        }
    }

    mutating func requirePrimary() { isRead = false }

    mutating func parses(_ name: [UInt8]) {
        if !knownNames.contains(name) { knownNames.append(name) }
    }

    /// Returns whether this is the first that the batch says of this statement.
    mutating func refers(to name: [UInt8]) -> Bool {
        guard !knownNames.contains(name) else { return false }
        knownNames.append(name)
        return true
    }

    mutating func needs(_ preparation: PreparedStatements.Preparation) {
        preparations.append(preparation)
    }

    mutating func opensPortal() { hasPortal = true }

    /// Begins anew; keeps small storage.
    mutating func clear() {
        if owed.capacity > 32 { owed = [] } else { owed.removeAll(keepingCapacity: true) }
        isRead = true
        effects = []
        hasPortal = false
        hasFrames = false
        frameBytes = 0
        if !preparations.isEmpty { preparations.removeAll() }
        if !knownNames.isEmpty { knownNames.removeAll() }
        transaction = .none
    }
}
