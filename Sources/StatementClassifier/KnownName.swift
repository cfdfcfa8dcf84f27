/// What PostgreSQL's own functions and views mean for routing. The lists are made from pg_proc of
/// several versions by scripts/classifier/function_lists.py; a name on none of them is unknown.
///
/// A function of a user's with the same name and other argument types can take the place of
/// PostgreSQL's; from the text alone that cannot be told.
package enum KnownName: UInt8 {
    /// Immutable, stable, or volatile without touching anything: a replica answers alike.
    case harmless
    /// `current_setting`: harmless for some settings.
    case readsSetting
    /// `set_config`.
    case setConfig
    /// `pg_advisory_lock` and kin, held until the session ends.
    case advisorySessionLock
    case advisoryUnlockAll
    /// Advisory locks of the transaction, and unlocking.
    case advisoryOther
    /// `nextval`, `setval`.
    case advancesSequence
    /// `currval`, `lastval`, and what else speaks of a sequence's state.
    case readsSequence
    case largeObject
    /// NOTIFY and its queue.
    case notifies
    /// Transaction identifiers and snapshots.
    case transactionState
    /// Write-ahead log and recovery: by nature different on a primary and a standby.
    case recoveryState
    /// Temporary replication slots and backups: the connection that makes one holds it.
    case heldByConnection
    /// What belongs to one server connection.
    case sessionState
    /// Activity, files, sizes and settings of one server.
    case nodeState
    /// A view of the same.
    case nodeView
    /// Runs a query that is passed as a string.
    case runsText
    case eventTrigger
    /// Every other volatile function.
    case otherVolatile

    /// The names of those of PostgreSQL's own functions that are not for a replica.
    package static var telling: [String] {
        KnownNameLists.all.filter { $0.1.reason != nil }.flatMap { names, _ in
            names.split { $0 == " " || $0 == "\n" }.map(String.init)
        }
    }

    /// What a call leaves behind in the session, arguments aside.
    var effects: SessionEffects {
        switch self {
        case .setConfig: .setting
        case .advisorySessionLock: .advisoryLock
        case .advancesSequence: .sequence
        case .heldByConnection: .unexamined
        case .advisoryUnlockAll: .mayRelease
        case .sessionState, .harmless, .readsSetting, .advisoryOther, .readsSequence, .largeObject,
            .notifies, .transactionState, .recoveryState, .nodeState,
            .nodeView, .runsText, .eventTrigger, .otherVolatile:
            []
        }
    }

    /// Why a call goes to the primary; nil if it need not.
    var reason: VerdictReason? {
        switch self {
        case .harmless: nil
        case .readsSetting: .readsSetting
        case .setConfig: .setsConfiguration
        case .advisorySessionLock, .advisoryUnlockAll, .advisoryOther: .advisoryLock
        case .advancesSequence: .advancesSequence
        case .readsSequence: .readsSequence
        case .largeObject: .largeObject
        case .notifies: .notification
        case .transactionState: .transactionState
        case .recoveryState: .recoveryState
        case .heldByConnection, .sessionState: .sessionState
        case .nodeState: .nodeState
        case .nodeView: .nodeView
        case .runsText: .runsText
        case .eventTrigger, .otherVolatile: .volatileFunction
        }
    }
}
