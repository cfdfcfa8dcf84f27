import StatementClassifier
import Vocabulary

/// What a client has sent of a batch that no server has been chosen for: the unit of routing.
///
/// The shell keeps the frames themselves; the batch keeps what they will be owed, and what they need.
package struct RequestBatch: Sendable {
    /// In the order of the frames.
    private(set) var owed: [Owed] = []
    /// Every statement so far may run on a replica.
    private(set) var isRead = true
    private(set) var effects: SessionEffects = []
    private(set) var hasExecute = false
    private(set) var hasFrames = false
    private(set) var frameBytes = 0
    /// Statements that are referred to before any Parse of the batch made them.
    private(set) var foreignNames: [[UInt8]] = []
    /// Statements that the batch itself parses.
    private(set) var ownNames: [[UInt8]] = []
    /// The transaction control in it, if there is one.
    private(set) var transaction = TransactionVerb.none

    package init() {}

    mutating func add(_ entry: Owed?, frameBytes bytes: Int) {
        if let entry { owed.append(entry) }
        if entry?.kind == .execute { hasExecute = true }
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
        if !ownNames.contains(name) { ownNames.append(name) }
    }

    mutating func refers(to name: [UInt8]) {
        if !ownNames.contains(name) && !foreignNames.contains(name) { foreignNames.append(name) }
    }

    /// Begins anew; keeps small storage.
    mutating func clear() {
        if owed.capacity > 32 { owed = [] } else { owed.removeAll(keepingCapacity: true) }
        isRead = true
        effects = []
        hasExecute = false
        hasFrames = false
        frameBytes = 0
        if !foreignNames.isEmpty { foreignNames.removeAll() }
        if !ownNames.isEmpty { ownNames.removeAll() }
        transaction = .none
    }
}
