import Vocabulary

/// Where a statement may run, judged from its text alone.
package enum StatementRoute: UInt8, Sendable, Hashable {
    /// Proven a plain read: a replica gives the same answer as the primary would.
    case replica
    /// Writes, locks, depends on the server session, or is not known well enough.
    case primary
}

/// What a statement leaves behind in the server session, or takes away from it. Both kinds speak of
/// the statement's success: who tracks pins applies them when the statement completes.
package struct SessionEffects: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Spelled out: the generic one is not specialised across modules, and literals stand on the
    /// data path.
    package init(arrayLiteral elements: Self...) {
        var bits: UInt32 = 0
        for element in elements { bits |= element.rawValue }
        rawValue = bits
    }

    // Spelled out for the same reason.

    /// No effect at all.
    package var isEmpty: Bool { rawValue == 0 }

    /// All that is in `member` is in it.
    package func contains(_ member: Self) -> Bool { rawValue & member.rawValue == member.rawValue }

    /// Nothing that is in `other` is in it.
    package func isDisjoint(with other: Self) -> Bool { rawValue & other.rawValue == 0 }

    // Created. Each of these makes the client's next statement depend on this very connection.
    /// `SET x`, `SET SESSION x`, `set_config(x, y, false or not known)`; not `SET LOCAL`.
    package static let setting = Self(rawValue: 1 << 0)
    /// `SET ROLE`, `SET SESSION AUTHORIZATION`.
    package static let role = Self(rawValue: 1 << 1)
    /// `CREATE TEMP ...`, `SELECT INTO TEMP`, anything in `pg_temp`.
    package static let temporaryObject = Self(rawValue: 1 << 2)
    /// `LISTEN`.
    package static let listen = Self(rawValue: 1 << 3)
    /// `pg_advisory_lock` and kin of session scope; not the `_xact_` ones.
    package static let advisoryLock = Self(rawValue: 1 << 4)
    /// `DECLARE ... WITH HOLD`.
    package static let holdCursor = Self(rawValue: 1 << 5)
    /// SQL `PREPARE`.
    package static let sqlPrepared = Self(rawValue: 1 << 6)
    /// `LOAD`.
    package static let load = Self(rawValue: 1 << 7)
    /// `nextval`, `setval`: `currval` and `lastval` speak of this very connection afterwards.
    package static let sequence = Self(rawValue: 1 << 8)
    /// The text was too long or too broken to be judged: it may have done any of these.
    package static let unexamined = Self(rawValue: 1 << 9)

    // Asked of. These depend on what this very connection holds, and leave nothing behind.
    /// `currval` or `lastval` is mentioned.
    package static let readsSequence = Self(rawValue: 1 << 10)
    /// SQL `PREPARE`, `EXECUTE` (also under EXPLAIN or CREATE TABLE AS) or `DEALLOCATE` of a name:
    /// `PreparedNameStatement` tells which.
    package static let usesPreparedName = Self(rawValue: 1 << 11)
    /// `pg_listening_channels` is mentioned.
    package static let readsChannels = Self(rawValue: 1 << 13)

    // Changed for all sessions.
    /// Functions, views, tables, types or operators may be others than before.
    package static let changesCatalog = Self(rawValue: 1 << 12)

    // Taken away.
    /// `DISCARD ALL`.
    package static let discardAll = Self(rawValue: 1 << 16)
    /// `DEALLOCATE ALL`, `DISCARD PLANS` is not one of these. Told of several statements, too.
    package static let deallocateAll = Self(rawValue: 1 << 17)
    /// `UNLISTEN *`.
    package static let unlistenAll = Self(rawValue: 1 << 18)
    /// `RESET ALL`.
    package static let resetAll = Self(rawValue: 1 << 19)
    /// `CLOSE ALL`.
    package static let closeAll = Self(rawValue: 1 << 20)
    /// `DISCARD TEMP`.
    package static let discardTemporary = Self(rawValue: 1 << 21)
    /// `SELECT pg_advisory_unlock_all()`.
    package static let unlockAll = Self(rawValue: 1 << 22)
    /// `RESET ROLE`, `SET ROLE NONE`, `RESET SESSION AUTHORIZATION`.
    package static let resetRole = Self(rawValue: 1 << 23)
    /// Something of what was created may be gone after this, or after its transaction; only the
    /// server knows: `DROP`, `CLOSE`, `DEALLOCATE`, `UNLISTEN`, `DISCARD`, `pg_advisory_unlock` and
    /// kin, a temporary table with ON COMMIT DROP.
    package static let mayRelease = Self(rawValue: 1 << 24)
}

/// What BEGIN, START TRANSACTION or SET TRANSACTION says of the transaction.
package struct TransactionModes: Sendable, Hashable {
    package enum Access: UInt8, Sendable, Hashable { case unspecified, readOnly, readWrite }
    package enum Isolation: UInt8, Sendable, Hashable {
        case unspecified, readUncommitted, readCommitted, repeatableRead, serializable
    }

    package var access = Access.unspecified
    package var isolation = Isolation.unspecified
    package var isDeferrable = false

    package init() {}

    /// A transaction that a hot standby can run: READ ONLY and not SERIALIZABLE.
    package var mayRunOnReplica: Bool { access == .readOnly && isolation != .serializable }
}

/// The transaction control that a statement is, if it is one and stands alone in its string.
package enum TransactionVerb: Sendable, Hashable {
    case none
    /// BEGIN or START TRANSACTION, well formed to its last byte.
    case begin(TransactionModes)
    /// SET TRANSACTION (not SET SESSION CHARACTERISTICS), well formed to its last byte; one with
    /// SNAPSHOT is not reported here.
    case setTransaction(TransactionModes)
    /// COMMIT or END, without AND CHAIN.
    case commit
    /// ROLLBACK or ABORT, without AND CHAIN, not ROLLBACK TO.
    case rollback
    /// Anything else: savepoints, AND CHAIN, PREPARE TRANSACTION, COMMIT PREPARED ...
    case other
}

/// What was found out of a query string, in one pass over its bytes. A value without references:
/// it is copied out of the verdict cache for each statement.
package struct StatementVerdict: Sendable, Hashable {
    package var route: StatementRoute
    package var reason: VerdictReason
    // Texts that are examined are shorter than 4 GiB; caches and sessions hold many of these.
    private var offset: UInt32
    private var length: UInt32
    private var count: UInt32
    /// Of the catalog facts: the object that decided the route; -1: none did.
    package var decidingObject: Int32 = -1
    package var effects: SessionEffects
    package var transaction: TransactionVerb
    /// Hash of the text with literals replaced, equal for statements that differ in literals,
    /// white space, comments and letter case of unquoted words only. Seeded per process.
    package var fingerprint: UInt64
    /// What a comment ahead of it asks for; nil: none does. Not part of the fingerprint.
    package var hint: RouteChoice?
    /// Nothing speaks against a replica but caution, see `VerdictReason.yieldsToChoice`.
    package var isOnlyCaution = false
    /// Its answer surely does not depend on when its transaction began. False where nobody has
    /// looked (`watchesClock` of `Classifier.classify`). Not of the fingerprint alone.
    package var isTimeless = false
    /// It calls functions of users', which are what they say they are, if nobody has lied.
    package var callsDeclared = false

    /// The bytes of the text that decided the route (offset and length in bytes; both 0 if none
    /// did).
    package var decidingOffset: Int {
        get { Int(offset) }
        set { offset = UInt32(clamping: newValue) }
    }
    package var decidingLength: Int {
        get { Int(length) }
        set { length = UInt32(clamping: newValue) }
    }
    /// How many statements the string holds; 0 for an empty query.
    package var statementCount: Int {
        get { Int(count) }
        set { count = UInt32(clamping: newValue) }
    }

    /// The route that a later look at the same text has found; what it does is what it did.
    package mutating func takeRoute(of other: StatementVerdict) {
        route = other.route
        reason = other.reason
        decidingOffset = other.decidingOffset
        decidingLength = other.decidingLength
        decidingObject = other.decidingObject
    }

    package init(
        route: StatementRoute, reason: VerdictReason, decidingOffset: Int = 0,
        decidingLength: Int = 0, effects: SessionEffects = [],
        transaction: TransactionVerb = .none, statementCount: Int = 1, fingerprint: UInt64 = 0
    ) {
        self.route = route
        self.reason = reason
        offset = UInt32(clamping: decidingOffset)
        length = UInt32(clamping: decidingLength)
        count = UInt32(clamping: statementCount)
        self.effects = effects
        self.transaction = transaction
        self.fingerprint = fingerprint
    }
}
