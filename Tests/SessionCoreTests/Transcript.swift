import PostgresWire
import Testing
import WireFixtures

@testable import SessionCore

/// Plays a transcript line by line and compares what the session says and adds.
struct Transcript {
    private let file: String
    private let stage = SessionStage()
    private var number = 0
    /// What the lines after the last event said that the proxy would add.
    private var expectedForServer: [String] = []
    private var expectedForClient: [String] = []
    private var forServer: [String] = []
    private var forClient: [String] = []

    init(_ file: String) { self.file = file }

    mutating func take(_ line: String, number: Int) {
        guard let mark = line.first, mark != "#" else { return }
        let rest = String(line.dropFirst(2))
        if mark == ">" { return expectedForServer.append(rest) }
        if mark == "<" { return expectedForClient.append(rest) }
        finish()
        self.number = number
        let parts = rest.split(separator: " -> ").map(String.init)
        let verdict = play(mark, parts[0])
        if parts.count > 1 { compare(verdict, parts[1]) }
        forServer += stage.serverSees()
        forClient += stage.clientSees()
        drop(mark, parts[0], verdict)
    }

    /// The lines of the last event have all been read.
    mutating func finish() {
        compare(forServer.joined(separator: "; "), expectedForServer.joined(separator: "; "))
        compare(forClient.joined(separator: "; "), expectedForClient.joined(separator: "; "))
        (forServer, forClient, expectedForServer, expectedForClient) = ([], [], [], [])
    }

    private func compare(_ actual: String, _ expected: String) {
        #expect(actual == expected, "\(file):\(number)")
    }

    private func play(_ mark: Character, _ text: String) -> String {
        switch (mark, text) {
        case ("F", _):
            guard let message = MessageText.frontend(text) else { return "unreadable" }
            stage.client([message])
            return stage.frontendVerdicts.last.map(Self.text) ?? "none"
        case ("B", _):
            guard let message = MessageText.backend(text) else { return "unreadable" }
            let count = stage.backendVerdicts.count
            stage.server([message])
            return stage.backendVerdicts.count > count
                ? Self.text(stage.backendVerdicts[count]) : "forward"
        case ("@", "grant primary"): stage.grant(.primary)
        case ("@", "grant replica"): stage.grant(.replica)
        case ("@", "refuse"): stage.refuse()
        case ("@", "lose"): return stage.lose()
        case _: Issue.record("\(file):\(number): \(mark) \(text) is no event")
        }
        return ""
    }

    /// The event's own message is not what the proxy adds.
    private mutating func drop(_ mark: Character, _ text: String, _ verdict: String) {
        if mark == "F" && verdict.hasSuffix("forward") {
            let own = MessageText.frontend(text).map { MessageText.frontend($0.bytes) } ?? []
            compare(forServer.suffix(1).joined(), own.joined())
            forServer = forServer.dropLast()
        }
        let isForwarded = verdict == "forward" || verdict.hasPrefix("ended")
        if mark == "B" && isForwarded && !verdict.hasSuffix("swallowed") {
            let own = MessageText.backend(text).map { MessageText.backend($0.bytes) } ?? []
            compare(forClient.prefix(1).joined(), own.joined())
            forClient = Array(forClient.dropFirst())
        }
    }

    private static func text(_ verdict: FrontendVerdict) -> String {
        switch verdict {
        case .keep: "keep"
        case .keepInstead: "keep another"
        case .routeInstead(let need): "keep another+route \(need)"
        case .route(let need): "route \(need)"
        case .forward: "forward"
        case .forwardAfterInjection: "inject+forward"
        case .forwardInstead: "inject"
        case .consumed: "consumed"
        case .listen: "listen"
        case .stall: "stall"
        case .stallAfterInjection: "inject+stall"
        case .depart: "depart"
        case .fail(let error): "fail \(error.state)"
        }
    }

    private static func text(_ verdict: BackendVerdict) -> String {
        switch verdict {
        case .forward: "forward"
        case .swallow: "swallow"
        case .forwardAs(let type): "forward as \(type)"
        case .forwardAfter(let type): "\(type), forward"
        case .replace: "replace"
        case .refused: "refused"
        case .forwardAfterReplacement: "replace+forward"
        case .runAgain: "run again"
        case .ended(let isForClient, let kind):
            isForClient ? "ended \(kind)" : "ended \(kind), swallowed"
        case .withdrawn(let kind): "withdrawn \(kind)"
        case .violation: "violation"
        }
    }
}
