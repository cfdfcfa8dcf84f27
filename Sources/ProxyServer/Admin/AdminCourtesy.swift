/// Statements that have nothing to do with the proxy, but that drivers send when they open, probe
/// or give back a connection.
package enum AdminCourtesy: Sendable, Hashable {
    /// SET, RESET, DISCARD, DEALLOCATE, CLOSE ALL, UNLISTEN: accepted without effect.
    case accepted(tag: String)
    case begin
    case commit
    case rollback
    /// `SELECT 1`
    case integer(Int64)
    /// `SELECT 'x'`
    case text(String)
    /// `SELECT version()` and other functions without arguments, by the name of the column.
    case function(AdminFunction)
    /// `SHOW server_version` and the other parameters reported at login.
    case parameter(String)

    /// The command tag of its CommandComplete.
    package func tag(rows: Int) -> String {
        switch self {
        case .accepted(let tag): tag
        case .begin: "BEGIN"
        case .commit: "COMMIT"
        case .rollback: "ROLLBACK"
        case .integer, .text, .function: "SELECT \(rows)"
        case .parameter: "SHOW"
        }
    }

    /// What its row looks like; nil: it returns none.
    package var columns: [AdminColumn]? {
        switch self {
        case .accepted, .begin, .commit, .rollback: nil
        case .integer: [AdminColumn("?column?", .int4)]
        case .text: [AdminColumn("?column?")]
        case .function(let function): [AdminColumn(function.rawValue, function.type)]
        case .parameter(let name): [AdminColumn(name)]
        }
    }
}

/// The functions that drivers and tools call without being asked to.
package enum AdminFunction: String, Sendable, Hashable, CaseIterable {
    case version
    case currentDatabase = "current_database"
    case currentSchema = "current_schema"
    case currentUser = "current_user"
    case sessionUser = "session_user"
    case backendProcess = "pg_backend_pid"
    case unlockAll = "pg_advisory_unlock_all"
    case isInRecovery = "pg_is_in_recovery"

    var type: AdminType {
        switch self {
        case .version, .currentDatabase, .currentSchema, .currentUser, .sessionUser: .text
        case .backendProcess: .int4
        case .unlockAll: .void
        case .isInRecovery: .bool
        }
    }
}
