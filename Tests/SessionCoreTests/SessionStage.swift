import PostgresWire
import Routing
import StatementClassifier
import Testing
import Vocabulary
import WireFixtures

@testable import SessionCore

/// Plays the shell around one session, as `ClientConnection` and `ServerConnection` do, so that
/// tests read as dialogues. After each event it holds the session to its invariants.
final class SessionStage {
    var session: Session
    let texts: SharedTexts
    /// Of the server that is attached, or was.
    private(set) var contents = ServerSession()
    private var reply = MessageWriter()
    /// Frames of the client that wait for their turn.
    private(set) var input: [WireMessage] = []
    /// Frames of the batch that waits for a server.
    private(set) var held: [WireMessage] = []
    /// What the server was given first, while it may be given it again.
    private var opening: [UInt8] = []
    /// What was sent each way since it was last looked at.
    private var sentToServer: [UInt8] = []
    private var sentToClient: [UInt8] = []
    /// Of the attached server's answer, kept from the client.
    private(set) var heldReply: [UInt8] = []
    /// What a replica answers is kept as long as may be; false: the client gets it at once.
    var heals = false
    /// Where else a batch could run that a replica has failed.
    var elsewhere: Elsewhere = []
    /// Why batches were taken from the server they ran on.
    private(set) var refusals: [StandbyRefusal] = []
    /// What the session wanted of the cluster, batch by batch.
    private(set) var needs: [RouteNeed] = []
    /// In which state servers were given back.
    private(set) var releases: [ReleaseKind] = []
    private(set) var frontendVerdicts: [FrontendVerdict] = []
    private(set) var backendVerdicts: [BackendVerdict] = []
    /// The client was closed: nil means that it left, or that the server broke the protocol.
    private(set) var closedWith: ErrorReply?
    private(set) var isClosed = false
    /// Said of every failure: the seed, where there is one.
    var context = ""
    private var now = MonotonicInstant(nanoseconds: 1)

    static let reported = [
        SettingsTracker.Reported(name: "standard_conforming_strings", value: "on"),
        SettingsTracker.Reported(name: "client_encoding", value: "UTF8"),
        SettingsTracker.Reported(name: "TimeZone", value: "UTC"),
    ]

    init(texts: SharedTexts = SharedTexts(), id: UInt64 = 1) {
        self.texts = texts
        session = Session(id: SessionID(id), welcome: Welcome(SessionStage.reported))
    }

    /// What the attached server sends to the client.
    private func answer(_ bytes: [UInt8]) {
        if session.isWithdrawing { return }
        heldReply += bytes
        if !session.holdsReply { settleHold() }
    }

    private func settleHold() {
        sentToClient += heldReply
        heldReply = []
    }

    /// The answer has become too much, or has waited too long.
    func letGo() {
        if session.isWithdrawing { return }
        session.letGo()
        settleHold()
        check()
        pump()
    }

    var isAttached: Bool { session.phase == .attached }

    /// What the server was sent since the last look.
    func serverSees() -> [String] {
        defer { sentToServer = [] }
        return MessageText.frontend(sentToServer)
    }

    func takeForServer() -> [WireMessage] {
        defer { sentToServer = [] }
        return MessageText.split(sentToServer)
    }

    /// What the client was sent since the last look.
    func clientSees() -> [String] {
        defer { sentToClient = [] }
        return MessageText.backend(sentToClient)
    }

    func takeForClient() -> [WireMessage] {
        defer { sentToClient = [] }
        return MessageText.split(sentToClient)
    }

    // MARK: The client

    func client(@WireBuilder _ messages: () -> [WireMessage]) { client(messages()) }

    func client(_ messages: [WireMessage]) {
        input += messages
        pump()
    }

    /// The beginning of an oversized message; its rest is not played.
    func clientHead(_ message: WireMessage) {
        var reply = MessageWriter()
        let bytes = Array(message.bytes.prefix(8_192))
        guard let type = FrontendMessageType(rawValue: message.type) else { return }
        let verdict = bytes.withUnsafeBytes { bytes in
            session.frontend(
                type, frame: bytes.bytes, isWhole: false, texts: &texts.memory, reply: &reply)
        }
        sentToClient += reply.bytes
        obey(verdict, WireMessage(bytes: bytes))
    }

    private func pump() {
        while !isClosed, let next = input.first {
            guard take(next) else { return }
            if !input.isEmpty { input.removeFirst() }
        }
    }

    /// Returns whether the frame was taken.
    private func take(_ message: WireMessage) -> Bool {
        guard let type = FrontendMessageType(rawValue: message.type) else { return true }
        if type == .copyData { return obey(session.copyData(message.bytes.count), message) }
        reply.clear()
        let verdict = message.bytes.withUnsafeBytes { bytes in
            session.frontend(
                type, frame: bytes.bytes, texts: &texts.memory, reply: &reply)
        }
        sentToClient += reply.bytes
        return obey(verdict, message)
    }

    @discardableResult
    private func obey(_ verdict: FrontendVerdict, _ message: WireMessage) -> Bool {
        frontendVerdicts.append(verdict)
        defer { check() }
        switch verdict {
        case .keep: held.append(message)
        case .keepInstead: keepInjection()
        case .routeInstead(let need):
            needs.append(need)
            keepInjection()
        case .route(let need):
            needs.append(need)
            held.append(message)
        case .forward: send(message)
        case .forwardAfterInjection:
            inject()
            send(message)
        case .forwardInstead: inject()
        case .listen: held = []
        case .consumed: break
        case .stall: return false
        case .stallAfterInjection:
            inject()
            return false
        case .depart: isClosed = true
        case .fail(let error): close(error)
        }
        return true
    }

    private func send(_ message: WireMessage) {
        #expect(isAttached, "a frame was forwarded to nobody")
        sentToServer += message.bytes
    }

    private func keepInjection() {
        var bytes: [UInt8] = []
        session.takeInjection { bytes = $0 }
        held += MessageText.split(bytes)
    }

    private func inject() { session.takeInjection { sentToServer += $0 } }

    private func close(_ error: ErrorReply?) {
        isClosed = true
        closedWith = error
    }

    /// The client's connection is gone.
    func vanish() { close(nil) }

    // MARK: The pool

    /// A server is found for the batch that waits.
    func grant(
        _ role: Role, node: Int = 0, holding: ServerSession = ServerSession(),
        isShared: Bool = false
    ) {
        let news = session.granted(
            NodeID(node), role: role, holding: holding, isShared: isShared, texts: texts.memory)
        if isShared { contents = session.leaveContents() }
        reply.clear()
        for value in news { reply.parameterStatus(value.name, value.value) }
        sentToClient += reply.bytes
        opening = session.mayRunAgain ? held.bytes : []
        session.takeOpening(held.bytes) { sentToServer += $0.copy(0..<$0.byteCount) }
        held = []
        if !heals { session.letGo() }
        check()
        pump()
    }

    /// No server is found.
    func refuse(_ error: ErrorReply = .canceled) {
        held = []
        reply.clear()
        session.refused(error, reply: &reply)
        sentToClient += reply.bytes
        check()
        pump()
    }

    // MARK: The shared connection that it listens on

    /// The LISTEN that waits is done, or refused.
    func listened(refusal: [UInt8]? = nil) {
        reply.clear()
        if refusal == nil {
            session.listened(reply: &reply)
        } else {
            session.listenRefused(refusal, .canceled, reply: &reply)
        }
        sentToClient += reply.bytes
        check()
        pump()
    }

    /// A notification comes; what is to be sent now is sent.
    func notified(_ message: WireMessage, canSend: Bool = true) -> Session.Delivery {
        let delivery = message.bytes.withUnsafeBytes {
            session.notified($0.bytes, canSend: canSend)
        }
        switch delivery {
        case .now: sentToClient += message.bytes
        case .later, .tooMuch: break
        }
        return delivery
    }

    /// What has waited is sent, as after each turn.
    func settleListening() {
        if session.isAtRest { sentToClient += session.takeHeldNotifications() }
    }

    // MARK: The server

    func server(@WireBuilder _ messages: () -> [WireMessage]) { server(messages()) }

    func server(_ messages: [WireMessage]) {
        for message in messages where !isClosed { receive(message) }
        pump()
    }

    private func receive(_ message: WireMessage) {
        guard let type = BackendMessageType(rawValue: message.type) else { return close(nil) }
        guard type != .dataRow && type != .copyData else {
            return session.swallowsRows ? () : answer(message.bytes)
        }
        if type == .errorResponse { session.weigh(elsewhere) }
        now = now.advanced(milliseconds: 1)
        let verdict = message.body.withUnsafeBytes { bytes in
            session.backend(type, body: bytes.bytes, at: now)
        }
        backendVerdicts.append(verdict)
        switch verdict {
        case .forward: answer(message.bytes)
        case .swallow: inject()
        case .forwardAfterReplacement: answer(session.takeReplacement() + message.bytes)
        case .forwardAs(let type): answer([type.rawValue, 0, 0, 0, 4])
        case .replace: answer(session.takeReplacement())
        case .runAgain:
            let done = session.runAgain(texts: &texts.memory)
            inject()
            let start = opening.withUnsafeBytes {
                FrameScanner.end(ofFrames: done, in: $0.bytes)
            }
            sentToServer += opening[start...]
        case .refused:
            heldReply = []
            sentToClient += session.takeReplacement()
            close(nil)
        case .ended(let isForClient, let kind):
            answer(session.takeReplacement() + (isForClient ? message.bytes : []))
            settleHold()
            switch kind {
            case .keep: inject()
            case .parked:
                releases.append(kind)
                contents = session.released()
            case .clean, .reset: release(kind)
            }
        case .withdrawn(let kind):
            releases.append(kind)
            withdraw()
        case .violation: close(nil)
        }
        check()
    }

    /// The batch is taken from its server; it waits for another.
    private func withdraw() {
        heldReply = []
        held = MessageText.split(opening)
        let (held, refusal, _) = session.withdraw()
        contents = held
        refusals.append(refusal)
    }

    private func release(_ kind: ReleaseKind) {
        let isAtEnd = session.transaction == .idle && session.ledger.isEmpty
        let isClean = session.pins.isEmpty || kind == .reset
        let isCopying = session.isCopyingIn
        #expect(isAtEnd && !isCopying, "\(context): released in the middle of something")
        #expect(isClean, "\(context): released clean with a pin")
        releases.append(kind)
        contents = session.released()
    }

    /// The client has left; its server is given back.
    func leave() {
        contents = session.released()
        settleHold()
    }

    /// The attached server's connection breaks.
    func lose(midFrame: Bool = false) -> String {
        reply.clear()
        if session.holdsReply { session.weigh(elsewhere) }
        let verdict = session.lost(
            node: "pg1", cause: "gone", midFrame: midFrame && !session.holdsReply,
            reply: &reply)
        if case .runElsewhere = verdict {
            withdraw()
        } else {
            heldReply = []
        }
        sentToClient += reply.bytes
        check()
        switch verdict {
        case .unnoticed:
            pump()
            return "unnoticed"
        case .answered:
            pump()
            return "answered"
        case .runElsewhere: return "runElsewhere"
        case .fail(let error):
            close(error)
            return "fail"
        case .passOn(let bytes):
            sentToClient += bytes
            isClosed = true
            return "passOn \(bytes.count) bytes"
        }
    }

    private func check() {
        let holds = session.invariantsHold()
        let agrees = isClosed || held.isEmpty || session.batch.hasFrames
        if holds && agrees { return }
        Issue.record("\(context): invariants hold \(holds), shell and batch agree \(agrees)")
    }
}

/// The memory of one worker, for the stages that share it.
final class SharedTexts {
    var memory = TextMemory(classifier: Classifier(seed: 1, cachedVerdicts: 64))
}
