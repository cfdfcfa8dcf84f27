import StatementClassifier
import Vocabulary

/// What a batch is to a transaction block that reads on a replica and may yet move to the primary.
///
/// Invariant: `begins` is set only if the batch begins the block, with its first statement.
struct BlockReads: Sendable {
    private enum Stage: UInt8, Sendable {
        case nothing
        /// BEGIN, so far.
        case begun
        /// Plain reads, so far.
        case reading
        /// COMMIT or ROLLBACK was the last.
        case ending
        /// Something in it is for the primary.
        case elsewhere
    }

    private var stage = Stage.nothing
    /// The modes of the BEGIN that is its first statement.
    private(set) var begins: TransactionModes?
    private(set) var hasRead = false

    /// All of it can run in the block on the replica.
    var areAll: Bool { stage != .elsewhere }

    /// Nothing but a BEGIN so far.
    var hasOnlyBegun: Bool { stage == .begun }

    /// The block ends with it.
    var endBlock: Bool { stage == .ending }

    /// A statement that the batch parses, binds or runs: each of them says so again.
    mutating func judge(_ verdict: StatementVerdict, _ choice: RouteChoice) {
        switch (verdict.transaction, stage) {
        case (_, .elsewhere): return
        case (.none, .nothing), (.none, .begun), (.none, .reading):
            guard Self.isPlain(verdict, choice) else { return refuse() }
            stage = .reading
            hasRead = true
        case (.begin(let modes), .nothing):
            begins = modes
            stage = .begun
        case (.begin(let modes), .begun) where begins == modes: break
        case (.setTransaction(let modes), .nothing), (.setTransaction(let modes), .reading):
            if !Self.changesNothing(modes) { refuse() }
        case (.commit, _), (.rollback, _): stage = .ending
        case (.none, .ending), (.begin, _), (.setTransaction, _), (.other, _): refuse()
        }
    }

    /// Something in it must not run on the replica, or could not be left behind there.
    mutating func refuse() { stage = .elsewhere }

    /// A read that leaves nothing in the transaction and whose answer does not depend on when the
    /// transaction began.
    static func isPlain(_ verdict: StatementVerdict, _ choice: RouteChoice) -> Bool {
        verdict.transaction == .none && verdict.isRead(for: choice) && verdict.isTimeless
            && verdict.effects.isEmpty
    }

    /// SET TRANSACTION that says what is so.
    static func changesNothing(_ modes: TransactionModes) -> Bool {
        modes.access == .unspecified && !modes.isDeferrable && modes.isReadCommitted
    }
}

extension TransactionModes {
    /// PostgreSQL treats READ UNCOMMITTED alike.
    var isReadCommitted: Bool { isolation == .readCommitted || isolation == .readUncommitted }
}
