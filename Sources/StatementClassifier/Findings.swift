/// What the rules find out about one statement, before it is put into a verdict. Invariant: once
/// `reason` is not `.plainRead` it never changes; the first reason found is the one reported.
struct Findings {
    private(set) var reason = VerdictReason.plainRead
    /// Every reason found, the first or not, yields to who asks for a replica.
    private(set) var yields = true
    /// Indexes of the first and last deciding token; -1 if none decided. Narrow, as thousands of
    /// findings are cached.
    private var first: Int32 = -1
    private var last: Int32 = -1
    /// Of the catalog facts: the object that decided; -1: none.
    private(set) var object: Int32 = -1
    var effects: SessionEffects = []
    var transaction = TransactionVerb.none
    /// It asks for the beginning of the transaction.
    var readsClock = false
    /// It calls what users have made, and what it does is what they have declared.
    var callsDeclared = false
    /// Whether the value of a literal counted: then the verdict does not hold for the fingerprint.
    var dependsOnLiterals = false

    /// The statement must run on the primary, because of the tokens `first` to `last`.
    /// - Parameter object: of the catalog facts; -1: none decided.
    mutating func require(
        _ reason: VerdictReason, _ first: Int, _ last: Int? = nil, object: Int32 = -1
    ) {
        yields = yields && reason.yieldsToChoice
        guard self.reason == .plainRead else { return }
        self.reason = reason
        self.object = object
        self.first = Int32(truncatingIfNeeded: first)
        self.last = Int32(truncatingIfNeeded: last ?? first)
    }

    /// The statement must run where a part of it must.
    mutating func take(_ part: Findings) {
        require(part.reason, part.firstToken, part.lastToken, object: part.object)
    }

    /// Index of the first deciding token; -1 if none decided.
    var firstToken: Int { Int(first) }

    /// Index of the last deciding token; -1 if none decided.
    var lastToken: Int { Int(last) }

    /// Whether nothing was found yet that a replica must not run.
    var isRead: Bool { reason == .plainRead }

    /// Takes over what counts of a statement inside this one. `running` is false if the inner one
    /// is only planned: it leaves nothing behind then.
    mutating func include(_ inner: Findings, running: Bool) {
        effects.formUnion(
            running ? inner.effects : inner.effects.intersection(.usesPreparedName))
        dependsOnLiterals = dependsOnLiterals || inner.dependsOnLiterals
        readsClock = readsClock || inner.readsClock
        callsDeclared = callsDeclared || inner.callsDeclared
        yields = yields && inner.yields
    }
}

/// Several statements in one string.
extension Findings {
    /// What a session loses by a statement; only a statement alone in its string may say so, as
    /// another one may bring it back.
    private static let losses: SessionEffects = [
        .discardAll, .deallocateAll, .unlistenAll, .resetAll, .closeAll, .discardTemporary,
        .unlockAll, .resetRole,
    ]

    /// Adds what was found out about a further statement of the string.
    mutating func add(_ next: Findings) {
        effects.formUnion(next.effects)
        dependsOnLiterals = dependsOnLiterals || next.dependsOnLiterals
        readsClock = readsClock || next.readsClock
        callsDeclared = callsDeclared || next.callsDeclared
        if next.transaction != .none { transaction = .other }
        yields = yields && next.yields
        if !next.isRead { take(next) }
    }

    /// The string is read to its end and held more than one statement.
    mutating func finishSeveral() {
        if transaction != .none {
            // What was taken away may have been brought back.
            transaction = .other
            loseNothing()
        }
        let harmless = Self.losses.union([.mayRelease, .changesCatalog])
        if !effects.isSubset(of: harmless) { loseNothing() }
    }

    /// What is lost is not known. Prepared statements are, as no rollback brings these back; and a
    /// setting that may have been taken back is one that may have been changed.
    private mutating func loseNothing() {
        if effects.contains(.resetAll) { effects.insert(.setting) }
        if effects.contains(.resetRole) { effects.insert(.role) }
        effects.subtract(Self.losses.subtracting(.deallocateAll))
    }
}
