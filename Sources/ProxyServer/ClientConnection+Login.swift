import Authentication
import Configuration
import NetworkIO
import PostgresWire
import Routing
import SessionCore
import Vocabulary

/// What is kept of a login while it lasts. Apart from its connection, which is small once the login
/// is over.
final class LoginProgress {
    var startup: StartupMachine
    var parameters: StartupParameters?
    var authentication: ClientAuthentication?
    var secret = ServerSecret.none
    /// By what rule, and what it still has to find out; see `ClientConnection+Access`.
    var admission: Admission?
    /// What the client will be told before long; nothing that it sends counts any more.
    var pendingRefusal: ErrorReply?
    /// What servers report for a client that is being welcomed.
    var learned: Welcome?

    init(startup: StartupMachine) { self.startup = startup }
}

// From the first packet to ReadyForQuery.
extension ClientConnection {
    /// Takes the packets of a login; returns how many bytes are done with.
    func takeLogin(_ input: UnsafeRawBufferPointer) -> Int {
        var offset = 0
        while offset <= input.count {
            let rest = UnsafeRawBufferPointer(rebasing: input[offset...])
            let consumed: Int?
            switch stage {
            case .startup: consumed = takeStartup(rest)
            case .authenticating where login?.pendingRefusal != nil: return input.count
            case .authenticating where isInquiring: return stallLogin(at: offset, of: input.count)
            case .authenticating: consumed = takePassword(rest)
            case .welcoming, .ready, .admin, .replicating, .canceling, .closed: return offset
            }
            guard let consumed else { return offset }
            offset += consumed
        }
        return offset
    }

    private func takeStartup(_ input: UnsafeRawBufferPointer) -> Int? {
        if login == nil { login = LoginProgress(startup: newStartup()) }
        guard let verdict = login?.startup.receive(input.bytes) else { return nil }
        switch verdict {
        case .starved: return nil
        case .answer(let byte, let consumed):
            channel?.write([byte])
            return consumed
        case .secure(let byte, let consumed):
            startTLS(answering: byte)
            return consumed
        case .cancel(let processID, let secret):
            carryCancel(processID, secret, from: isSibling ? .sibling : .client)
            return input.count
        case .passedOnCancel(let processID, let secret):
            carryCancel(processID, secret, from: isSibling ? .sibling : .host)
            return input.count
        case .login(let parameters, let consumed):
            begin(parameters)
            return consumed
        case .refused(let error):
            fail(error)
            return input.count
        case .closing(let bytes):
            channel?.write(bytes)
            end()
            return input.count
        case .garbage:
            end()
            return input.count
        }
    }

    private func begin(_ parameters: StartupParameters) {
        if isSibling { return end() }
        if worker.isDraining { return fail(.startingUp) }
        login?.parameters = parameters
        if let refusal = crowdRefusal { return fail(refusal) }
        let negotiation = StartupMachine.negotiation(parameters)
        if !negotiation.isEmpty { channel?.write(negotiation) }
        let database = parameters.databaseOrUser
        if let refusal = certificateRefusal(user: parameters.user) { return fail(refusal) }
        stage = .authenticating
        admit(parameters, database: database)
    }

    private func takePassword(_ input: UnsafeRawBufferPointer) -> Int? {
        guard input.count >= FrameScanner.headerBytes else { return nil }
        let type = input[0]
        let word = input.bytes.unsafeLoadUnaligned(fromByteOffset: 1, as: UInt32.self).bigEndian
        guard type == FrontendMessageType.password.rawValue else {
            if let verdict = login?.authentication?.receive(unexpectedType: type) {
                act(on: verdict)
            }
            return input.count
        }
        guard word >= 4, word <= UInt32(Limits.authenticationMessageBytes) else {
            fail(.clientProtocol(.invalidLength(type: type, length: word)))
            return input.count
        }
        let total = Int(word) + 1
        guard input.count >= total else { return nil }
        let body = [UInt8](input[FrameScanner.headerBytes..<total])
        if let verdict = login?.authentication?.receive(body) {
            if case .refused(let failure) = verdict, retriesLogin(after: failure, body: body) {
                return total
            }
            act(on: verdict)
        }
        return total
    }

    func act(on verdict: ClientAuthentication.Verdict) {
        switch verdict {
        case .ask(let request):
            worker.reply.authentication(code: request.code, data: request.data)
            sendReply()
        case .granted(let final, let secret):
            if let final {
                worker.reply.authentication(code: final.code, data: final.data)
            }
            worker.reply.authentication(code: 0)
            sendReply()
            login?.secret = secret
            enter()
        case .refused(let failure): refuse(failure)
        }
    }

    private func refuse(_ failure: AuthenticationFailure) {
        let user = login?.parameters?.user ?? ""
        worker.log.warning(
            "login refused",
            metadata: [
                "user": "\(user)", "address": "\(isUnixSocket ? "unix" : host)",
                "cause": "\(failure.message)", "detail": "\(failure.logDetail ?? "")",
            ])
        let error = ErrorReply(.fatal, failure.state, failure.message, detail: failure.detail)
        if failure.isDisproof { refuseLater(error) } else { fail(error) }
    }

    /// The client is who it says it is: to the admin side, or to its database.
    private func enter() {
        guard let parameters = login?.parameters else { return }
        let kind = ReplicationKind(parameters.replication) ?? .none
        guard kind == .none else { return enterReplication(parameters, kind) }
        let database = parameters.databaseOrUser
        if database == ConfigurationLoader.adminDatabase {
            return enterAdmin(parameters)
        }
        if !parameters.settings.isEmpty,
            let refusal = StartupSettings.refusal(of: parameters.settings)
        {
            return fail(refusal)
        }
        guard let tenant = worker.tenant(user: parameters.user, database: database) else {
            return fail(.unknownDatabase(database))
        }
        if let refusal = takePlace(
            user: parameters.user, database: database, bounds: tenant.policy.bounds)
        {
            return fail(refusal)
        }
        if let secret = login?.secret, secret != .none { learn(secret, tenant) }
        self.tenant = tenant
        tenant.sessions += 1
        let profile = worker.profiles.retain(parameters.settings)
        self.profile = profile
        lane = worker.profiles.retainLane(of: profile)
        stage = .welcoming
        let known =
            tenant.welcomes[profile]
            ?? worker.shared.welcomes.find(tenant.key, worker.profiles.settings(profile))
        if let known { return welcomed(known) }
        findWelcome(excluding: nil)
    }

    private func learn(_ secret: ServerSecret, _ tenant: Tenant) {
        tenant.secret = secret
        // The configuration's own is known to all workers.
        switch worker.settings.users.account(of: tenant.user)?.secret {
        case .plain, .md5: break
        case .scram, nil: worker.shared.proven.learn(secret, tenant.key)
        }
    }

    private func enterAdmin(_ parameters: StartupParameters) {
        guard worker.settings.configuration.adminUsers.contains(parameters.user) else {
            return fail(.notAdmin(parameters.user))
        }
        takePlaceOfAdmin()
        openAdmin()
    }

    /// Nobody of these startup parameters has been here before: what servers report is learnt from
    /// a connection that is opened for it, to the primary, or to a replica if that is down.
    func findWelcome(excluding: NodeID?) {
        guard let tenant, let lane, stage == .welcoming else { return }
        let view = tenant.cluster.view
        let usable = view.nodes.filter { $0.state.isUsable && $0.id != excluding }
        if view.findsRoles && !usable.contains(where: { $0.role != .unknown }) {
            return seekNode()
        }
        let best =
            usable.first { $0.role == .primary } ?? usable.first { $0.role == .replica }
            ?? view.primary
        guard let node = best ?? view.nodes.first else {
            return fail(.noPrimary(cluster: view.name))
        }
        let driver = worker.driver(tenant, node.id)
        wait(on: driver)
        driver.request(id, profile: lane)
    }

    /// A connection was lent to learn what servers report: at once, or when it has been given the
    /// client's settings.
    func learn(from server: ServerConnection) {
        guard let profile else { return }
        server.lend(to: self)
        let base = worker.profiles.base(profile)
        guard !base.isEmpty else {
            welcomed(Welcome(server.reported))
            return server.release(reset: false)
        }
        let node = server.driver.node
        session = Session(
            id: id, welcome: Welcome(server.contents.reported.values), base: base)
        self.server = server
        server.driver.cluster.load[node.index] += 1
        session.welcome(
            node, role: server.driver.cluster.role(node), holding: server.takeContents())
        session.takeOpening([]) { server.channel?.write($0) }
        guard session.isAtRest else { return }
        _ = turnEnded(on: server, .clean)
        server.release(reset: false)
        resume()
    }

    /// What servers report now that they have the client's settings.
    func learned(from server: ServerConnection) {
        guard let tenant, let profile else { return }
        let values = server.reported.map { login in
            server.contents.reported.values.first { $0.name == login.name } ?? login
        }
        let welcome = Welcome(values)
        login?.learned = welcome
        tenant.welcomes[profile] = welcome
        worker.shared.welcomes.learn(welcome, tenant.key, worker.profiles.settings(profile))
    }

    /// What servers of this profile report is known: the client may begin.
    func welcomed(_ welcome: Welcome) {
        guard stage == .welcoming else { return }
        let secret = registerForCancel()
        login = nil
        let base = profile.map { worker.profiles.base($0) } ?? CarriedSettings()
        session = Session(id: id, welcome: welcome, base: base)
        session.listening.isShared = tenant?.pooling.mode == .transaction
        takePolicy()
        if let tenant {
            worker.useCatalog(of: tenant)
            session.judges(by: tenant.catalogPlace)
        }
        tapForShadow()
        worker.reply.raw(welcome.messages)
        worker.reply.backendKeyData(processID: processID, secret: secret)
        worker.reply.readyForQuery(.idle)
        sendReply()
        stage = .ready
        resume()
    }

    /// What the configuration says of this client's statements, now or after a reload.
    func takePolicy() {
        guard let tenant else { return }
        session.roaming.isolation = tenant.isolation
        session.roaming.isWanted = tenant.policy.readsOnReplicasFirst
        session.promotes = tenant.policy.promotes
        session.settings.defaultRoute = tenant.policy.defaultRoute
    }

    /// Gives the session its process number; returns its secret key.
    func registerForCancel() -> [UInt8] {
        let secret = worker.secrets.draw(login?.parameters?.cancelKeyBytes ?? 4)
        processID = worker.shared.cancels.register(
            secret: secret, loop: worker.index, session: id, drawn: worker.secrets.drawNumber())
        return secret
    }
}
