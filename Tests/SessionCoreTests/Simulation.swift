import Pooling
import PostgresWire
import Routing
import Testing
import Vocabulary
import WireFixtures

@testable import SessionCore

/// Many sessions, a pool for each role, servers that answer as PostgreSQL does, one thread, a clock
/// that only the simulation moves. What each client is sent must be what one server all of its own
/// would have sent it; after a fault, at least one answer to each request and nothing of others'.
final class Simulation {
    final class Client {
        let stage: SessionStage
        var program: ClientProgram
        var unsent: [WireMessage] = []
        var requestsLeft: Int
        var own = ServerModel(.primary)
        var expected: [WireMessage] = []
        var received: [WireMessage] = []
        var server: ServerID?
        var waitsFor: Role?
        /// A fault has hit it: from here on its own server knows no better.
        var isDisturbed = false
        var hasLeft = false

        init(_ program: ClientProgram, requests: Int, texts: SharedTexts) {
            stage = SessionStage(texts: texts)
            self.program = program
            requestsLeft = requests
            stage.session.promotes = true
        }
    }

    final class Server {
        var model: ServerModel
        var inbox: [WireMessage] = []
        var outbox: [WireMessage] = []
        let role: Role
        var contents = ServerSession(statementLimit: 3)

        init(_ role: Role) {
            self.role = role
            model = ServerModel(role)
            model.isUnsteady = true
        }
    }

    let seed: UInt64
    let isFaulty: Bool
    private var isTold = false
    var random: SeededRandom
    var clients: [Client] = []
    var servers: [ServerID: Server] = [:]
    var opening: [(ServerID, Role)] = []
    var pools: [Role: Pool] = [:]
    var ledgers: [Role: CapacityLedger] = [:]
    var ids = ServerIDSource()
    var now = MonotonicInstant(nanoseconds: 1)
    private let texts = SharedTexts(promotesAtOnce: true)
    private(set) var problems: [String] = []

    init(seed: UInt64, isFaulty: Bool) {
        self.seed = seed
        self.isFaulty = isFaulty
        random = SeededRandom(seed: seed)
        let limits = PoolLimits(size: Int.random(in: 1...3, using: &random))
        for role in [Role.primary, .replica] {
            pools[role] = Pool(limits: limits)
            ledgers[role] = CapacityLedger(limit: limits.size)
        }
        for number in 1...Int.random(in: 1...6, using: &random) {
            let program = ClientProgram(client: number, seed: seed, isFaulty: isFaulty)
            let requests = Int.random(in: 1...12, using: &random)
            clients.append(Client(program, requests: requests, texts: texts))
        }
    }

    /// What happened last, for the report of a failure.
    private var events: [String] = []

    private func note(_ event: @autoclosure () -> String) {
        if isTold { events.append(event()) }
    }

    func problem(_ text: String) { problems.append("seed \(seed): \(text)") }

    /// The whole story of a seed that failed.
    static func story(of seed: UInt64, isFaulty: Bool) -> String {
        let simulation = Simulation(seed: seed, isFaulty: isFaulty)
        simulation.isTold = true
        simulation.run()
        let culprit = simulation.problems.first?.split(separator: ":").dropFirst().first ?? ""
        let number = culprit.filter(\.isNumber)
        let events = simulation.events.filter { number.isEmpty || $0.hasPrefix("\(number) ") }
        return (simulation.problems + events.suffix(50)).joined(separator: "\n")
    }

    /// Runs until every client has left, or something is wrong, or nothing moves any more.
    func run() {
        var idleSteps = 0
        while clients.contains(where: { !$0.hasLeft }) && problems.isEmpty {
            idleSteps = step() ? 0 : idleSteps + 1
            if idleSteps > 400 {
                return problem("stuck: \(clients.map(state).joined(separator: "; "))")
            }
        }
        for server in servers.values where problems.isEmpty {
            if !server.model.isClean { problem("a server is not clean in the end") }
            for text in server.model.misplaced { problem(text) }
        }
    }

    private func state(_ client: Client) -> String {
        let owed = client.stage.session.ledger.count
        return "\(id(of: client).rawValue) \(client.stage.session.phase) left \(client.hasLeft) "
            + "unsent \(client.unsent.count) input \(client.stage.input.count) owed \(owed)"
    }

    /// One random event. Returns whether anything was to be done.
    private func step() -> Bool {
        now = now.advanced(milliseconds: 1)
        let client = clients[Int.random(in: clients.indices, using: &random)]
        if isFaulty && random.once(in: 150) { fault(client) }
        client.stage.session.promotionRest = 0
        if random.once(in: 100) { texts.secondPasses() }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return speak(client)
        case 1: return open()
        case 2: return work()
        case _: return deliver(client)
        }
    }

    // MARK: The client

    private func speak(_ client: Client) -> Bool {
        guard !client.hasLeft else { return false }
        if client.unsent.isEmpty {
            guard client.requestsLeft > 0 else { return leaveWhenAnswered(client) }
            client.requestsLeft -= 1
            client.unsent = client.program.next()
        }
        for _ in 0..<Int.random(in: 1...4, using: &random) where !client.unsent.isEmpty {
            let message = client.unsent.removeFirst()
            note("\(id(of: client).rawValue) F \(MessageText.frontend(message.bytes)[0])")
            client.expected += client.own.receive(message)
            client.stage.client([message])
            settle(client)
        }
        return true
    }

    private func leaveWhenAnswered(_ client: Client) -> Bool {
        guard client.stage.input.isEmpty, client.unsent.isEmpty else { return false }
        let isDone: Bool
        if client.isDisturbed {
            isDone =
                client.waitsFor == nil && (client.server == nil || client.stage.session.isAtRest)
            if isDone { checkAnswers(client) }
        } else {
            isDone = client.received.count >= client.expected.count
        }
        guard isDone else { return false }
        client.stage.client([terminate()])
        settle(client)
        return true
    }

    /// Carries what the session said to where it belongs, and holds it to the plan.
    func settle(_ client: Client) {
        collect(client)
        if client.stage.isClosed { return depart(client) }
        if client.server != nil && !client.stage.isAttached { giveBack(client) }
        guard client.stage.session.phase == .waiting, client.waitsFor == nil else { return }
        request(client)
    }

    private func collect(_ client: Client) {
        let sent = client.stage.takeForServer()
        if let server = client.server.flatMap({ servers[$0] }) {
            server.inbox += sent
        } else if !sent.isEmpty {
            problem("sent to no server: \(sent)")
        }
        client.received += client.stage.takeForClient()
        client.isDisturbed ? checkTags(client) : compare(client)
    }

    private func compare(_ client: Client) {
        let count = client.received.count
        guard Array(client.expected.prefix(count)) != client.received else { return }
        func text(_ messages: [WireMessage]) -> String {
            MessageText.backend(messages.suffix(6).flatMap(\.bytes)).joined(separator: ", ")
        }
        problem(
            "client \(id(of: client).rawValue): got ... \(text(client.received)); expected ... "
                + text(Array(client.expected.prefix(count))))
    }

    /// After a fault every request has still been answered once, in one way or another.
    private func checkAnswers(_ client: Client) {
        func ends(_ messages: [WireMessage]) -> Int {
            messages.count { $0.type == UInt8(ascii: "Z") }
        }
        let (received, expected) = (ends(client.received), ends(client.expected))
        guard received != expected else { return }
        problem("client \(id(of: client).rawValue): \(received) of \(expected) answers")
    }

    private func checkTags(_ client: Client) {
        for row in client.received where row.type == UInt8(ascii: "D") {
            let tag = String(decoding: row.body.dropFirst(6), as: UTF8.self)
            if !client.program.tags.contains(tag) { problem("a row of another client: \(tag)") }
        }
    }

    private func depart(_ client: Client) {
        guard !client.hasLeft else { return }
        client.hasLeft = true
        if let error = client.stage.closedWith, !client.isDisturbed {
            problem("client \(id(of: client).rawValue): closed: \(error)")
        }
        if !client.isDisturbed && client.received != client.expected {
            problem("client \(id(of: client).rawValue): left unanswered")
        }
        if let role = client.waitsFor { _ = pools[role]?.withdraw(id(of: client)) }
        client.waitsFor = nil
        guard let id = client.server else { return }
        if client.stage.session.isAtRest {
            let isClean = client.stage.session.pins.isEmpty
            client.stage.leave()
            returned(id, client, isClean ? .clean : .reset)
        } else {
            drop(id)
        }
        client.server = nil
    }

    // MARK: The pool

    func id(of client: Client) -> SessionID {
        SessionID(UInt64(clients.firstIndex { $0 === client } ?? 0))
    }

    private func request(_ client: Client) {
        let role: Role = client.stage.needs.last == .read ? .replica : .primary
        client.waitsFor = role
        call(role) { pool, now, ledger, ids, orders in
            pool.request(
                id(of: client), profile: ProfileID(0), at: now, capacity: &ledger, ids: &ids,
                orders: &orders)
        }
    }

    private func giveBack(_ client: Client) {
        guard let id = client.server else { return }
        client.server = nil
        returned(id, client, client.stage.releases.last ?? .clean)
    }

    private func returned(_ id: ServerID, _ client: Client, _ kind: ReleaseKind) {
        guard let server = servers[id] else { return }
        server.contents = client.stage.contents
        // Flush, and the end of a copy that had failed already, are ignored whenever they are read.
        server.inbox.removeAll { "dcfH".utf8.contains($0.type) }
        if !server.inbox.isEmpty { problem("given back with \(server.inbox.count) unread") }
        // A copy that failed may leave one answer more; it is read while the session is put back.
        if !server.outbox.isEmpty && kind != .reset { problem("given back with answers unread") }
        server.outbox = []
        if kind == .reset {
            _ = server.model.receive(query("discard all"))
            server.contents.discardedAll()
        }
        if server.contents.settings.statements != server.model.statements {
            problem("settings are thought to be \(server.contents.settings.statements)")
        }
        if server.contents.statements.names != server.model.names {
            problem("statements are thought to be \(server.contents.statements.names)")
        }
        if !server.model.isClean { problem("given back unclean, \(kind)") }
        call(server.role) { pool, now, ledger, ids, orders in
            pool.giveBack(id, at: now, capacity: &ledger, ids: &ids, orders: &orders)
        }
    }

    private func drop(_ id: ServerID) {
        guard let server = servers.removeValue(forKey: id) else { return }
        call(server.role) { pool, now, ledger, ids, orders in
            pool.lost(id, at: now, capacity: &ledger, ids: &ids, orders: &orders)
        }
    }

    private func call(
        _ role: Role,
        _ body: (
            inout Pool, MonotonicInstant, inout CapacityLedger, inout ServerIDSource,
            inout [PoolOrder]
        ) -> Void
    ) {
        guard var pool = pools.removeValue(forKey: role), var ledger = ledgers[role] else {
            return problem("the pool was entered twice")
        }
        var orders: [PoolOrder] = []
        body(&pool, now, &ledger, &ids, &orders)
        pools[role] = pool
        ledgers[role] = ledger
        for order in orders { carryOut(order, role) }
    }

    private func carryOut(_ order: PoolOrder, _ role: Role) {
        switch order {
        case .open(let id, _): opening.append((id, role))
        case .close(let id), .hand(let id, _, _): servers[id] = nil
        case .expire(let id, _): refuse(clients[Int(id.rawValue)])
        case .lend(let id, let session, _):
            let client = clients[Int(session.rawValue)]
            client.waitsFor = nil
            client.server = id
            client.stage.grant(
                role, node: role == .primary ? 0 : 1,
                holding: servers[id]?.contents ?? ServerSession())
            settle(client)
        }
    }

    private func refuse(_ client: Client) {
        note("\(id(of: client).rawValue) refused")
        client.waitsFor = nil
        client.isDisturbed = true
        client.stage.refuse()
        settle(client)
    }

    private func open() -> Bool {
        guard !opening.isEmpty else { return false }
        let (id, role) = opening.removeFirst()
        servers[id] = Server(role)
        call(role) { pool, now, ledger, ids, orders in
            pool.opened(id, at: now, capacity: &ledger, ids: &ids, orders: &orders)
        }
        return true
    }

    // MARK: Servers

    /// Some server reads one message.
    private func work() -> Bool {
        let busy = servers.filter { !$0.value.inbox.isEmpty }.sorted { $0.key < $1.key }
        guard let server = busy.randomElement(using: &random)?.value else { return false }
        let message = server.inbox.removeFirst()
        let owner = clients.first { $0.server.flatMap { servers[$0] } === server }
        note(
            "\(owner.map { "\(id(of: $0).rawValue)" } ?? "-")     \(server.role) reads "
                + MessageText.frontend(message.bytes)[0])
        server.outbox += server.model.receive(message)
        for text in server.model.misplaced {
            problem("client \(owner.map { id(of: $0).rawValue } ?? 0): \(text)")
        }
        return true
    }

    /// A client's server sends one message.
    private func deliver(_ client: Client) -> Bool {
        guard let server = client.server.flatMap({ servers[$0] }), !server.outbox.isEmpty else {
            return false
        }
        let message = server.outbox.removeFirst()
        note("\(id(of: client).rawValue) B \(MessageText.backend(message.bytes)[0])")
        client.stage.server([message])
        settle(client)
        return true
    }

    // MARK: Faults

    private func fault(_ client: Client) {
        guard !client.hasLeft else { return }
        if random.once(in: 4) {
            // It vanishes without a word.
            client.isDisturbed = true
            client.stage.vanish()
            return settle(client)
        }
        if let role = client.waitsFor, random.once(in: 2) {
            _ = pools[role]?.withdraw(id(of: client))
            return refuse(client)
        }
        guard let id = client.server else { return }
        client.isDisturbed = true
        client.server = nil
        note("\(self.id(of: client).rawValue) server lost")
        _ = client.stage.takeForServer()
        _ = client.stage.lose()
        drop(id)
        settle(client)
    }
}
