import PostgresWire
import Routing
import StatementClassifier
import Vocabulary

// A transaction block that may write reads on a replica until its first statement that is not a
// plain read. Between its batches the block's server is parked: the session gathers the next batch
// as if it had none, and the shell keeps the connection for it. A batch that stays is granted the
// parked connection; for any other the block is begun anew on the primary, as it was begun.
//
// In READ COMMITTED nobody can tell: every statement has a snapshot of its own, and what a plain
// read leaves in a transaction is a lock on its tables that conflicts with their change alone.
extension Session {
    /// The block that waits with its batch, or is begun by it, may begin on a replica.
    var mayRoam: Bool {
        guard let modes = deferred.state == .begun ? deferred.modes : batch.reads.begins,
            !deferred.staysOnPrimary, batch.reads.areAll, batch.reads.hasRead,
            modes.access == .unspecified, !modes.isDeferrable
        else { return false }
        let choice = waitingChoice
        guard choice == .replica || choice == .auto && roaming.isWanted else { return false }
        switch isolation(modes) {
        case .readCommitted: return true
        case .other: return false
        case .unknown:
            // The replica is asked in the same breath: what it answers must still count.
            return batch.reads.endBlock || roaming.isolation == .readCommitted
                || batch.isProvenRead && batch.isWhole && batch.frameBytes <= Limits.rerunBytes
        }
    }

    /// How a block of these modes is isolated; `.unknown`: a server has to tell.
    private func isolation(_ modes: TransactionModes) -> RoamingPolicy.Isolation {
        if modes.isolation != .unspecified {
            return modes.isReadCommitted ? .readCommitted : .other
        }
        if let isOwn = settings.carried.isReadCommitted { return isOwn ? .readCommitted : .other }
        return roaming.isolation == .other ? .other : .unknown
    }

    /// The block with the batch that was granted a replica begins there and may move on.
    mutating func beginRoaming() {
        guard attachment?.role == .replica, !deferred.modes.mayRunOnReplica else { return }
        if deferred.state == .none {
            guard let modes = batch.reads.begins, !modes.mayRunOnReplica, mayRoam
            else { return }
            deferred.adopt(modes)
        }
        guard deferred.state == .begun else { return }
        let isSure = isolation(deferred.modes) == .readCommitted
        if !isSure {
            injection.query(Self.isolationQuestion)
            ledger.sent(Owed(.query, .swallow, effects: PinSet.isolation))
            statements.unnamedIsAbsent()
        }
        deferred.roam(isSure: isSure)
    }

    /// No row if transactions are READ COMMITTED unless they say otherwise; else one. Asked outside
    /// the transaction.
    static let isolationQuestion = """
        SELECT WHERE NOT pg_catalog.starts_with(\
        pg_catalog.current_setting('default_transaction_isolation'), 'read ')
        """

    /// The replica has told how it isolates transactions, or (`.unknown`) could not.
    mutating func isolationTold(_ isolation: RoamingPolicy.Isolation) -> BackendVerdict {
        guard isolation == .readCommitted else {
            if isolation == .other { roaming.isolation = .other }
            deferred.isolationDiffers()
            hold.withdrawBlock()
            return .swallow
        }
        roaming.isolation = .readCommitted
        deferred.isolationIsSure()
        return .swallow
    }

    /// The attached replica is where the block reads, as far as is known now.
    var isRoaming: Bool {
        deferred.state == .roaming && transaction == .inTransaction && !isBlockEnding
    }

    /// A statement may run where the block reads.
    func staysInBlock(_ verdict: StatementVerdict) -> Bool {
        switch verdict.transaction {
        case .none: BlockReads.isPlain(verdict, choice(verdict))
        case .commit, .rollback: true
        case .setTransaction(let modes): BlockReads.changesNothing(modes)
        case .begin, .other: false
        }
    }

    /// A batch of the block is over, and its server is to be parked.
    var isToBeParked: Bool { isRoaming && ledger.isAtRest && !hasOpenSegment }

    /// Whether statements are looked at for what begins with their transaction.
    var watchesClock: Bool {
        roaming.isWanted || settings.own.route == .replica || deferred.state != .none
    }

    /// A statement was bound in the batch.
    mutating func noteBind(_ body: RawSpan, portal: Range<Int>) {
        guard batch.reads.areAll, deferred.state != .none || batch.reads.begins != nil
        else { return }
        if keepsBound(body, portal: portal) { batch.reads.refuse() }
    }

    /// What is bound would not survive the block's move, or may stand for its beginning.
    func keepsBound(_ body: RawSpan, portal: Range<Int>) -> Bool {
        !portal.isEmpty || ClockWords.areInput(in: body)
    }

    // MARK: The shell

    /// The batch that waits belongs to a block that reads on a replica by preference alone: where
    /// none can be had, the primary runs it.
    package var waitsToRoam: Bool {
        deferred.state == .roaming || !deferred.modes.mayRunOnReplica && mayRoam
    }

    /// The batch that waits ends its block, which it can do wherever that is.
    package var waitsToEndBlock: Bool { deferred.state == .roaming && batch.reads.endBlock }

    /// The block's snapshots are of a kind that nobody knew when it began: it cannot go on.
    package var isStuck: Bool { deferred.isStuck }

    /// The parked connection is given up, or is gone: the block is to be begun anew.
    package mutating func leavesParked() { deferred.comeBack() }

    /// The block does not read on a replica any more.
    package mutating func staysHome() { deferred.stayOnPrimary() }
}
