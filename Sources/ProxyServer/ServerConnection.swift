import Authentication
import NetworkIO
import PostgresWire
import SessionCore
import Vocabulary

/// The outcome of looking a host up.
typealias Resolution = Result<[SocketAddress], ResolveError>

/// A connection to a server: its login, the turns it runs for clients, and its way back to the
/// pool.
///
/// Invariant: `client` is set exactly in the states `lent` and `held`; `line` is empty in all but
/// `lent` and `draining`.
final class ServerConnection: ChannelOwner {
    enum State: String {
        case opening, login, idle, lent, resetting
        /// What it answers now is nobody's; turns that are somebody's may follow.
        case draining
        /// Kept by a client in session mode that runs nothing on it now.
        case held
        /// Given back while a cancel for its last turn may still hit it.
        case quarantined
        /// Sessions listen on it together; it belongs to no pool.
        case listening
        /// Runs for shadow mode; it belongs to no pool.
        case shadowing
        case closed
    }

    let id: ServerID
    let driver: PoolDriver
    let profile: ProfileID
    let worker: Worker
    var state = State.opening
    var client: ClientConnection?
    /// Turns of other clients behind that one.
    var line = TurnLine()
    /// The turn at the head has ended, and the answer of the next one follows.
    var movesOn = false
    /// Set if it is not for a pool but for sessions that listen.
    var hub: ListenHub?
    /// Set if it is not for a pool but for what shadow mode runs.
    var shadow: ShadowLine?
    var channel: Channel?
    var scanner = FrameScanner(.backend)
    /// Input that is not whole yet.
    var stash: [UInt8] = []
    /// The rest of a frame that was not forwarded is not to be forwarded either.
    var dropsUnseen = false
    private var link: ServerLink?
    var encryption: ServerEncryption
    private var addresses: [SocketAddress] = []
    var reported: [SettingsTracker.Reported] = []
    var processID: Int32 = 0
    var secretKey: [UInt8] = []
    var address: SocketAddress?
    var since: MonotonicInstant
    /// It was open by then: whatever server is asked later is the same one.
    var openedAt = MonotonicInstant(nanoseconds: .max)
    var deadline: MonotonicInstant?
    var turns: UInt64 = 0
    var cancel = ServerCancel()
    var needsReset = false
    /// A transaction is open on it that nobody will go on with.
    var isInBlock = false
    /// DISCARD ALL is done, but for its ReadyForQuery.
    var isPutBack = false
    /// The server has sent an error that ends the connection.
    var wasToldWhy = false
    /// What its session holds, while no client's session has it.
    var contents: ServerSession
    /// It has sent what it should not have, or has got a part of a message and not the rest: nobody
    /// is to have it again.
    var isBroken = false

    /// How long a server may take from the first packet to its first ReadyForQuery.
    private static let loginMilliseconds: UInt64 = 15_000
    /// How long it may take to put a session back to its state after login.
    static let resetMilliseconds: UInt64 = 10_000

    init(_ id: ServerID, driver: PoolDriver, profile: ProfileID, worker: Worker) {
        self.id = id
        self.driver = driver
        self.profile = profile
        self.worker = worker
        since = worker.now
        contents = ServerSession(statementLimit: driver.tenant.pooling.maxPreparedStatements)
        let node = driver.cluster.node(driver.node)
        encryption = ServerEncryption(
            mode: node.tls.mode, negotiation: node.tls.negotiation, isLocal: node.isLocal)
    }

    var isIdle: Bool { state == .idle }
    var nodeName: String { driver.name.node }

    // MARK: Opening

    func open() {
        deadline = worker.now.advanced(milliseconds: Self.loginMilliseconds)
        worker.loop.wake(at: worker.now.advanced(milliseconds: Self.loginMilliseconds))
        let node = driver.cluster.node(driver.node)
        Lookup.resolve(node, for: id, worker: worker)
    }

    func resolved(_ resolution: Resolution) {
        guard state == .opening, channel == nil else { return }
        switch resolution {
        case .success(let found):
            addresses = found
            connectNext("no address")
        case .failure(let error): openFailed(error.text, lasting: nil, isUnreachable: true)
        }
    }

    private func connectNext(_ cause: String) {
        guard !addresses.isEmpty else {
            return openFailed(cause, lasting: nil, isUnreachable: true)
        }
        let next = addresses.removeFirst()
        address = next
        switch worker.loop.connect(to: next, owner: self) {
        case .success(let channel): self.channel = channel
        case .failure(let error): connectNext(error.text)
        }
    }

    func channelConnected(_ channel: Channel, failure: String?) {
        if let failure {
            channel.close()
            self.channel = nil
            return connectNext(failure)
        }
        carryOut(encryption.connected())
    }

    /// The same server once more, another way.
    func reconnect() {
        channel?.close()
        channel = nil
        link = nil
        scanner = FrameScanner(.backend)
        state = .opening
        if let address { addresses.insert(address, at: 0) }
        connectNext("no address")
    }

    /// The connection is as it should be for a login.
    func logIn() {
        state = .login
        let tenant = driver.tenant
        var nonce = [UInt8](repeating: 0, count: 18)
        for index in nonce.indices { nonce[index] = .random(in: .min ... .max) }
        link = ServerLink(
            authentication: ServerAuthentication(
                user: tenant.user, secret: worker.secret(of: tenant), keyring: tenant.keyring,
                nonce: nonce, channel: loginChannel))
        channel?.write(
            ServerLink.startup(
                user: tenant.user, database: tenant.serverDatabase,
                settings: worker.profiles.settings(profile)))
    }

    /// - Parameters:
    ///   - lasting: the refusal, where waiting will not mend it.
    ///   - isUnreachable: the node itself cannot be reached; the monitor should know.
    func openFailed(
        _ cause: String, lasting: ServerLink.Refusal?, isUnreachable: Bool
    ) {
        guard state == .opening || state == .login else { return }
        end()
        driver.tell(cause)
        if let lasting { driver.doubtUser(lasting, on: worker) }
        if isUnreachable { report(cause) }
        if let hub { return hub.openFailed(cause, refusal: lasting) }
        if let shadow { return shadow.lost(cause, wasOpen: false) }
        driver.openFailed(id, cause)
        guard isUnreachable || lasting != nil else { return }
        // A primary that cannot be reached may be back before the deadline of those who wait.
        let isReplica = driver.cluster.role(driver.node) == .replica
        guard lasting != nil || isReplica else { return }
        for session in driver.failWaiters(of: profile) {
            worker.clients[session]?.serverRefused(driver, cause: cause, refusal: lasting)
        }
    }

    // MARK: Input

    func channelIsReadable(_ channel: Channel) {
        guard let count = channel.read(into: worker.loop.receiveBuffer) else { return }
        // A server that ends one connection says why before it closes.
        guard count > 0 else {
            return lost("the server closed the connection", isOutage: !wasToldWhy)
        }
        let fresh = UnsafeRawBufferPointer(
            start: worker.loop.receiveBuffer.baseAddress, count: count)
        if state == .opening { return takeEncryptionAnswer(fresh) }
        if stash.isEmpty {
            let consumed = take(fresh)
            if consumed < count && state != .closed {
                stash.append(contentsOf: UnsafeRawBufferPointer(rebasing: fresh[consumed...]))
            }
        } else {
            stash.append(contentsOf: fresh)
            var input: [UInt8] = []
            swap(&input, &stash)
            let consumed = input.withUnsafeBytes { take($0) }
            if consumed < input.count && state != .closed {
                stash.append(contentsOf: input[consumed...])
            }
        }
    }

    /// Takes whole frames; returns how many bytes are done with.
    private func take(_ input: UnsafeRawBufferPointer) -> Int {
        switch state {
        case .lent, .draining: return relayLine(input)
        case .login, .idle, .held, .resetting, .quarantined, .listening: return takeOwn(input)
        case .shadowing: return shadow?.receive(input.bytes) ?? input.count
        case .opening, .closed: return input.count
        }
    }

    /// Frames that no client is waiting for.
    func takeOwn(_ input: UnsafeRawBufferPointer, from start: Int = 0) -> Int {
        var offset = start
        while state != .closed {
            switch scanner.next(input.bytes, from: offset) {
            case .unseen(let range): offset = range.upperBound
            case .starved: return offset
            case .violation(let error):
                breach(error.text)
                return input.count
            case .head(let type, let body):
                offset = body.upperBound
                if state == .login { breach("message of type \(type) is too long") }
            case .frame(let type, let body):
                let frame = input.bytes.extracting(
                    (body.lowerBound - FrameScanner.headerBytes)..<body.upperBound)
                offset = body.upperBound
                takeOwn(type, frame)
                // It may have been lent to a client that waits: the rest is for that one's turn.
                if state == .lent { return offset }
                // It has been connected anew: what came on the old connection is over.
                if state == .opening { return input.count }
            }
        }
        return input.count
    }

    private func takeOwn(_ raw: UInt8, _ frame: RawSpan) {
        guard let type = BackendMessageType(rawValue: raw) else {
            return breach("message of unknown type \(raw)")
        }
        switch state {
        case .login: login(type, frame)
        case .resetting: reset(type, frame)
        case .idle, .held, .quarantined:
            switch type {
            case .parameterStatus: noteReport(frame)
            case .noticeResponse, .notificationResponse: break
            case .errorResponse:
                let body = frame.extracting(FrameScanner.headerBytes..<frame.byteCount)
                lost(ServerLink.refusal(frame, body).text)
            case .parseComplete, .bindComplete, .closeComplete, .commandComplete, .dataRow,
                .copyInResponse, .copyOutResponse, .emptyQueryResponse, .backendKeyData,
                .authentication, .rowDescription, .functionCallResponse, .copyBothResponse,
                .readyForQuery, .copyDone, .copyData, .noData, .portalSuspended,
                .parameterDescription, .negotiateProtocolVersion:
                breach("message of type \(raw) on an idle connection")
            }
        case .listening: hub?.receive(type, frame)
        case .opening, .lent, .draining, .shadowing, .closed: break
        }
    }

    private func login(_ type: BackendMessageType, _ frame: RawSpan) {
        guard let verdict = link?.receive(type, frame: frame) else { return }
        switch verdict {
        case .wait: break
        case .send(let bytes): channel?.write(bytes)
        case .ready:
            reported = link?.reported ?? []
            contents.loggedIn(with: reported)
            processID = link?.processID ?? 0
            secretKey = link?.secretKey ?? []
            driver.tenant.keyring = link?.keyring ?? driver.tenant.keyring
            link = nil
            deadline = nil
            if let hub {
                state = .listening
                return hub.opened()
            }
            if let shadow {
                state = .shadowing
                return shadow.opened()
            }
            if let refusal = refusalOfRole {
                return openFailed(refusal, lasting: nil, isUnreachable: false)
            }
            state = .idle
            openedAt = EventLoop.clock()
            if !driver.isRetired { learnWelcome() }
            driver.opened(id)
        case .refused(let refusal) where encryption.loginRefused(state: refusal.state):
            reconnect()
        case .refused(let refusal):
            openFailed(
                refusal.text, lasting: refusal.isLasting ? refusal : nil,
                isUnreachable: refusal.tellsOfOutage)
        }
    }

    /// What clients of these startup parameters are told at login.
    private func learnWelcome() {
        let welcome = Welcome(reported)
        driver.tenant.welcomes[profile] = welcome
        worker.shared.welcomes.learn(
            welcome, driver.tenant.key, worker.profiles.settings(profile))
    }

    func breach(_ what: String) {
        worker.log.error(
            "server broke the protocol",
            metadata: ["node": "\(nodeName)", "what": "\(what)"])
        lost("the server broke the protocol: \(what)")
    }

    // MARK: End

    /// The pool, or the end of the process, wants it closed.
    func close() {
        guard state != .closed else { return }
        if state != .opening { channel?.write(Self.terminate) }
        end()
    }

    /// The client vanished in the middle of something: what runs is cancelled, and nobody gets this
    /// connection again.
    func abandon() {
        requestCancel(nil)
        let driver = self.driver
        let line = endLine()
        end()
        driver.lost(id)
        for client in line { client.runAlone() }
    }

    /// The connection is gone or worth nothing.
    /// - Parameter isOutage: it broke as when the whole node breaks; the monitor should look.
    func lost(_ cause: String, isOutage: Bool = false) {
        guard state != .closed else { return }
        if state == .opening || state == .login {
            return openFailed(cause, lasting: nil, isUnreachable: true)
        }
        let wasLentTo = client
        let midFrame = scanner.unseenBytes > 0 && !dropsUnseen
        end()
        worker.log.info(
            "server connection lost",
            metadata: ["pool": "\(driver.name)", "cause": "\(cause)"])
        if isOutage { report(cause) }
        if let hub { return hub.lost(cause) }
        if let shadow { return shadow.lost(cause, wasOpen: true) }
        let line = endLine()
        driver.lost(id)
        wasLentTo?.serverLost(self, cause: cause, midFrame: midFrame)
        for client in line { client.runAlone() }
    }

    /// Called once in a while.
    func checkDeadline() {
        guard let deadline, deadline <= worker.now else { return }
        self.deadline = nil
        lost(state == .login || state == .opening ? "the login timed out" : "no answer in time")
    }

    func end() {
        state = .closed
        client = nil
        deadline = nil
        channel?.close()
        worker.forget(self)
    }

    func channelDrained(_ channel: Channel) { client?.resume() }

    func channelBroke(_ channel: Channel, cause: String) { lost(cause, isOutage: !wasToldWhy) }

    /// Tells the monitor that the node cannot be used.
    private func report(_ cause: String) {
        guard !driver.isRetired else { return }
        worker.shared.report(cluster: driver.name.cluster, node: driver.node, failure: cause)
    }

    private static let terminate: [UInt8] = [FrontendMessageType.terminate.rawValue, 0, 0, 0, 4]
}
