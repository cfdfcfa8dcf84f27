import Authentication
import Configuration
import NetworkIO
import PostgresWire
import Routing
import SessionCore
import Vocabulary

/// A client: its socket, what it has sent that waits, and the server it is attached to. Wires the
/// session's verdicts to the world.
///
/// Invariant: `server` is set exactly while the session is attached; `held` has every connection
/// that is this client's in session mode, the attached one included.
final class ClientConnection: ChannelOwner {
    enum Stage: Sendable {
        case startup, authenticating, welcoming, ready, admin
        /// A replication client: bytes pass as they are.
        case replicating
        /// It brought a CancelRequest and waits for that to be dealt with.
        case canceling
        case closed
    }

    // Every idle client has one of these. What few clients use is a reference to something apart,
    // and small fields stand together, since each is placed where it is written.
    let id: SessionID
    let worker: Worker
    var session: Session
    var channel: Channel?
    var scanner = FrameScanner(.frontend)
    /// Input that is not whole yet, or waits for its turn.
    var stash: [UInt8] = []
    /// Frames of the batch that waits for a server.
    var batch: [UInt8] = []
    /// What the server was given first, while it may be given it again.
    var opening: [UInt8] = []
    /// The frame that completes it, while it still lies in the input.
    var lastFrame: UnsafeRawBufferPointer?
    var server: ServerConnection?
    var held: [ServerConnection] = []
    /// Where a transaction block of this client reads, between its batches.
    var parked: ServerConnection?
    var tenant: Tenant?
    var waitingOn: PoolDriver?
    var login: LoginProgress?
    /// The connection that it listens on together with others; nil: it does not.
    var hub: ListenHub?
    var admin: AdminBox?
    var replication: ReplicationConnection?
    /// What shadow mode sees of it; nil: its database is not in that.
    var shadow: ShadowTap?
    /// What the replica that was tried last has said to the batch that waits.
    var setback: Setback?
    /// Those that have failed the batch that waits.
    var failedNodes = NodeSet()
    let since: MonotonicInstant
    var turnSince = MonotonicInstant(nanoseconds: 0)
    /// What is remembered of batches like this one is found by that; 0: it can share no connection.
    var turnKey: UInt64 = 0
    /// Bytes that the running turn has answered.
    var turnBytes = 0
    /// Of the work that has been booked.
    var transactions: UInt64 = 0
    /// Until when it waits for its cluster to have a node, from the first time that there was none
    /// for this batch.
    var seekingUntil: MonotonicInstant?
    /// It waits for its cluster to have a node for it.
    var isSeeking = false
    var need = RouteNeed.primary
    /// Replicas refuse the batch that waits, as was found not long ago.
    var isRemembered = false
    /// The batch that waits was lent a connection that was too young to be proven.
    var hasDeclined = false
    var stage = Stage.startup
    var standing = Standing.uncounted
    /// When what is held back of an answer is let go; nil: nothing waits for that.
    var holdDeadline: MonotonicInstant?
    private var isTakingInput = false
    var isStalled = false
    /// The batch is not to share a connection again.
    var goesAlone = false
    /// The batch waits until a replica is proven to hold what it must see.
    var isAwaitingProof = false
    /// The client has sent Terminate behind something that is not done yet.
    var isTakingLeave = false
    var leavesAtRest = false
    /// From another process of this proxy, which may bring cancels and nothing else.
    let isSibling: Bool
    var processID: Int32 = 0
    /// Its startup parameters.
    var profile: ProfileID?
    /// Those of them that a server must be told when its connection is opened.
    var lane: ProfileID?
    private let peer: PeerName

    init(_ id: SessionID, worker: Worker, peer: PeerName, isSibling: Bool = false) {
        self.id = id
        self.peer = peer
        self.isSibling = isSibling
        self.worker = worker
        session = Session(id: id, welcome: .nothing)
        since = worker.now
    }

    func begin(_ descriptor: consuming FileDescriptor) {
        channel = worker.loop.adopt(descriptor, owner: self)
        if !isSibling { takePlaceOfStranger() }
    }

    var user: String { tenant?.user ?? login?.parameters?.user ?? "" }
    var database: String {
        tenant?.database ?? replication?.database ?? (stage == .admin ? "switchyard" : "")
    }
    /// Address and port of the client; empty and 0 over a Unix-domain socket.
    var host: String { peer.host }
    var port: UInt16 { peer.port }
    var isUnixSocket: Bool { peer.isLocal }
    /// As access rules see it.
    var address: PeerAddress {
        isUnixSocket ? .unixSocket : PeerAddress.network(peer.addressBytes).unmapped
    }
    var isLoggingIn: Bool { stage == .startup || stage == .authenticating || stage == .welcoming }
    var isClogged: Bool { channel?.isClogged ?? false }
    var isWaiting: Bool { waitingOn != nil || isSeeking || isAwaitingProof }

    /// May be closed without losing anything of the client's.
    var isAtRest: Bool {
        switch stage {
        case .startup, .authenticating, .welcoming, .admin: true
        case .ready: session.isAtRest && stash.isEmpty && hasSentAll
        case .replicating: isReplicationAtRest && hasSentAll
        case .canceling, .closed: false
        }
    }

    /// The client has got its answers, or is about to.
    private var hasSentAll: Bool { !(channel?.holdsMuch ?? false) }

    // MARK: Input

    func channelIsReadable(_ channel: Channel) {
        if stage == .startup && beginsWithTLS(channel) { return }
        guard let count = channel.read(into: worker.loop.receiveBuffer) else { return }
        guard count > 0 else { return inputEnded() }
        let fresh = UnsafeRawBufferPointer(
            start: worker.loop.receiveBuffer.baseAddress, count: count)
        tenant?.counters.bytesFromClients += UInt64(count)
        if stash.isEmpty && !isTakingInput {
            let consumed = take(fresh)
            if consumed < count && stage != .closed {
                stash.append(contentsOf: UnsafeRawBufferPointer(rebasing: fresh[consumed...]))
            }
        } else {
            stash.append(contentsOf: fresh)
            takeStash()
        }
        if session.awaitsListening { settleListening() }
        session.rest(&worker.texts)
        if isStalled && stash.count > Limits.stashedInputBytes { channel.setReading(false) }
    }

    /// Something that input was waiting for may have come.
    func resume() {
        if let login, let learned = login.learned { return welcomed(learned) }
        if session.awaitsListening { settleListening() }
        guard isStalled || leavesAtRest, !isTakingInput, stage != .closed else { return }
        if isStalled {
            takeStash()
            if !isStalled || stash.count <= Limits.stashedInputBytes { channel?.setReading(true) }
        }
        if leavesAtRest && isAtRest { fail(.shuttingDown) }
    }

    private func takeStash() {
        guard !isTakingInput, !stash.isEmpty else { return }
        var input: [UInt8] = []
        swap(&input, &stash)
        let consumed = input.withUnsafeBytes { take($0) }
        guard stage != .closed, consumed < input.count else { return }
        if consumed > 0 { input.removeSubrange(0..<consumed) }
        // Nothing is added to the stash while input is being taken.
        swap(&input, &stash)
    }

    private func take(_ input: UnsafeRawBufferPointer) -> Int {
        isTakingInput = true
        defer { isTakingInput = false }
        isStalled = false
        var offset = 0
        if stage == .startup || stage == .authenticating || stage == .welcoming {
            offset = takeLogin(input)
        }
        if stage == .admin { offset = takeAdmin(input, from: offset) }
        if stage == .replicating { return takeReplication(input, from: offset) }
        guard stage == .ready else {
            if stage == .welcoming { isStalled = true }
            return offset
        }
        return takeFrames(input, from: offset)
    }

    private func takeFrames(_ input: UnsafeRawBufferPointer, from start: Int) -> Int {
        var offset = start
        while stage == .ready {
            if let server {
                if server.channel?.isClogged ?? false { return stall(at: offset) }
            } else if channel?.lacksRoom() ?? false {
                // It does not take what it was sent: it gets no server that others could use. With
                // less waiting, the answer of a turn has room and the server is free again.
                return stall(at: offset)
            }
            var attempt = scanner
            switch attempt.next(input.bytes, from: offset) {
            case .starved:
                refuseUnknownType(input, at: offset)
                return offset
            case .violation: return breakOff(input, at: offset)
            case .unseen(let range):
                let run = UnsafeRawBufferPointer(rebasing: input[range])
                let verdict = session.copyData(run.count)
                guard carryOut(verdict, run) else { return stall(at: offset) }
                scanner = attempt
                offset = range.upperBound
            case .frame(let type, let body):
                let frame = (body.lowerBound - FrameScanner.headerBytes)..<body.upperBound
                guard take(type, input, frame, isWhole: true) else { return stall(at: offset) }
                scanner = attempt
                offset = body.upperBound
            case .head(let type, let body):
                let frame = (body.lowerBound - FrameScanner.headerBytes)..<body.upperBound
                if mayShowMore(type, input, frame) { return offset }
                guard take(type, input, frame, isWhole: false) else { return stall(at: offset) }
                scanner = attempt
                offset = body.upperBound
            }
        }
        return offset
    }

    func stall(at offset: Int) -> Int {
        isStalled = true
        return offset
    }

    /// Shows the session one frame and does what it says. False: the frame must wait.
    private func take(
        _ raw: UInt8, _ input: UnsafeRawBufferPointer, _ range: Range<Int>, isWhole: Bool
    ) -> Bool {
        guard let type = FrontendMessageType(rawValue: raw) else {
            fail(.clientProtocol(.unknownType(raw)))
            return true
        }
        guard range.count - 1 <= type.longestLength else {
            end()
            return true
        }
        let frame = UnsafeRawBufferPointer(rebasing: input[range])
        let verdict = session.frontend(
            type, frame: frame.bytes, isWhole: isWhole, texts: &worker.texts,
            reply: &worker.reply)
        if !worker.reply.isEmpty { sendReply() }
        shadow?.ran(type, frame)
        guard carryOut(verdict, frame) else {
            isTakingLeave = type == .terminate
            return false
        }
        return true
    }

    /// The names in an oversized frame are longer than what has come of it so far, and not too long
    /// to wait for.
    private func mayShowMore(
        _ raw: UInt8, _ input: UnsafeRawBufferPointer, _ range: Range<Int>
    ) -> Bool {
        guard range.count < Limits.inspectedBodyBytes,
            let type = FrontendMessageType(rawValue: raw)
        else { return false }
        let head = UnsafeRawBufferPointer(rebasing: input[range])
        return !Session.showsNames(type, head: head.bytes)
    }

    /// A length that no message may have: what follows makes no sense. As PostgreSQL, without a
    /// word, but not before what was asked for earlier is answered.
    private func breakOff(_ input: UnsafeRawBufferPointer, at offset: Int) -> Int {
        if isWaiting || session.isCancellable { return stall(at: offset) }
        refuseUnknownType(input, at: offset)
        end()
        return offset
    }

    /// As PostgreSQL does, before the rest of the message has come.
    private func refuseUnknownType(_ input: UnsafeRawBufferPointer, at offset: Int) {
        guard offset < input.count, scanner.unseenBytes == 0,
            FrontendMessageType(rawValue: input[offset]) == nil
        else { return }
        fail(.clientProtocol(.unknownType(input[offset])))
    }

    /// Does what the session says of a stretch of input. False: it must wait.
    private func carryOut(
        _ verdict: FrontendVerdict, _ frame: UnsafeRawBufferPointer
    ) -> Bool {
        switch verdict {
        case .keep: keep(frame)
        case .keepInstead: keepInjection()
        case .routeInstead(let need):
            keepInjection()
            route(need, completedBy: UnsafeRawBufferPointer(start: nil, count: 0))
        case .route(let need): route(need, completedBy: frame)
        case .forward: server?.channel?.write(frame)
        case .forwardAfterInjection:
            inject()
            server?.channel?.write(frame)
        case .forwardInstead: inject()
        case .consumed: break
        case .stall: return false
        case .stallAfterInjection:
            inject()
            return false
        case .listen:
            dropBatch()
            settleListening()
        case .depart: depart()
        case .fail(let error): fail(error)
        }
        return true
    }

    func inject() {
        let server = self.server
        session.takeInjection { server?.channel?.write($0) }
    }

    func sendReply() {
        channel?.write(worker.reply.bytes)
        worker.reply.clear()
    }

    /// Bytes of the attached server.
    func sendToClient(_ bytes: UnsafeRawBufferPointer) {
        guard let channel else { return }
        if channel.isHolding && !mayHold(bytes.count, channel) { return }
        tenant?.counters.bytesToClients += UInt64(bytes.count)
        turnBytes += bytes.count
        shadow?.passed(bytes)
        channel.write(bytes)
    }

    /// A message without a body.
    func sendBare(_ type: BackendMessageType) {
        worker.reply.message(type.rawValue)
        sendReply()
    }

    /// What the session has put in the place of a server's message.
    func sendReplacement() { channel?.write(session.takeReplacement()) }

    /// The server's answer to what it was given first is worth nothing: gives it that again.
    func runAgain() {
        let done = session.runAgain(texts: &worker.texts)
        inject()
        opening.withUnsafeBytes {
            let start = FrameScanner.end(ofFrames: done, in: $0.bytes)
            server?.channel?.write(UnsafeRawBufferPointer(rebasing: $0[start...]))
        }
    }

    /// The server will not have the session's settings: none of the client's statements has run.
    func settingsRefused() {
        channel?.discardHeld()
        sendReplacement()
        end()
    }

    func channelDrained(_ channel: Channel) {
        server?.channel?.setReading(true)
        replication?.channel?.setReading(true)
        resume()
    }

    func channelConnected(_ channel: Channel, failure: String?) {}

    func channelBroke(_ channel: Channel, cause: String) { inputEnded() }
}
