import Vocabulary

/// What a replica has said of a read that it did not run to its end, and what that tells of others.
package struct StandbyRefusal: Sendable, Hashable {
    /// Where the read may succeed.
    package enum Scope: UInt8, Sendable, Hashable, CaseIterable {
        /// Every standby refuses it: on the primary alone.
        case everyStandby
        /// What it speaks of is not there, or not replayed yet: on another replica perhaps, on the
        /// primary if it exists at all.
        case missingObject
        /// A trouble of that one replica, or of that moment: anywhere else.
        case thisReplica
    }

    package let scope: Scope
    /// Five characters; `08006` where the connection was lost without a word.
    package let state: String

    private init(_ scope: Scope, _ state: String) {
        self.scope = scope
        self.state = state
    }

    /// The connection broke, and the server has not said why.
    package static let connectionLost = StandbyRefusal(.thisReplica, "08006")

    /// The transaction that the batch belongs to keeps one snapshot: no replica is to have it.
    package static let isolation = StandbyRefusal(.everyStandby, "")

    /// Nothing is wrong with the batch or the node: it shared a connection, and is to run alone.
    package static let neighbor = StandbyRefusal(.thisReplica, "")

    /// The session's settings could not be made on that replica: a role is not replayed yet.
    package static func setting(_ state: String) -> Self { Self(.thisReplica, state) }

    /// An error that a replica has answered a plain read with (PostgreSQL documentation, "Error
    /// Codes").
    ///
    /// nil: it is the client's to know, since the primary would say the same.
    package init?(error state: String) {
        switch state {
        // read_only_sql_transaction; feature_not_supported: unlogged tables, SERIALIZABLE;
        // object_not_in_prerequisite_state: "recovery is in progress"; internal_error: "cannot make
        // new WAL entries during recovery" and kin, which PostgreSQL does not expect to be seen.
        case "25006", "0A000", "55000", "XX000": self.init(.everyStandby, state)
        // Undefined column, function, table, parameter and object; invalid schema.
        case "42703", "42883", "42P01", "42P02", "42704", "3F000":
            self.init(.missingObject, state)
        // Conflict with recovery, and the same where it waits for a buffer (ProcessInterrupts in
        // src/backend/tcop/postgres.c, CheckRecoveryConflictDeadlock in
        // src/backend/storage/ipc/standby.c).
        case "40001", "40P01": self.init(.thisReplica, state)
        case _: return nil
        }
    }

    /// An error that has ended the connection.
    ///
    /// nil: it would be the same anywhere (57P04: the database was dropped; 08P01: the client's own
    /// messages), or it is not known to be the server's alone.
    package init?(fatal state: String) {
        switch state {
        // Shutdown, crash of another process, start-up, idle too long: an old connection.
        case "57P01", "57P02", "57P03", "57P05": self.init(.thisReplica, state)
        case "40001", "40P01": self.init(.thisReplica, state)
        case _: return nil
        }
    }
}

/// Which nodes are left for a read that a replica has not run to its end.
package struct Elsewhere: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Spelled out: the generic one is not specialised across modules, and every turn on a replica
    /// begins with an empty one.
    package init(arrayLiteral elements: Self...) {
        var bits: UInt8 = 0
        for element in elements { bits |= element.rawValue }
        rawValue = bits
    }

    /// A replica that has not failed this batch.
    package static let replica = Self(rawValue: 1)
    /// The primary, which the cluster lets reads go to.
    package static let primary = Self(rawValue: 2)

    /// Whether one of them may do better.
    package func canHeal(_ scope: StandbyRefusal.Scope) -> Bool {
        switch scope {
        case .everyStandby: contains(.primary)
        case .missingObject, .thisReplica: !isEmpty
        }
    }
}

extension ClusterView {
    /// Where a read may go instead of the nodes that the request excludes.
    package func elsewhere(for request: RouteRequest) -> Elsewhere {
        var found: Elsewhere = []
        for index in nodes.indices where canRead(index, for: request) { found.insert(.replica) }
        if fallbackToPrimary, let primaryIndex, !request.excluded.contains(NodeID(primaryIndex)) {
            found.insert(.primary)
        }
        return found
    }
}
