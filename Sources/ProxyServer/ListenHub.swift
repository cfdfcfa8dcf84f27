import NetworkIO
import PostgresWire
import Routing
import SessionCore
import Vocabulary

/// The server connection on which the sessions of one tenant listen together: one for each worker
/// and client encoding, to the primary, beside the pools. Opened by the first LISTEN, closed when
/// nobody listens. Decides nothing: `ListenRoster` does.
///
/// Invariant: `server` refers back to this hub, and is among the worker's servers.
final class ListenHub {
    let tenant: Tenant
    /// The `client_encoding` of its sessions: servers convert channels and payloads to it.
    let encoding: String
    private let worker: Worker
    private(set) var roster = ListenRoster()
    private var server: ServerConnection?
    private var isOpen = false
    /// Until when sessions wait for a connection.
    private var deadlines: [SessionID: MonotonicInstant] = [:]
    private var retryAt: MonotonicInstant?
    private var lastFailure = "it was not tried yet"
    private var lastWords: [UInt8] = []

    /// How long to wait before the next attempt to open a connection.
    private static let retryMilliseconds: UInt64 = 250

    init(_ tenant: Tenant, encoding: String, worker: Worker) {
        self.tenant = tenant
        self.encoding = encoding
        self.worker = worker
    }

    // MARK: Sessions

    /// A session wants to listen; it is told how that went.
    func join(_ session: SessionID, _ channel: ListenRoster.Channel) {
        roster.join(session, channel)
        let wait = UInt64(tenant.pooling.maxWaitMillis)
        deadlines[session] = worker.now.advanced(milliseconds: wait)
        worker.loop.wake(at: worker.now.advanced(milliseconds: wait))
        if isOpen { advance() } else if server == nil && retryAt == nil { open() }
    }

    /// A session does not listen on a channel any more.
    func leave(_ session: SessionID, _ channel: ListenRoster.Channel) {
        roster.leave(session, channel)
        if isOpen { advance() }
    }

    /// A session does not wait for its LISTEN any more.
    func withdraw(_ session: SessionID) {
        deadlines[session] = nil
        roster.withdraw(session)
    }

    // MARK: The connection

    private func open() {
        retryAt = nil
        switch tenant.cluster.route(RouteRequest(.primary), random: worker.random.next()) {
        case .refused(let text): refuseAll(.noUsableReplica(text))
        case .noPrimary where tenant.cluster.view.findsRoles:
            lastFailure = tenant.cluster.view.obstacleToWriting ?? "there is no primary"
            tryLater()
        case .awaitProof: break
        case .noPrimary: refuseAll(.noPrimary(cluster: tenant.cluster.name))
        case .node(let node, _):
            let profile = worker.profiles.retain([
                .init(name: "client_encoding", value: encoding),
                .init(name: "application_name", value: "switchyard"),
            ])
            let fresh = ServerConnection(
                worker.ids.next(), driver: worker.driver(tenant, node), profile: profile,
                worker: worker)
            fresh.hub = self
            server = fresh
            worker.servers[fresh.id] = fresh
            fresh.open()
        }
    }

    /// The connection is logged in.
    func opened() {
        isOpen = true
        advance()
    }

    /// The connection could not be opened.
    /// - Parameter refusal: the server's, where waiting will not mend it.
    func openFailed(_ cause: String, refusal: ServerLink.Refusal?) {
        server = nil
        lastFailure = cause
        if let refusal {
            for session in roster.takeJoining() {
                deadlines[session] = nil
                worker.clients[session]?.listenRefused(
                    nil, .serverUnavailable(node: nodeName, refusal.text))
            }
        } else if !roster.isVacant {
            tryLater()
        }
    }

    private func tryLater() {
        let next = worker.now.advanced(milliseconds: Self.retryMilliseconds)
        retryAt = next
        worker.loop.wake(at: next)
    }

    /// A whole message of the server.
    func receive(_ type: BackendMessageType, _ frame: RawSpan) {
        switch roster.receive(type, frame) {
        case .nothing: break
        case .notified(let channel):
            for session in roster.listeners(of: channel) {
                worker.clients[session]?.notified(frame, encoding: encoding)
            }
        case .roundEnded(let outcomes):
            server?.deadline = nil
            for outcome in outcomes { settle(outcome) }
            advance()
        case .farewell: lastWords = frame.copy(0..<frame.byteCount)
        case .violation: server?.breach("message of type \(type.rawValue) while listening")
        }
    }

    private func settle(_ outcome: ListenRoster.Outcome) {
        deadlines[outcome.session] = nil
        guard let client = worker.clients[outcome.session] else { return }
        if let refusal = outcome.refusal {
            client.listenRefused(refusal, .canceled)
        } else {
            client.listened()
        }
    }

    private func advance() {
        var messages = MessageWriter()
        guard let server, roster.beginRound(into: &messages) else { return }
        server.channel?.write(messages.bytes)
        let deadline = worker.now.advanced(milliseconds: ServerConnection.resetMilliseconds)
        server.deadline = deadline
        worker.loop.wake(at: deadline)
    }

    // MARK: The end

    /// The connection broke: notifications may have been lost, which every session that listens is
    /// told.
    func lost(_ cause: String) {
        let node = nodeName
        server = nil
        worker.forget(self)
        let error = ErrorReply.serverLost(node: node, cause: cause, closing: false)
        for session in roster.takeJoining() {
            worker.clients[session]?.listenRefused(nil, error)
        }
        let end: Listening.End =
            lastWords.isEmpty
            ? .fail(.listeningLost(node: node, cause: cause)) : .passOn(lastWords)
        for session in roster.sessions { worker.clients[session]?.listeningEnded(end) }
    }

    /// Looks after what takes time, and whether the connection is still the right one.
    func tick() {
        if roster.isVacant && !roster.isUnderWay {
            worker.forget(self)
            server?.close()
            server = nil
            return
        }
        if let retryAt, retryAt <= worker.now { open() }
        for (session, deadline) in deadlines where deadline <= worker.now && !isOpen {
            withdraw(session)
            worker.clients[session]?.listenRefused(
                nil, .serverUnavailable(node: nodeName, lastFailure))
        }
        look()
    }

    /// The cluster may have changed: who listens must listen to the primary.
    func look() {
        guard isOpen, let server else { return }
        let role = server.driver.cluster.role(server.driver.node)
        guard server.driver.isRetired || role != .primary else { return }
        server.lost("it is not the primary any more")
    }

    /// A node was found not to be usable: a connection that says nothing may be dead.
    func nodeFailed(_ node: NodeID, of cluster: Cluster) {
        guard isOpen, let server, server.driver.cluster === cluster, server.driver.node == node
        else { return }
        server.lost("the node was marked down")
    }

    private func refuseAll(_ error: ErrorReply) {
        for session in roster.takeJoining() {
            deadlines[session] = nil
            worker.clients[session]?.listenRefused(nil, error)
        }
    }

    private var nodeName: String {
        server?.nodeName ?? tenant.cluster.view.primary?.name ?? tenant.cluster.name
    }
}
