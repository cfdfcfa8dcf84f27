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
/// Invariant: `server` is set exactly while the session is attached; `held` has every connection that
/// is this client's in session mode, the attached one included.
final class ClientConnection: ChannelOwner {
    enum Stage: Sendable { case startup, authenticating, welcoming, ready, admin, closed }

    let id: SessionID
    let worker: Worker
    var stage = Stage.startup
    var session: Session
    var channel: Channel?
    var scanner = FrameScanner(.frontend)
    /// Input that is not whole yet, or waits for its turn.
    var stash: [UInt8] = []
    /// Frames of the batch that waits for a server.
    private var batch: [UInt8] = []
    /// The frame that completes it, while it still lies in the input.
    private var lastFrame: UnsafeRawBufferPointer?
    private(set) var server: ServerConnection?
    var held: [ServerConnection] = []
    var tenant: Tenant?
    var profile: ProfileID?
    var login: LoginProgress?
    var admin: AdminSession?
    var processID: Int32 = 0
    private(set) var host = ""
    private(set) var port: Int32 = 0
    let since: MonotonicInstant
    private var turnSince = MonotonicInstant(nanoseconds: 0)
    private var waitingOn: PoolDriver?
    private var need = RouteNeed.primary
    private var isTakingInput = false
    private var isStalled = false
    private var leavesAtRest = false
    private var booked = Session.Tally()
    var applicationName = ""

    init(_ id: SessionID, worker: Worker) {
        self.id = id
        self.worker = worker
        session = Session(id: id, reported: [])
        since = worker.now
    }

    func begin(_ descriptor: consuming FileDescriptor) {
        (host, port) = PeerName.read(descriptor)
        channel = worker.loop.adopt(descriptor, owner: self)
    }

    var user: String { tenant?.user ?? login?.parameters?.user ?? "" }
    var database: String { tenant?.database ?? (stage == .admin ? "switchyard" : "") }
    var isUnixSocket: Bool { host.isEmpty }
    var isLoggingIn: Bool { stage == .startup || stage == .authenticating || stage == .welcoming }
    var isClogged: Bool { channel?.isClogged ?? false }
    var isWaiting: Bool { waitingOn != nil }

    /// May be closed without losing anything of the client's.
    var isAtRest: Bool {
        switch stage {
        case .startup, .authenticating, .welcoming, .admin: true
        case .ready: session.isAtRest && stash.isEmpty
        case .closed: false
        }
    }

    // MARK: Input

    func channelIsReadable(_ channel: Channel) {
        guard let count = channel.read(into: worker.loop.receiveBuffer) else { return }
        guard count > 0 else { return depart() }
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
        if isStalled && stash.count > Limits.stashedInputBytes { channel.setReading(false) }
    }

    /// Something that input was waiting for may have come.
    func resume() {
        guard isStalled, !isTakingInput, stage != .closed else { return }
        takeStash()
        if !isStalled || stash.count <= Limits.stashedInputBytes { channel?.setReading(true) }
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
        guard stage == .ready else {
            if stage == .welcoming { isStalled = true }
            return offset
        }
        return takeFrames(input, from: offset)
    }

    private func takeFrames(_ input: UnsafeRawBufferPointer, from start: Int) -> Int {
        var offset = start
        while stage == .ready {
            if server?.channel?.isClogged ?? false { return stall(at: offset) }
            var attempt = scanner
            switch attempt.next(input.bytes, from: offset) {
            case .starved: return offset
            case .violation(let error):
                fail(.clientProtocol(error))
            case .unseen(let range):
                if session.phase == .waiting { return stall(at: offset) }
                scanner = attempt
                offset = range.upperBound
                server?.channel?.write(UnsafeRawBufferPointer(rebasing: input[range]))
            case .frame(let type, let body):
                let frame = (body.lowerBound - FrameScanner.headerBytes)..<body.upperBound
                guard take(type, input, frame, isWhole: true) else { return stall(at: offset) }
                scanner = attempt
                offset = body.upperBound
            case .head(let type, let body):
                let frame = (body.lowerBound - FrameScanner.headerBytes)..<body.upperBound
                guard take(type, input, frame, isWhole: false) else { return stall(at: offset) }
                scanner = attempt
                offset = body.upperBound
            }
        }
        return offset
    }

    private func stall(at offset: Int) -> Int {
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
        let frame = UnsafeRawBufferPointer(rebasing: input[range])
        let verdict = session.frontend(
            type, frame: frame.bytes, isWhole: isWhole, classifier: &worker.classifier,
            reply: &worker.reply)
        if !worker.reply.isEmpty { sendReply() }
        switch verdict {
        case .keep: batch.append(contentsOf: frame)
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
        case .depart: depart()
        case .fail(let error): fail(error)
        }
        return true
    }

    private func inject() {
        let server = self.server
        session.takeInjection { server?.channel?.write($0) }
    }

    func sendReply() {
        channel?.write(worker.reply.bytes)
        worker.reply.clear()
    }

    /// Bytes of the attached server.
    func sendToClient(_ bytes: UnsafeRawBufferPointer) {
        tenant?.counters.bytesToClients += UInt64(bytes.count)
        channel?.write(bytes)
    }

    func channelDrained(_ channel: Channel) { server?.channel?.setReading(true) }

    func channelConnected(_ channel: Channel, failure: String?) {}

    func channelBroke(_ channel: Channel, cause: String) { depart() }

    // MARK: Finding a server

    private func route(_ need: RouteNeed, completedBy frame: UnsafeRawBufferPointer) {
        self.need = need
        lastFrame = frame
        find(excluding: nil)
        lastFrame = nil
        if session.phase == .waiting { batch.append(contentsOf: frame) }
    }

    /// Finds a server for the batch that waits.
    private func find(excluding: NodeID?) {
        guard let tenant, let profile else { return }
        let cluster = tenant.cluster
        if let own = heldConnection(for: need, cluster) { return attach(own) }
        switch cluster.route(need, excluding: excluding, random: worker.random.next()) {
        case .node(let node, let reason):
            if reason == .fallback { tenant.counters.fallbacks += 1 }
            let driver = worker.driver(tenant, node)
            wait(on: driver)
            driver.request(id, profile: profile)
        case .refused(let text): refuse(.noUsableReplica(text))
        case .noPrimary: refuse(.noPrimary(cluster: cluster.name))
        }
    }

    /// In session mode: the connection to the primary, or to the replica of this session.
    private func heldConnection(for need: RouteNeed, _ cluster: Cluster) -> ServerConnection? {
        guard !held.isEmpty else { return nil }
        let wanted: Role = need == .primary ? .primary : .replica
        return held.first {
            $0.driver.tenant.cluster === cluster && cluster.role($0.driver.node) == wanted
                && cluster.view.nodes[$0.driver.node.index].state.isUsable
        }
    }

    func wait(on driver: PoolDriver) {
        waitingOn = driver
        driver.tenant.cluster.load[driver.node.index] += 1
    }

    private func stopWaiting() {
        guard let driver = waitingOn else { return }
        waitingOn = nil
        driver.tenant.cluster.load[driver.node.index] -= 1
    }

    /// The pool has lent a connection.
    func granted(_ server: ServerConnection) {
        stopWaiting()
        if stage == .welcoming {
            server.lend(to: self)
            welcomed(server.reported)
            return server.release(reset: false)
        }
        guard stage == .ready, session.phase == .waiting else { return server.giveBack() }
        if tenant?.pooling.mode == .session { held.append(server) }
        attach(server)
        resume()
    }

    private func attach(_ server: ServerConnection) {
        server.lend(to: self)
        self.server = server
        let cluster = server.driver.tenant.cluster
        cluster.load[server.driver.node.index] += 1
        turnSince = worker.now
        session.granted(server.driver.node, role: cluster.role(server.driver.node))
        inject()
        if !batch.isEmpty {
            server.channel?.write(batch)
            batch = []
        }
        if let lastFrame { server.channel?.write(lastFrame) }
        if isClogged { server.channel?.setReading(false) }
    }

    /// The node that this session waits for is no good: look for another.
    func reroute(excluding: NodeID?) {
        guard isWaiting else { return }
        stopWaiting()
        if stage == .welcoming { return findWelcome(excluding: excluding) }
        find(excluding: excluding)
    }

    /// A connection could not be opened for this session.
    func serverRefused(
        _ driver: PoolDriver, cause: String, refusal: ServerLink.Refusal?
    ) {
        guard isWaiting else { return }
        guard let refusal else { return reroute(excluding: driver.node) }
        stopWaiting()
        if stage == .welcoming {
            // The server's own words, as if the client had asked it.
            if !refusal.message.isEmpty { channel?.write(refusal.message) }
            return refusal.message.isEmpty
                ? fail(.serverUnavailable(node: driver.name.node, refusal.text)) : end()
        }
        refuse(.serverUnavailable(node: driver.name.node, refusal.text))
    }

    func waitedTooLong(milliseconds: UInt64, driver: PoolDriver) {
        stopWaiting()
        let error = ErrorReply.poolExhausted(
            pool: driver.name.description, size: driver.pool.limits.size,
            waitedMilliseconds: milliseconds, lastFailure: driver.lastFailure)
        if stage == .welcoming { return fail(error) }
        refuse(error)
    }

    /// No server for the batch: the client gets an error and goes on.
    private func refuse(_ error: ErrorReply) {
        batch = []
        session.refused(error, reply: &worker.reply)
        tenant?.counters.errors += 1
        sendReply()
        resume()
    }

    // MARK: The end of a turn

    /// The session's turn on this server is over. Returns whether the client keeps the connection.
    func turnEnded(on server: ServerConnection) -> Bool {
        leave(server)
        session.released()
        let keeps = tenant?.pooling.mode == .session && held.contains { $0 === server }
        if leavesAtRest && isAtRest { fail(.shuttingDown) }
        return keeps && stage == .ready
    }

    private func leave(_ server: ServerConnection) {
        self.server = nil
        let cluster = server.driver.tenant.cluster
        let node = server.driver.node
        cluster.load[node.index] -= 1
        book(cluster, node)
        guard need == .read else { return }
        cluster.router.observed(
            node, nanoseconds: worker.now.nanoseconds(since: turnSince), at: worker.now)
    }

    /// Adds what the session has done since the last time to the counters.
    private func book(_ cluster: Cluster, _ node: NodeID) {
        let tally = session.tally
        let reads = tally.reads - booked.reads
        let writes = tally.writes - booked.writes
        let errors = tally.errors - booked.errors
        cluster.counters[node.index].reads += reads
        cluster.counters[node.index].writes += writes
        cluster.counters[node.index].errors += errors
        if let tenant {
            tenant.counters.transactions += tally.transactions - booked.transactions
            tenant.counters.reads += reads
            tenant.counters.writes += writes
            tenant.counters.statements += reads + writes
            tenant.counters.errors += errors
        }
        booked = tally
    }

    /// The attached or held server's connection broke.
    func serverLost(_ server: ServerConnection, cause: String, midFrame: Bool) {
        held.removeAll { $0 === server }
        guard self.server === server else { return }
        let verdict = session.lost(
            node: server.nodeName, cause: cause, midFrame: midFrame, reply: &worker.reply)
        leave(server)
        sendReply()
        switch verdict {
        case .unnoticed, .answered: resume()
        case .fail(let error): fail(error)
        }
    }

    // MARK: Cancel

    /// The client asked, on another connection, to stop what runs.
    func cancelRequested() {
        if let driver = waitingOn, stage == .ready {
            driver.withdraw(id)
            stopWaiting()
            refuse(.canceled)
        } else if session.isCancellable {
            server?.sendCancel()
        }
    }

    // MARK: Leaving

    func loginTimedOut() { fail(.loginTimeout) }

    /// The configuration has no place for this session any more.
    func leaveWhenAtRest() {
        leavesAtRest = true
        if isAtRest { fail(.shuttingDown) }
    }

    /// Tells the client why, and closes.
    func fail(_ error: ErrorReply) {
        guard stage != .closed else { return }
        var fatal = error
        fatal.severity = .fatal
        fatal.write(to: &worker.reply)
        sendReply()
        end()
    }

    /// The client is gone, or said so.
    func depart() { end() }

    func end() {
        guard stage != .closed else { return }
        stage = .closed
        if let driver = waitingOn {
            driver.withdraw(id)
            stopWaiting()
        }
        if let server { giveUp(server) }
        for server in held { server.release(reset: true) }
        held = []
        channel?.close()
        if processID != 0 { worker.shared.cancels.remove(processID) }
        if let profile { worker.release(profile, tenant: tenant) }
        profile = nil
        worker.forget(self)
    }

    /// Leaves the attached server: clean, or put back, or not to be used again.
    private func giveUp(_ server: ServerConnection) {
        let isAtRest = session.isAtRest
        let isClean = session.pins.isEmpty && tenant?.pooling.mode != .session
        held.removeAll { $0 === server }
        leave(server)
        session.released()
        if isAtRest { server.release(reset: !isClean) } else { server.abandon() }
    }
}
