import PostgresWire
import Routing
import Testing
import Vocabulary
import WireFixtures

@testable import SessionCore

/// Replicas that fail at any message, with any error, or break: as long as nothing was let go, the
/// client is sent exactly what one sound server of its own would have sent.
@Suite("Session: healing at random")
struct SessionHealFuzzTests {
    @Test("the client gets one whole reply to each request", arguments: 0..<12)
    func whole(_ part: Int) {
        for number in 0..<100 {
            var run = HealRun(seed: UInt64(part * 100 + number))
            run.play()
            if !run.problems.isEmpty {
                Issue.record("\(run.stage.context): \(run.problems.joined(separator: "; "))")
                return
            }
        }
    }

    @Test("the runs do meet what they are about")
    func meets() {
        var (heals, losses, released) = (0, 0, 0)
        for seed in 0..<200 {
            var run = HealRun(seed: UInt64(seed))
            run.play()
            heals += run.stage.refusals.count
            losses += run.losses
            released += run.isDisturbed ? 1 : 0
        }
        #expect(heals > 200)
        #expect(losses > 30)
        #expect(released > 10)
    }
}

/// One client, and servers that fail.
private struct HealRun {
    let stage = SessionStage()
    var problems: [String] = []
    /// Connections that broke.
    var losses = 0
    /// Something was let go, and an error came after it: it is the client's.
    var isDisturbed = false
    private var random: SeededRandom
    /// The server that the client would have to itself.
    private var own = ServerModel(.primary)
    private var expected: [WireMessage] = []
    private var received: [WireMessage] = []
    private var server = ServerModel(.primary)
    private var outbox: [WireMessage] = []
    private var failures = 0
    private var names: Set<String> = []
    private var nextName = 0

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        stage.heals = true
        stage.elsewhere = [.replica, .primary]
        stage.context = "seed \(seed)"
    }

    mutating func play() {
        for _ in 0..<Int.random(in: 1...8, using: &random) where !isDisturbed {
            let frames = request()
            for frame in frames { expected += own.receive(frame) }
            // In pieces, so that what is pipelined meets every state.
            for frame in frames {
                stage.client([frame])
                if random.once(in: 3) { _ = step() }
            }
            while step() {}
            received += stage.takeForClient()
            compare()
        }
    }

    private mutating func compare() {
        guard !isDisturbed, problems.isEmpty, received != expected else { return }
        problems.append(
            "got \(MessageText.backend(received.bytes).suffix(12)) instead of "
                + "\(MessageText.backend(expected.bytes).suffix(12))")
    }

    // MARK: The client

    private mutating func request() -> [WireMessage] {
        let text = "select \(Int.random(in: 1...99, using: &random))"
        switch Int.random(in: 0..<9, using: &random) {
        case 0: return [query(text)]
        case 1: return [query("\(text);\(text)0")]
        case 2:
            return wire {
                run(text); sync()
            }
        case 3:
            return wire {
                parse("", text); describe(statement: ""); flush(); sync()
            }
        case 4:
            return wire {
                run(text); run("select 8"); sync(); run(text); sync()
            }
        case 5:
            return wire {
                query("select 1/0"); run("select 1/0"); sync()
            }
        case 6: return block(text)
        case _: return named(text)
        }
    }

    private func block(_ text: String) -> [WireMessage] {
        wire {
            query("begin read only")
            query(text)
            query("select 7")
            query("commit")
        }
    }

    private mutating func named(_ text: String) -> [WireMessage] {
        if let name = names.randomElement(using: &random), random.once(in: 2) {
            let closes = random.once(in: 3)
            if closes { names.remove(name) }
            return wire {
                bind(name)
                execute()
                if closes { close(statement: name) }
                sync()
            }
        }
        nextName += 1
        let name = "s\(nextName)"
        names.insert(name)
        return wire {
            parse(name, text)
            bind(name)
            execute()
            sync()
        }
    }

    // MARK: Servers

    /// One thing more happens. False: nothing is left to happen.
    private mutating func step() -> Bool {
        if stage.isClosed {
            problems.append("the client was closed")
            return false
        }
        if stage.session.phase == .waiting { return grant() }
        for message in stage.takeForServer() { outbox += server.receive(message) }
        if server.role == .replica && stage.isAttached {
            if stage.session.holdsReply, random.once(in: 60) {
                stage.letGo()
                return true
            }
            if random.once(in: 25) { return lose() }
        }
        guard !outbox.isEmpty, stage.isAttached else { return false }
        let message = outbox.removeFirst()
        let wasHeld = stage.session.holdsReply
        if message.type == BackendMessageType.errorResponse.rawValue, !wasHeld,
            server.role == .replica
        {
            isDisturbed = true
        }
        stage.server([message])
        if stage.session.phase != .attached { checkStatements() }
        return true
    }

    private mutating func grant() -> Bool {
        let role: Role = stage.needs.last == .read && failures < 3 ? .replica : .primary
        server = ServerModel(role)
        outbox = []
        if role == .replica, !random.once(in: 3) {
            let states = ["25006", "0A000", "55000", "XX000", "42P01", "42883", "40001", "40P01"]
            server.sabotage = (
                Int.random(in: 1...8, using: &random),
                states.randomElement(using: &random) ?? "40001",
                Int.random(in: 0...2, using: &random)
            )
        }
        failures += 1
        stage.grant(role, node: failures)
        if role == .primary { failures = 0 }
        return true
    }

    private mutating func lose() -> Bool {
        losses += 1
        _ = stage.takeForServer()
        outbox = []
        if random.once(in: 2), stage.isAttached {
            stage.server([error("57P01", severity: "FATAL")])
        }
        let isHeld = stage.session.holdsReply
        let answer = stage.lose()
        switch answer {
        case "runElsewhere", "unnoticed": break
        case _ where isHeld: problems.append("a loss was not healed: \(answer)")
        case _: isDisturbed = true
        }
        return !isDisturbed
    }

    /// What the session believes that the server has made, it has.
    private mutating func checkStatements() {
        let known = stage.contents.statements.names
        if !known.isSubset(of: server.names) {
            problems.append("\(known) is believed to be there, and \(server.names) is")
        }
    }
}
