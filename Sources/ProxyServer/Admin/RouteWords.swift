import Routing
import StatementClassifier

extension RouteReason {
    /// In words an operator reads.
    package var words: String {
        switch self {
        case .needsPrimary: "it must run on the primary"
        case .primaryAsked: "a hint or switchyard.route asks for the primary"
        case .replicaAsked: "a hint or switchyard.route asks for a replica; chosen by balancing"
        case .balanced: "chosen by the balancing algorithm"
        case .noReplicaConfigured: "the cluster has no replica"
        case .fallback: "no replica is usable, and fallbackToPrimary is set"
        case .unproven: "no usable replica is proven to hold what it must see"
        case .refusedByReplica: "a replica has refused it"
        }
    }
}

extension TransactionVerb {
    /// In words an operator reads; nil: the statement is no transaction control.
    package var words: String? {
        switch self {
        case .none: nil
        case .begin(let modes):
            modes.mayRunOnReplica
                ? "begins a transaction that may run on a replica"
                : "begins a transaction on the primary"
        case .setTransaction(let modes):
            modes.mayRunOnReplica
                ? "as the first statement, lets the transaction run on a replica"
                : "keeps the transaction on the primary"
        case .commit: "ends the transaction"
        case .rollback: "rolls the transaction back"
        case .other: "transaction control that is left to the server"
        }
    }
}

extension SessionEffects {
    private static let creating: [(Self, String)] = [
        (.setting, "changes a setting: pins the client to its connection"),
        (.role, "changes the role: pins the client to its connection"),
        (.temporaryObject, "uses temporary objects: pins the client to its connection"),
        (.listen, "listens: pins the client to its connection"),
        (.advisoryLock, "takes a session advisory lock: pins the client to its connection"),
        (.holdCursor, "opens a cursor WITH HOLD: pins the client to its connection"),
        (.sqlPrepared, "prepares a statement: pins the client to its connection"),
        (.load, "loads a library: pins the client to its connection"),
        (.sequence, "draws from a sequence: currval holds for the rest of the transaction"),
        (.unexamined, "could not be examined: pins the client to its connection"),
    ]

    private static let releasing: [(Self, String)] = [
        (.discardAll, "discards all session state"),
        (.deallocateAll, "drops all prepared statements"),
        (.unlistenAll, "stops listening"),
        (.resetAll, "resets all settings"),
        (.closeAll, "closes all cursors"),
        (.discardTemporary, "drops temporary tables"),
        (.unlockAll, "releases all advisory locks"),
        (.resetRole, "resets the role"),
    ]

    /// Each effect in words an operator reads.
    package var words: [String] {
        (Self.creating + Self.releasing).filter { contains($0.0) }.map(\.1)
    }
}
