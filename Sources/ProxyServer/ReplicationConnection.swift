import Authentication
import NetworkIO
import PostgresWire
import SessionCore
import Vocabulary

/// The server's side of a replication client: a connection to the primary of its own, outside the
/// pools, over which bytes pass as they are until either side ends.
///
/// Invariant: from `open` to `end` it is in the worker's table and counts in the directory.
final class ReplicationConnection: ChannelOwner {
    enum State { case opening, login, relaying, closed }

    let id: ServerID
    let client: ClientConnection
    let cluster: Cluster
    let node: NodeID
    /// As the client named it.
    let database: String
    private let startup: [UInt8]
    private let secret: ServerSecret
    private let user: String
    private let worker: Worker
    private var encryption: ServerEncryption
    private(set) var state = State.opening
    private(set) var channel: Channel?
    private(set) var processID: Int32 = 0
    private(set) var watch = ReplicationWatch()
    let since: MonotonicInstant
    private var secretKey: [UInt8] = []
    private var address: SocketAddress?
    private var addresses: [SocketAddress] = []
    private var link: ServerLink?
    private var scanner = FrameScanner(.backend)
    private var stash: [UInt8] = []
    private var deadline: MonotonicInstant?

    /// How long a server may take from the first packet to its first ReadyForQuery.
    private static let loginMilliseconds: UInt64 = 15_000

    /// - Parameters:
    ///   - startup: the StartupMessage for the server.
    ///   - user: the client's, who logs in with this secret.
    init(
        for client: ClientConnection, database: String, to node: NodeID, of cluster: Cluster,
        startup: [UInt8], user: String, secret: ServerSecret, worker: Worker
    ) {
        self.client = client
        self.database = database
        self.node = node
        self.cluster = cluster
        self.startup = startup
        self.user = user
        self.secret = secret
        self.worker = worker
        id = worker.ids.next()
        since = worker.now
        let place = cluster.node(node)
        encryption = ServerEncryption(
            mode: place.tls.mode, negotiation: place.tls.negotiation, isLocal: place.isLocal)
    }

    var nodeName: String { cluster.node(node).name }
    /// Version and cipher; empty: not encrypted.
    var encryptionName: String { channel?.encryption ?? "" }

    // MARK: Opening

    func open() {
        worker.replications[id] = self
        let deadline = worker.now.advanced(milliseconds: Self.loginMilliseconds)
        self.deadline = deadline
        worker.loop.wake(at: deadline)
        Lookup.resolve(cluster.node(node), for: id, worker: worker)
    }

    func resolved(_ resolution: Resolution) {
        guard state == .opening, channel == nil else { return }
        switch resolution {
        case .success(let found):
            addresses = found
            connectNext("no address")
        case .failure(let error): openFailed(error.text)
        }
    }

    private func connectNext(_ cause: String) {
        guard !addresses.isEmpty else { return openFailed(cause) }
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

    /// Does what the way to encryption asks for next.
    private func carryOut(_ step: ServerEncryption.Step) {
        switch step {
        case .logIn: logIn()
        case .ask(let request): channel?.write(request)
        case .secure: secure()
        case .reconnect: reconnect()
        case .fail(let cause): openFailed(cause)
        }
    }

    private func secure() {
        guard let context = cluster.tls[node.index] else {
            return openFailed("TLS is not configured")
        }
        do throws(TLSFailure) {
            try channel?.startTLS(context, host: cluster.node(node).host)
        } catch {
            openFailed(error.text)
        }
    }

    func channelSecured(_ channel: Channel, failure: String?) {
        guard state == .opening else { return }
        if let failure { return carryOut(encryption.handshakeFailed(failure)) }
        carryOut(encryption.secured(agreed: channel.hasAgreedOnProtocol))
    }

    /// The same server once more, another way.
    private func reconnect() {
        channel?.close()
        channel = nil
        link = nil
        stash = []
        scanner = FrameScanner(.backend)
        state = .opening
        if let address { addresses.insert(address, at: 0) }
        connectNext("no address")
    }

    private func logIn() {
        state = .login
        var path = ServerAuthentication.Channel.plain
        if let channel, channel.isEncrypted {
            path = .encrypted(binding: channel.endPointBinding)
        }
        link = ServerLink(
            authentication: ServerAuthentication(
                user: user, secret: secret, keyring: nil,
                nonce: worker.secrets.draw(18), channel: path))
        channel?.write(startup)
    }

    private func openFailed(_ cause: String) {
        worker.shared.report(cluster: cluster.name, node: node, failure: cause)
        client.fail(.serverUnavailable(node: nodeName, cause))
    }

    // MARK: Login

    private func login(_ input: UnsafeRawBufferPointer) {
        stash.append(contentsOf: input)
        var bytes: [UInt8] = []
        swap(&bytes, &stash)
        var offset = 0
        while state == .login {
            let step = bytes.withUnsafeBytes { scanner.next($0.bytes, from: offset) }
            switch step {
            case .frame(let type, let body):
                offset = body.upperBound
                let frame = (body.lowerBound - FrameScanner.headerBytes)..<body.upperBound
                bytes.withUnsafeBytes { take(type, $0.bytes.extracting(frame)) }
            case .starved:
                stash = Array(bytes[offset...])
                return
            case .unseen, .head, .violation:
                return client.fail(.serverProtocol(node: nodeName))
            }
        }
        // What came behind the login is the client's.
        if state == .relaying, offset < bytes.count {
            bytes.withUnsafeBytes { relay(UnsafeRawBufferPointer(rebasing: $0[offset...])) }
        }
    }

    private func take(_ raw: UInt8, _ frame: RawSpan) {
        guard let type = BackendMessageType(rawValue: raw),
            let verdict = link?.receive(type, frame: frame)
        else { return client.fail(.serverProtocol(node: nodeName)) }
        switch verdict {
        case .wait: break
        case .send(let bytes): channel?.write(bytes)
        case .ready:
            let reported = link?.reported ?? []
            processID = link?.processID ?? 0
            secretKey = link?.secretKey ?? []
            link = nil
            deadline = nil
            state = .relaying
            client.replicationBegins(reported)
        case .refused(let refusal) where encryption.loginRefused(state: refusal.state):
            reconnect()
        case .refused(let refusal):
            // The server's own words, as if the client had asked it.
            if refusal.message.isEmpty {
                return client.fail(.serverUnavailable(node: nodeName, refusal.text))
            }
            client.channel?.write(refusal.message)
            client.end()
        }
    }

    // MARK: Relay

    func channelIsReadable(_ channel: Channel) {
        guard let count = channel.read(into: worker.loop.receiveBuffer) else { return }
        guard count > 0 else { return lost("the server closed the connection") }
        let input = UnsafeRawBufferPointer(
            start: worker.loop.receiveBuffer.baseAddress, count: count)
        switch state {
        case .login: login(input)
        case .relaying: relay(input)
        case .opening:
            // The one byte that answers an SSLRequest.
            carryOut(encryption.answered(input[0], hasMore: count > 1))
        case .closed: break
        }
    }

    private func relay(_ input: UnsafeRawBufferPointer) {
        guard watch.serverSent(input.bytes) else {
            return client.fail(.serverProtocol(node: nodeName))
        }
        client.channel?.write(input)
        if client.isClogged { channel?.setReading(false) }
        client.leaveIfDue()
    }

    /// Bytes of the client. False: it must wait before it sends more.
    func send(_ input: UnsafeRawBufferPointer) -> Bool {
        watch.clientSent()
        channel?.write(input)
        return !(channel?.isClogged ?? false)
    }

    func channelDrained(_ channel: Channel) { client.channel?.setReading(true) }

    func channelBroke(_ channel: Channel, cause: String) { lost(cause) }

    // MARK: Cancel

    /// Cancels what runs here now.
    func requestCancel(_ ticket: CancelTicket) {
        guard state == .relaying, let address, processID != 0 else { return worker.answer(ticket) }
        let request = StartupPacket.cancelRequest(processID: processID, secret: secretKey)
        worker.cancelDesk.submit(
            CancelErrand(
                request, to: [address], protection: cancelProtection,
                deadline: worker.now.advanced(milliseconds: Limits.cancelWaitMilliseconds)
            ) { [worker] _ in worker.answer(ticket) })
    }

    private var cancelProtection: CancelConnection.Protection? {
        guard channel?.isEncrypted ?? false, let context = cluster.tls[node.index] else {
            return nil
        }
        let place = cluster.node(node)
        return CancelConnection.Protection(
            context: context, host: place.host, negotiation: place.tls.negotiation)
    }

    // MARK: End

    /// Called once in a while.
    func checkDeadline() {
        guard let deadline, deadline <= worker.now else { return }
        self.deadline = nil
        openFailed("the login timed out")
    }

    private func lost(_ cause: String) {
        switch state {
        case .opening, .login: openFailed(cause)
        // What it had to say has passed to the client already.
        case .relaying: client.end()
        case .closed: break
        }
    }

    /// The client is gone, or is told to go.
    func end() {
        guard state != .closed else { return }
        state = .closed
        channel?.close()
        channel = nil
        worker.replications[id] = nil
        worker.shared.replications.leave(cluster: cluster.name)
    }
}
