import PostgresWire
import Routing
import StatementClassifier
import Vocabulary

/// A client's session after login: it decides what becomes of every message in both directions and
/// never touches a socket, a clock or a pool.
///
/// Invariant: the ledger is empty unless a server is attached, and the batch is empty whenever one
/// is attached that takes frames directly.
package struct Session: ~Copyable, Sendable {
    /// Where the session stands between its client and the pools.
    package enum Phase: UInt8, Sendable, Hashable {
        /// No server: frames of the client are gathered into a batch.
        case gathering
        /// The batch is whole and waits for a server.
        case waiting
        /// A server is attached.
        case attached
        /// A LISTEN waits for the connection that sessions share for it; a server is attached only
        /// if something pins the session.
        case listening
        /// The proxy refused the batch: all up to the client's Sync is discarded.
        case skipping
    }

    /// The server that is attached.
    package struct Attachment: Sendable, Hashable {
        package let node: NodeID
        package let role: Role
    }

    package let id: SessionID
    package var settings = SettingsTracker()
    package internal(set) var pins = PinSet()
    /// Which catalog facts its statements are judged by.
    var catalog = CatalogMark()
    var ledger = ReplyLedger()
    var batch = RequestBatch()
    var statements = PreparedStatements()
    var deferred = DeferredBegin()
    /// What becomes of an unnamed statement that others have sent before.
    package internal(set) var promotion = Promotion()
    /// Whether such statements are shared.
    package var promotes = false
    /// Batches that are not considered for that.
    var promotionRest: UInt8 = 0
    package var listening = Listening()
    /// What the segment that is being sent does to settings that the session takes along.
    var segmentChanges: [SettingChange] = []
    /// What the attached server connection's session holds.
    var server = ServerSession()
    /// Where in the batch's frames the injection is to go, piece by piece; empty: before them all.
    var cuts: [Cut] = []
    /// Of the segment that the server was given first, while it may be run once more.
    var opening: [Owed] = []
    /// The statement that is about to be prepared anew.
    var healing = SharedStatement.none
    /// How many frames of the opening need not be sent again.
    var framesDone = 0
    /// Shared statements that the attached server was sent and has not made yet, and whether in a
    /// segment that has been ended.
    var making: [(statement: SharedStatement, isBehindSync: Bool)] = []
    /// Statements whose result is not what servers had planned, to be prepared anew.
    var stale: [Int] = []
    /// Statements that the attached server has under the client's own names.
    var sqlNames: Set<[UInt8]> = []
    /// What is sent to the client in the place of a server's message.
    var replacement = MessageWriter()
    /// Messages of the proxy's own that go to the server before the client's next frame.
    var injection = MessageWriter()
    /// A FATAL message that was withheld; the connection is about to close. One at the most.
    var fatals: [Fatal] = []
    /// Of what the client runs, while shadow mode wants them; else nil.
    var verdictsRun: [StatementVerdict]?
    /// Work that was completed and that nobody has booked yet.
    package internal(set) var tally = Tally()
    /// Up to when reads of this session must see what was acknowledged.
    package var watermark = Watermark()
    /// Whether the segment that the server was given first could be run elsewhere.
    var hold = HoldBack()

    // Small ones stand together: each is placed where it is written.
    /// What the segment that is being sent will leave in the server session.
    var segmentEffects: SessionEffects = []
    /// The number of a DEALLOCATE ALL that is run in it; 0: there is none.
    var segmentCloses: UInt32 = 0
    package internal(set) var attachment: Attachment?
    package internal(set) var phase = Phase.gathering
    /// Whether its blocks read on replicas.
    package var roaming = RoamingPolicy()
    /// Of the last ReadyForQuery of the attached server.
    package internal(set) var transaction = TransactionStatus.idle
    /// A statement was sent since the last rest that may change the catalog for everybody.
    var touchesCatalog = false
    /// The client's turn is over, but it is not told so before it has got what it may have notified
    /// itself of.
    package internal(set) var withholdsReady = false
    /// The attached server listens on the channels of `listening` too, for one question.
    var listensOnOwn = false
    /// Frames of the extended protocol were sent since the last Sync.
    var hasOpenSegment = false
    /// The batch ended with a message that is answered by ReadyForQuery.
    var batchEndsSegment = true
    /// The proxy ended the client's segment after an error: the rest of it is discarded.
    var skipsAfterRelease = false
    /// The proxy ended the client's segment after an error, inside a transaction: the server is
    /// kept, and the rest of the segment is discarded.
    var discardsToSync = false
    /// COMMIT or ROLLBACK is on its way to a replica: what follows may not be for it any more.
    var isBlockEnding = false
    /// The server waits for CopyData of this client.
    var isCopyingIn = false
    /// It has storage of the worker's; see `TurnStorage`.
    var hasStorage = false
    /// The open transaction may have set something that ends with it.
    var hasLocalSettings = false
    /// A RESET on the server has gone further back than the session's own beginning.
    var needsAlignment = false
    /// The attached server runs turns of other clients before and after this one.
    package internal(set) var isSharing = false
    /// The answer to a RESET is withheld until its effect is the session's own, with this status.
    var withheld: TransactionStatus?
    /// The client has not been let in yet: it will be told all settings at once.
    var isWelcoming = false
    /// Something else than reads has been sent to the attached server.
    var hasWritten = false
    /// The segment that is being sent has only reads so far.
    var segmentIsRead = true
    /// A statement of the segment that is being sent may change data.
    var segmentMayWrite = false

    /// What a server has said before it closes the connection.
    struct Fatal: Sendable {
        let text: String
        let state: String
        /// The whole ErrorResponse.
        let message: [UInt8]
    }

    var fatal: Fatal? { fatals.first }

    /// A piece of the injection and its place among the frames of a batch.
    struct Cut: Sendable {
        /// Before this byte of the frames.
        let offset: Int
        /// The piece ends before this byte of the injection.
        let injected: Int
    }

    /// Counts of completed work.
    package struct Tally: Sendable, Hashable {
        package var transactions: UInt64 = 0
        package var reads: UInt64 = 0
        package var writes: UInt64 = 0
        package var errors: UInt64 = 0
        /// Parses that no server saw.
        package var promotions: UInt64 = 0

        package init() {}
    }

    /// - Parameters:
    ///   - welcome: what the client is told at its login.
    ///   - base: what its startup message sets.
    package init(
        id: SessionID, welcome: Welcome, base: CarriedSettings = CarriedSettings()
    ) {
        self.id = id
        settings.loggedIn(with: welcome.told, base: base)
    }

    /// Work that was completed since this was asked last.
    package mutating func takeTally() -> Tally {
        defer { tally = Tally() }
        return tally
    }

    /// Nothing runs, nothing is held, nothing is begun: the session may be closed without loss.
    package var isAtRest: Bool {
        (phase == .gathering && deferred.state == .none && !batch.hasFrames)
            || (phase == .attached && transaction == .idle && ledger.isAtRest
                && !ledger.isInDoubt && !hasOpenSegment && !discardsToSync)
    }

    /// In a transaction block, as the client sees it.
    package var isInTransaction: Bool {
        transaction != .idle || deferred.state != .none
    }

    /// The attached server owes an answer that ends by itself.
    var isAnswering: Bool {
        phase == .attached && ledger.owedReadyForQuery > 0 && !isCopyingIn
    }

    /// A statement of this client runs on the attached server now; a cancel may be sent.
    package var isCancellable: Bool {
        phase == .attached && ledger.runsForClient
    }

    /// Something of the proxy's own is to be sent to the server.
    package var hasInjection: Bool { !injection.isEmpty }

    /// What it listens on has to be settled, or brought to the client.
    package var awaitsListening: Bool { listening.isPending }

    /// Something is to be sent to the client before what comes next.
    package var hasReplacement: Bool { !replacement.isEmpty }

    /// Rows that come now answer a statement of the proxy's own.
    package var swallowsRows: Bool {
        ledger.head?.disposition == .swallow || hold.state == .withdrawing
    }

    /// Where the client wants the batch that waits to run.
    package var waitingChoice: RouteChoice { deferred.hint ?? batch.asked }

    /// The batch that waits could also run on another replica or the primary.
    package var waitingNeed: RouteNeed { need }

    /// Traps in debug when the session contradicts itself; tells in release.
    package func invariantsHold() -> Bool {
        if attachment == nil && !ledger.isEmpty { return false }
        if phase == .attached && attachment == nil { return false }
        if attachment != nil && phase != .attached && phase != .listening { return false }
        if phase == .waiting && !batch.hasFrames { return false }
        if hold.state != .off && (phase != .attached || !batch.hasFrames) { return false }
        return true
    }

    /// Frames can go to the server one by one, without waiting for the rest of their batch: it is
    /// the primary, or a transaction is open on it, or a segment is.
    var takesFramesDirectly: Bool {
        guard let attachment else { return false }
        return attachment.role == .primary || isCopyingIn
            || (transaction != .idle && !isBlockEnding)
    }

    /// What a batch needs of the cluster, with the session's own state taken in.
    var need: RouteNeed {
        let creates =
            !batch.effects.isEmpty && !batch.effects.isDisjoint(with: PinSet.pinning)
        if creates { return .primary }
        if !settings.standardConformingStrings || !settings.hasSafeEncoding { return .primary }
        if deferred.state == .roaming { return batch.reads.areAll ? .read : .primary }
        if deferred.state == .begun || batch.reads.begins != nil, mayRoam { return .read }
        if deferred.state == .begun {
            if (deferred.hint ?? batch.asked) == .primary || batch.isForPrimaryAlone {
                return .primary
            }
            if deferred.modes.isolation == .unspecified && settings.carried.isSerializable {
                return .primary
            }
            return deferred.modes.mayRunOnReplica && batch.transaction == .none ? .read : .primary
        }
        return batch.isRead && !settings.carried.isSerializable ? .read : .primary
    }
}
