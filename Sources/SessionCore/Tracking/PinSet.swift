import StatementClassifier
import Vocabulary

/// Why a session must keep its server connection.
///
/// Invariant: `since` is set exactly while `reasons` is not empty.
package struct PinSet: Sendable {
    private(set) var reasons: SessionEffects = []
    package private(set) var since: MonotonicInstant?
    /// Something of what pins may be gone: the server knows.
    private(set) var isDoubtful = false

    /// A setting that the server reports differs from what it was at login.
    static let reportedSetting = SessionEffects(rawValue: 1 << 29)

    /// A mark on effects: among the statements was transaction control, or several came in one
    /// string, so that an error need not have undone all of them, nor success have kept them.
    static let compound = SessionEffects(rawValue: 1 << 30)
    /// A mark on effects: the segment changes settings that the session takes along.
    static let carried = SessionEffects(rawValue: 1 << 28)
    /// A mark on effects of the proxy's own Query: it makes the server's settings the session's.
    static let alignment = SessionEffects(rawValue: 1 << 27)
    /// A mark on effects: the segment failed where nobody saw it, and is run again.
    static let withdrawn = SessionEffects(rawValue: 1 << 15)
    /// A mark on effects of the proxy's own Query: it asks what is left of what pins.
    static let probe = SessionEffects(rawValue: 1 << 25)
    /// A mark on effects of the proxy's own Query: it asks how transactions are isolated.
    static let isolation = SessionEffects(rawValue: 1 << 14)
    /// What the server can be asked for.
    static let probed: SessionEffects = [
        .temporaryObject, .listen, .advisoryLock, .holdCursor, .sqlPrepared,
    ]
    /// What an error does not undo: none of these is transactional.
    private static let survivingErrors: SessionEffects = [
        .advisoryLock, .sqlPrepared, .load, .unexamined,
    ]

    /// The effects that pin. `nextval` does not: it would pin nearly every writer, and a
    /// transaction keeps `currval` right.
    static let pinning: SessionEffects = [
        .setting, .role, .temporaryObject, .listen, .advisoryLock, .holdCursor, .sqlPrepared,
        .load, .unexamined, reportedSetting,
    ]

    package init() {}

    package var isEmpty: Bool { reasons.isEmpty }

    /// A statement with these effects has been completed.
    /// - Parameters:
    ///   - failed: it ended with an error: nothing is left of it but what is not transactional.
    ///   - isSettled: no transaction is open any more: what it took away cannot come back.
    mutating func apply(
        _ effects: SessionEffects, failed: Bool, isSettled: Bool, at now: MonotonicInstant
    ) {
        var created = effects.intersection(Self.pinning)
        let isCompound = effects.contains(Self.compound)
        if failed && !isCompound { created.formIntersection(Self.survivingErrors) }
        if !failed && isSettled && !isCompound && created.isEmpty { release(effects) }
        reasons.formUnion(created)
        // In a block it may be rolled back, or end with it; pg_try_advisory_lock may have got none.
        let isUncertain = !isSettled || failed || isCompound || created.contains(.advisoryLock)
        if effects.contains(.mayRelease) || isUncertain && !created.isEmpty { isDoubtful = true }
        note(now)
    }

    /// The server must be asked before it is known whether the session is pinned still.
    var wantsProbe: Bool {
        isDoubtful && !reasons.isEmpty && reasons.isSubset(of: Self.probed)
    }

    /// The server is being asked.
    mutating func probing() { isDoubtful = false }

    /// What the server has found of what it was asked for, as a sum of `weights`.
    mutating func found(_ sum: Int, at now: MonotonicInstant) {
        for (reason, weight) in Self.weights {
            if sum & weight == 0 { reasons.subtract(reason) } else { reasons.formUnion(reason) }
        }
        note(now)
    }

    private static let weights: [(SessionEffects, Int)] = [
        (.temporaryObject, 1), (.advisoryLock, 2), (.holdCursor, 4), (.sqlPrepared, 8),
        (.listen, 16),
    ]

    /// Answers as many rows as what is left weighs. Whatever is in the temporary schema depends on
    /// it, which an index tells; the catalogs of tables, functions and types would be read whole.
    static let question = """
        SELECT FROM pg_catalog.generate_series(1, \
        (EXISTS (SELECT FROM pg_catalog.pg_depend \
        WHERE refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass \
        AND refobjid = pg_catalog.pg_my_temp_schema()))::int4 \
        + 2 * (EXISTS (SELECT FROM pg_catalog.pg_locks \
        WHERE locktype = 'advisory' AND pid = pg_catalog.pg_backend_pid()))::int4 \
        + 4 * (EXISTS (SELECT FROM pg_catalog.pg_cursors WHERE is_holdable))::int4 \
        + 8 * (EXISTS (SELECT FROM pg_catalog.pg_prepared_statements \
        WHERE NOT pg_catalog.starts_with(name, '\(SharedStatement.prefix)_')))::int4 \
        + 16 * (EXISTS (SELECT FROM pg_catalog.pg_listening_channels()))::int4)
        """

    /// Sets or clears one reason.
    mutating func set(_ reason: SessionEffects, _ holds: Bool, at now: MonotonicInstant) {
        if holds { reasons.formUnion(reason) } else { reasons.subtract(reason) }
        note(now)
    }

    /// The session has no server connection any more.
    mutating func clear() {
        reasons = []
        since = nil
        isDoubtful = false
    }

    private mutating func release(_ effects: SessionEffects) {
        if effects.contains(.discardAll) { reasons = [] }
        if effects.contains(.deallocateAll) { reasons.subtract(.sqlPrepared) }
        if effects.contains(.unlistenAll) { reasons.subtract(.listen) }
        if effects.contains(.resetAll) { reasons.subtract(.setting) }
        if effects.contains(.closeAll) { reasons.subtract(.holdCursor) }
        if effects.contains(.discardTemporary) { reasons.subtract(.temporaryObject) }
        if effects.contains(.unlockAll) { reasons.subtract(.advisoryLock) }
        if effects.contains(.resetRole) { reasons.subtract(.role) }
    }

    private mutating func note(_ now: MonotonicInstant) {
        since = reasons.isEmpty ? nil : since ?? now
        if reasons.isEmpty { isDoubtful = false }
    }

    /// The reasons in words, comma-separated, as `SHOW CLIENTS` prints them.
    package var description: String {
        let names: [(SessionEffects, String)] = [
            (.setting, "setting"), (.role, "role"), (.temporaryObject, "temporary object"),
            (.listen, "listen"), (.advisoryLock, "advisory lock"),
            (.holdCursor, "cursor with hold"), (.sqlPrepared, "sql prepare"), (.load, "load"),
            (.unexamined, "unexamined text"), (Self.reportedSetting, "reported setting"),
        ]
        return names.filter { reasons.contains($0.0) }.map(\.1).joined(separator: ", ")
    }
}
