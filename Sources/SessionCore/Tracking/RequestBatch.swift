import StatementClassifier
import Vocabulary

/// What a client has sent of a batch that no server has been chosen for: the unit of routing.
///
/// The shell keeps the frames themselves; the batch keeps what they will be owed, and what they
/// need.
package struct RequestBatch: Sendable {
    /// In the order of the frames.
    var owed: [Owed] = []
    /// Where the server decides what is sent: before which frames.
    private(set) var points: [Point] = []
    private(set) var frameBytes = 0
    /// Of its statements, in order; equal ones that follow each other count once. 0: it has none.
    private(set) var fingerprint: UInt64 = 0
    private var lastFingerprint: UInt64 = 0
    /// What makes the unnamed statement exist that the batch refers to before any Parse of its own.
    private(set) var preparation = PreparedStatements.Preparation.none
    private(set) var effects: SessionEffects = []
    /// Every statement so far may run on a replica.
    private(set) var isRead = true
    /// Every statement so far is proven to be a read that leaves nothing behind; one that a hint
    /// sends to a replica may be none.
    private(set) var isProvenRead = true
    /// Some of it does what users have declared that it does.
    private(set) var callsDeclared = false
    /// What it is to a block that reads on a replica.
    var reads = BlockReads()
    /// Where the client wants it to run.
    private(set) var asked = RouteChoice.auto
    /// It asks for something that replicas do not have, be it in a READ ONLY transaction.
    private(set) var isForPrimaryAlone = false
    /// A portal was bound in it.
    private(set) var hasPortal = false
    private(set) var hasFrames = false
    /// The batch has parsed the unnamed statement, or it is prepared for it.
    private var knowsUnnamed = false
    /// The transaction control in it, if there is one.
    private(set) var transaction = TransactionVerb.none
    /// Its last Bind is of a LISTEN or UNLISTEN, without parameters and to the unnamed portal, of
    /// which all that follows speaks.
    var bindsListen = false

    /// A place in the batch that a shared statement is needed at.
    struct Point: Sendable {
        /// Before this byte of the frames that are kept.
        let offset: Int
        /// Before this entry of `owed`; a Parse of the client's stands there itself.
        let index: Int
        let want: Want
    }

    /// What is to be sent there. Statements are those of the catalog.
    enum Want: Sendable {
        /// The client's Parse, or what stands for it.
        case parse(statement: Int)
        /// What makes the statement exist that the next frame refers to, by the name that it had
        /// when the frame was written.
        case statement(SharedStatement)
        /// The same under the client's own name.
        case named(Int, [UInt8])
        /// Nothing: the next frame removes all statements.
        case removal
    }

    package init() {}

    mutating func add(_ entry: Owed?, frameBytes bytes: Int) {
        if let entry {
            owed.append(entry)
            if bindsListen { bindsListen = Self.namesNoPortal(entry.kind, bytes) }
        }
        hasFrames = true
        frameBytes += bytes
    }

    /// Whether a message of this kind and size speaks of no portal, or of the unnamed one.
    private static func namesNoPortal(_ kind: Owed.Kind, _ bytes: Int) -> Bool {
        switch kind {
        // Header, the empty name, and the bound on rows.
        case .execute: bytes == 10
        // Header, kind, and the empty name.
        case .describePortal: bytes == 7
        case .parse, .parseKnown, .bind, .close, .describeStatement, .sync, .query, .functionCall,
            .malformed, .copyEnd:
            true
        }
    }

    /// A statement that the batch parses, or runs by a name it had before.
    /// - Parameter choice: where the client wants it to run.
    mutating func judge(_ verdict: StatementVerdict, _ choice: RouteChoice = .auto) {
        effects.formUnion(verdict.effects)
        reads.judge(verdict, choice)
        // BEGIN and its reads, run twice, are as if run once, too.
        isProvenRead = isProvenRead && (verdict.isProvenRead || reads.hasOnlyBegun)
        callsDeclared = callsDeclared || verdict.callsDeclared
        if choice != .auto { ask(choice) }
        if verdict.reason.isForPrimaryAlone { isForPrimaryAlone = true }
        take(verdict.fingerprint)
        switch verdict.transaction {
        case .none: isRead = isRead && verdict.isRead(for: choice)
        case .begin(let modes):
            isRead = isRead && modes.mayRunOnReplica
            transaction = verdict.transaction
        case .setTransaction, .commit, .rollback, .other:
            isRead = false
            transaction = verdict.transaction
        }
    }

    private mutating func take(_ next: UInt64) {
        guard next != lastFingerprint else { return }
        lastFingerprint = next
        fingerprint = (fingerprint &* 0x9E37_79B9_7F4A_7C15) ^ next
    }

    mutating func requirePrimary() {
        isRead = false
        isProvenRead = false
        reads.refuse()
    }

    /// Of several choices in one batch the strictest counts.
    private mutating func ask(_ choice: RouteChoice) {
        if choice == .primary { isRead = false }
        if asked != .primary { asked = choice }
    }

    mutating func parsesUnnamed() { knowsUnnamed = true }

    /// Returns whether this is the first that the batch says of the unnamed statement.
    mutating func refersToUnnamed() -> Bool {
        defer { knowsUnnamed = true }
        return !knowsUnnamed
    }

    mutating func needs(_ preparation: PreparedStatements.Preparation) {
        self.preparation = preparation
    }

    /// The next frame refers to a shared statement.
    mutating func refers(to statement: SharedStatement) {
        add(.statement(statement))
    }

    /// The next frame mentions a statement in SQL.
    mutating func provides(_ statement: Int, _ name: [UInt8]) { add(.named(statement, name)) }

    /// The next frame removes all prepared statements.
    mutating func removesStatements() { add(.removal) }

    private mutating func add(_ want: Want) {
        points.append(Point(offset: frameBytes, index: owed.count, want: want))
    }

    /// The client has sent a Parse of this statement; what the server is sent in its place depends
    /// on the server.
    mutating func parses(_ statement: SharedStatement, number: UInt32) {
        add(.parse(statement: statement.number))
        add(Owed(.parse, statement: number, shared: statement), frameBytes: 0)
    }

    /// It ends with a message that is answered by ReadyForQuery.
    var isWhole: Bool { owed.last?.endsWithReadyForQuery ?? false }

    /// It needs nothing of the server but shared statements.
    var onlyRefers: Bool {
        points.allSatisfy {
            switch $0.want {
            case .statement, .parse: true
            case .named, .removal: false
            }
        }
    }

    /// Gives the storage of its points, which are none, and takes another's.
    mutating func exchangePoints(_ other: inout [Point]) { swap(&points, &other) }

    mutating func opensPortal() { hasPortal = true }

    /// Begins anew; keeps small storage.
    mutating func clear() {
        if owed.capacity > 32 { owed = [] } else { owed.removeAll(keepingCapacity: true) }
        isRead = true
        isProvenRead = true
        isForPrimaryAlone = false
        callsDeclared = false
        reads = BlockReads()
        asked = .auto
        fingerprint = 0
        lastFingerprint = 0
        effects = []
        hasPortal = false
        hasFrames = false
        frameBytes = 0
        preparation = .none
        knowsUnnamed = false
        if !points.isEmpty {
            if points.capacity > 32 { points = [] } else { points.removeAll(keepingCapacity: true) }
        }
        transaction = .none
        bindsListen = false
    }
}
