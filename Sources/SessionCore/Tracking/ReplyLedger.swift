import DequeModule
import PostgresWire
import StatementClassifier

/// What a server still owes for one message that was sent to it, and who gets the answer.
package struct Owed: Sendable, Hashable {
    /// Which message was sent.
    package enum Kind: UInt8, Sendable, Hashable {
        case parse, bind, close, describeStatement, describePortal, execute
        /// A Close of no statement, sent in place of a Parse that the server need not see again:
        /// its answer is the client's ParseComplete.
        case parseKnown
        /// The three that end with ReadyForQuery.
        case sync, query, functionCall
        /// One that the server refuses because of its shape: its only answer is an error. In COPY
        /// it is not looked at.
        case malformed
        /// CopyDone or CopyFail, sent before the server had asked for data: it is never answered,
        /// and ends the COPY that it is the end of, if there is to be one.
        case copyEnd
    }

    package enum Disposition: UInt8, Sendable, Hashable {
        /// The answer is the client's.
        case forward
        /// The proxy asked for itself: the answer ends here.
        case swallow
    }

    package var kind: Kind
    package var disposition: Disposition
    /// Of a parse, close, bind or describe: its number in `PreparedStatements`. Of the kinds that
    /// end with ReadyForQuery: that of a DEALLOCATE ALL among its statements, or 0.
    package var statement: UInt32
    /// Of a parse or close: the shared statement that it makes or removes on the server.
    package var shared = SharedStatement.none
    /// Of the kinds that end with ReadyForQuery: what success leaves in the server session.
    package var effects: SessionEffects
    /// Of the same: all statements of the segment were reads.
    package var isRead: Bool
    /// Of the same: a statement of the segment may change data.
    package var mayWrite = false

    package init(
        _ kind: Kind, _ disposition: Disposition = .forward, statement: UInt32 = 0,
        shared: SharedStatement = .none, effects: SessionEffects = [], isRead: Bool = false
    ) {
        self.kind = kind
        self.disposition = disposition
        self.statement = statement
        self.shared = shared
        self.effects = effects
        self.isRead = isRead
    }

    var endsWithReadyForQuery: Bool {
        switch kind {
        case .sync, .query, .functionCall: true
        case .parse, .parseKnown, .bind, .close, .describeStatement, .describePortal, .execute,
            .malformed, .copyEnd:
            false
        }
    }
}

/// The law of a connection to a server: the queue of what it owes, in the order it will pay.
///
/// Invariant: the head is what the next message pays towards, never a `.copyEnd`. Notices,
/// notifications and parameter statuses are never owed (PostgreSQL documentation, "Asynchronous
/// Operations").
package struct ReplyLedger: Sendable {
    private var entries: Deque<Owed> = []
    /// Entries that end with ReadyForQuery.
    package private(set) var owedReadyForQuery = 0
    /// Syncs that a server in COPY-in ignores, if the COPY does not fail before it reads them.
    private var doubtfulSyncs = 0
    /// An error came before its Sync was sent: the server discards all until the next Sync.
    package private(set) var isSkipping = false
    /// The current segment (up to the next ReadyForQuery) had an error.
    package private(set) var sawError = false
    /// The COPY failed: nobody knows whether it had read these Syncs, and so which will be
    /// answered, until the answer to something later comes.
    package private(set) var isInDoubt = false
    /// Something of the head's answer has come.
    private var isHeadAnswered = false

    package init() {}

    /// Whatever is owed is for the proxy's own questions, which open no transaction.
    var owesProxyOnly: Bool {
        entries.allSatisfy { !$0.effects.isDisjoint(with: [PinSet.alignment, PinSet.probe]) }
    }

    package var isEmpty: Bool { entries.isEmpty }
    package var head: Owed? { entries.first }
    package var count: Int { entries.count }

    /// A message was sent. While the server skips to Sync only a Sync is owed anything: returns
    /// whether this message will be answered.
    @discardableResult
    package mutating func sent(_ owed: Owed) -> Bool {
        if isSkipping {
            guard owed.kind == .sync else { return false }
            isSkipping = false
        }
        if owed.endsWithReadyForQuery { owedReadyForQuery += 1 }
        if owed.kind != .copyEnd || !entries.isEmpty { entries.append(owed) }
        return true
    }

    /// The last that is owed is for a Sync of the proxy's own.
    package var owesSyncOfProxy: Bool {
        entries.last.map { $0.kind == .sync && $0.disposition == .swallow } ?? false
    }

    /// All that is owed, in order.
    package func forEach(_ body: (Owed) -> Void) { entries.forEach(body) }

    /// How many answers the client waits for.
    var owedToClient: Int { entries.count { $0.disposition == .forward } }

    /// The server is at work on a segment of the client's. What the proxy has put before the
    /// client's messages may be answered long since: a server keeps its answers to itself until it
    /// has many or the segment ends.
    var runsForClient: Bool {
        for owed in entries {
            if owed.disposition == .forward { return true }
            if owed.endsWithReadyForQuery { return false }
        }
        return false
    }

    /// The Sync at the head is for nobody: its segment is going to be run again.
    mutating func withdrawSync() {
        guard let first = entries.first, first.kind == .sync else { return }
        entries[0].disposition = .swallow
        entries[0].effects = PinSet.withdrawn
        entries[0].statement = 0
        sawError = false
    }

    /// Nothing is owed, and the server waits for no Sync.
    package var isAtRest: Bool { entries.isEmpty && !isSkipping }

    /// What a paid message means to its receiver.
    package enum Payment: Sendable, Hashable {
        case forward, swallow
        /// ReadyForQuery: the segment is over.
        case ended(Owed, failed: Bool)
        /// ReadyForQuery for a Sync that might have been ignored.
        case doubtful
        /// Nothing of this kind was owed.
        case unexpected
    }

    /// A message that pays the head off whole: ParseComplete, BindComplete, CloseComplete, or the
    /// answer to a Describe.
    package mutating func paid(_ kinds: Owed.Kind...) -> Payment {
        guard let first = entries.first, kinds.contains(first.kind) else { return .unexpected }
        isInDoubt = false
        removeHead()
        return first.disposition == .forward ? .forward : .swallow
    }

    /// CommandComplete, EmptyQueryResponse or PortalSuspended: pays an Execute, is part of a Query.
    package mutating func completed() -> Payment {
        guard let first = entries.first else { return .unexpected }
        switch first.kind {
        case .execute: removeHead()
        case .query: break
        case .parse, .parseKnown, .bind, .close, .describeStatement, .describePortal, .sync,
            .functionCall, .malformed, .copyEnd:
            return .unexpected
        }
        // A COPY that has succeeded has ignored them.
        doubtfulSyncs = 0
        isInDoubt = false
        if first.kind == .query { isHeadAnswered = true }
        return first.disposition == .forward ? .forward : .swallow
    }

    /// RowDescription: part of a Query, or the answer to a Describe.
    package mutating func described() -> Payment {
        guard let first = entries.first else { return .unexpected }
        switch first.kind {
        case .query: return first.disposition == .forward ? .forward : .swallow
        case .describeStatement, .describePortal: return paid(first.kind)
        case .parse, .parseKnown, .bind, .close, .execute, .sync, .functionCall, .malformed,
            .copyEnd:
            return .unexpected
        }
    }

    /// A message that is part of the head's answer without ending it.
    package func part() -> Payment {
        guard let first = entries.first else { return .unexpected }
        return first.disposition == .forward ? .forward : .swallow
    }

    /// ErrorResponse. In the extended protocol all up to the next Sync is cancelled; what is
    /// dropped is reported, since it was not done. Forwarded if any client waits for this segment,
    /// even when the message that failed was the proxy's own.
    package mutating func failed(_ dropped: (Owed) -> Void) -> Payment {
        sawError = true
        if doubtfulSyncs > 0 { isInDoubt = true }
        doubtfulSyncs = 0
        guard let first = entries.first else { return isSkipping ? .forward : .unexpected }
        if first.kind == .query || first.kind == .functionCall {
            isHeadAnswered = true
            return first.disposition == .forward ? .forward : .swallow
        }
        var isForClient = false
        while let next = entries.first, next.kind != .sync {
            // An entry of a later simple query is never reached: a Sync stands before it.
            dropped(next)
            isForClient = isForClient || next.disposition == .forward
            if next.endsWithReadyForQuery { owedReadyForQuery -= 1 }
            entries.removeFirst()
        }
        if let sync = entries.first {
            isForClient = isForClient || sync.disposition == .forward
        } else {
            isSkipping = true
        }
        return isForClient ? .forward : .swallow
    }

    /// ReadyForQuery.
    package mutating func readyForQuery() -> Payment {
        guard let first = entries.first, first.endsWithReadyForQuery,
            !isInDoubt || isHeadAnswered || first.kind == .sync
        else {
            guard isInDoubt else { return .unexpected }
            isSkipping = false
            sawError = false
            return .doubtful
        }
        removeHead()
        owedReadyForQuery -= 1
        defer { sawError = false }
        return .ended(first, failed: sawError)
    }

    /// What the beginning of a COPY means.
    package struct CopyIn: Sendable {
        package var payment = Payment.unexpected
        /// The client has sent the end of the data already.
        package var isEnded = false
        /// Effects of Syncs that the server ignores, where no later Sync takes them over.
        package var effects: SessionEffects = []
        /// The last Sync that was sent is ignored: the client's segment is open again.
        package var reopensSegment = false
    }

    /// CopyInResponse or CopyBothResponse. The server ignores the Syncs that follow until the data
    /// ends (PostgreSQL documentation, "COPY Operations"); the next Sync takes their effects over.
    package mutating func copyInBegan() -> CopyIn {
        guard let first = entries.first, first.kind == .execute || first.kind == .query else {
            return CopyIn()
        }
        var copy = CopyIn(payment: first.disposition == .forward ? .forward : .swallow)
        var index = 1
        while index < entries.count && !copy.isEnded {
            switch entries[index].kind {
            case .sync:
                copy.effects.formUnion(entries[index].effects)
                owedReadyForQuery -= 1
                doubtfulSyncs += 1
                copy.reopensSegment = true
            case .copyEnd: copy.isEnded = true
            case .malformed: break
            case .parse, .parseKnown, .bind, .close, .describeStatement, .describePortal, .execute,
                .query, .functionCall:
                index += 1
                continue
            }
            entries.remove(at: index)
        }
        if let next = entries.firstIndex(where: { $0.kind == .sync }) {
            entries[next].effects.formUnion(copy.effects)
            copy.effects = []
            copy.reopensSegment = false
        }
        return copy
    }

    /// A Sync was sent while the server was thought to be in COPY-in.
    package mutating func syncDuringCopyIn() { doubtfulSyncs += 1 }

    /// The connection is another's now.
    package mutating func reset() {
        // A long pipeline's storage is not kept for an idle connection.
        if entries.count > 16 { entries = [] } else { entries.removeAll(keepingCapacity: true) }
        owedReadyForQuery = 0
        isSkipping = false
        sawError = false
        doubtfulSyncs = 0
        isInDoubt = false
        isHeadAnswered = false
    }

    /// Gives its storage, which is empty, and takes another's.
    mutating func exchange(_ storage: inout TurnStorage) {
        if entries.isEmpty { swap(&entries, &storage.entries) }
    }

    private mutating func removeHead() {
        entries.removeFirst()
        isHeadAnswered = false
        // A CopyDone that no COPY was waiting for is ignored.
        while entries.first?.kind == .copyEnd { entries.removeFirst() }
    }
}
