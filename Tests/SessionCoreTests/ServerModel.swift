import PostgresWire
import Vocabulary
import WireFixtures

/// A small PostgreSQL: it answers the protocol as src/backend/tcop/postgres.c does, for a handful
/// of statements. One message in, its answers out.
struct ServerModel {
    private struct Prepared { var text: String }
    private enum Copying { case none, simple(rest: [String]), extended }

    let role: Role
    private var unnamed: Prepared?
    private var named: [String: Prepared] = [:]
    private var portals: [String: String] = [:]
    private(set) var status = TransactionStatus.idle
    private var isReadOnly = false
    private var skips = false
    private var copying = Copying.none
    private var settings: [String: String] = [:]
    /// The settings when the transaction began, explicit or not.
    private var settingsBefore: [String: String]?
    private var output: [WireMessage] = []
    /// What should never have come here.
    private(set) var misplaced: [String] = []

    /// With which SQLSTATE, and how much of the usual answer before it, a message fails that is the
    /// client's: after as many more of them.
    var sabotage: (after: Int, state: String, shown: Int)?

    /// Texts with this end speak of a table that changes all the time.
    static let unsteady = "9999"
    /// A shared statement of such a text is refused now and then, as its result type has changed.
    var isUnsteady = false
    private var unsteadyBinds = 0

    init(_ role: Role) { self.role = role }

    /// Nothing of any client is left.
    var isClean: Bool {
        foreignNames.isEmpty && status == .idle && !skips && !isCopying
    }

    /// What is set, as it would be set again.
    var statements: Set<String> { Set(settings.map { "set \($0.key) to \($0.value)" }) }

    /// Statements that are not shared ones.
    private var foreignNames: [String] { named.keys.filter { !$0.hasPrefix("_switchyard_") } }

    /// The statements that it has, by name.
    var names: Set<String> { Set(named.keys) }

    private var isCopying: Bool {
        if case .none = copying { return false }
        return true
    }

    struct Failure: Error {
        let state: String
        init(_ state: String) { self.state = state }
    }

    // MARK: Messages

    mutating func receive(_ message: WireMessage) -> [WireMessage] {
        output = []
        guard let type = FrontendMessageType(rawValue: message.type) else { return [] }
        if isCopying {
            receiveCopy(type, message)
            return output
        }
        if skips && type.isDiscardable { return [] }
        do {
            try fail(type, message)
            try receive(type, MessageText.strings(message.body), message.body)
        } catch {
            fail(error)
            if type.isExtended { skips = true }
            if type == .query || type == .functionCall || type == .sync { ready() }
        }
        return output
    }

    /// Fails instead of doing what it is told, if it is time for that.
    private mutating func fail(
        _ type: FrontendMessageType, _ message: WireMessage
    ) throws(Failure) {
        guard let sabotage, type != .flush else { return }
        self.sabotage?.after -= 1
        guard sabotage.after <= 0 else { return }
        self.sabotage = nil
        if type == .query || type == .execute {
            // Reads: nothing is left of them.
            var twin = self
            output = Array(twin.receive(message).dropLast(1).prefix(sabotage.shown))
        }
        if type == .sync { skips = false }
        throw Failure(sabotage.state)
    }

    private mutating func receive(
        _ type: FrontendMessageType, _ texts: [String], _ body: [UInt8]
    ) throws(Failure) {
        let target = MessageText.strings(Array(body.dropFirst())).first ?? ""
        switch type {
        case .query:
            unnamed = nil
            try simple(texts[0].split(separator: ";").map(String.init))
        case .parse: try parse(texts[0], texts[1])
        case .bind: try bind(portal: texts[0], texts[1])
        case .describe: try describe(isStatement: body.first == UInt8(ascii: "S"), target)
        case .execute:
            guard let text = portals[texts[0]] else { throw Failure("34000") }
            begin()
            try run(text, isExtended: true)
        case .close:
            if body.first != UInt8(ascii: "S") {
                portals[target] = nil
            } else if target.isEmpty {
                unnamed = nil
            } else {
                named[target] = nil
            }
            output.append(closeComplete())
        case .sync:
            skips = false
            endImplicit()
            ready()
        case .functionCall:
            if status == .failed { throw Failure("25P02") }
            output.append(functionCallResponse())
            endImplicit()
            ready()
        case .flush, .terminate, .copyData, .copyDone, .copyFail, .password: break
        }
    }

    private mutating func simple(_ statements: [String]) throws(Failure) {
        if statements.isEmpty { output.append(emptyQueryResponse()) }
        for (index, text) in statements.enumerated() {
            begin()
            try run(text, isExtended: false)
            if isCopying {
                copying = .simple(rest: Array(statements[(index + 1)...]))
                return
            }
        }
        endImplicit()
        ready()
    }

    private mutating func parse(_ name: String, _ text: String) throws(Failure) {
        if name.isEmpty { unnamed = nil }
        if text.hasPrefix("selec ") { throw Failure("42601") }
        try check(text)
        if name.isEmpty {
            unnamed = Prepared(text: text)
        } else {
            guard named[name] == nil else { throw Failure("42P05") }
            named[name] = Prepared(text: text)
        }
        output.append(parseComplete())
    }

    private func prepared(_ name: String) throws(Failure) -> String {
        guard let prepared = name.isEmpty ? unnamed : named[name] else { throw Failure("26000") }
        return prepared.text
    }

    private mutating func bind(portal: String, _ name: String) throws(Failure) {
        let text = try prepared(name)
        try check(text)
        if isUnsteady && !name.isEmpty && text.hasSuffix(Self.unsteady) {
            unsteadyBinds += 1
            if unsteadyBinds % 3 == 0 { throw Failure("0A000") }
        }
        if !portal.isEmpty && portals[portal] != nil { throw Failure("42P03") }
        portals[portal] = text
        begin()
        output.append(bindComplete())
    }

    private mutating func describe(isStatement: Bool, _ target: String) throws(Failure) {
        let text: String
        if isStatement {
            text = try prepared(target)
        } else {
            guard let known = portals[target] else { throw Failure("34000") }
            text = known
        }
        try check(text)
        if isStatement { output.append(parameterDescription()) }
        output.append(
            text.hasPrefix("s") && !text.hasPrefix("set") ? rowDescription("n") : noData())
    }

    // MARK: Statements

    /// In an aborted transaction only its end is let through.
    private func check(_ text: String) throws(Failure) {
        if status == .failed && text != "commit" && text != "rollback" { throw Failure("25P02") }
    }

    private mutating func run(_ text: String, isExtended: Bool) throws(Failure) {
        if text.hasPrefix("selec ") { throw Failure("42601") }
        try check(text)
        let words = text.lowercased().split(separator: " ").map(String.init)
        switch words[0] {
        case "select":
            if text.hasSuffix("/0") { throw Failure("22012") }
            if !isExtended { output.append(rowDescription("n")) }
            output.append(dataRow(words[1]))
            output.append(commandComplete("SELECT 1"))
        case "insert":
            try write(text)
            output.append(commandComplete("INSERT 0 1"))
        case "copy":
            try write(text)
            output.append(copyInResponse())
            copying = isExtended ? .extended : .simple(rest: [])
        case "begin":
            if status == .idle { settingsBefore = settings }
            status = .inTransaction
            if text.hasSuffix("read only") { isReadOnly = true }
            output.append(commandComplete("BEGIN"))
        case "commit", "rollback": end(commits: words[0] == "commit")
        case "set" where words[1] == "transaction":
            isReadOnly = true
            output.append(commandComplete("SET"))
        case "set":
            settings[words[1]] = words.last
            output.append(commandComplete("SET"))
        case "reset":
            if words[1] == "all" {
                settings = [:]
            } else {
                settings[words[1].filter { $0 != "\"" }] = nil
            }
            output.append(commandComplete("RESET"))
        case "show":
            if !isExtended { output.append(rowDescription("n")) }
            output.append(dataRow(settings[words[1]] ?? "0"))
            output.append(commandComplete("SHOW"))
        case "deallocate":
            named = [:]
            output.append(commandComplete("DEALLOCATE ALL"))
        case "discard":
            (named, settings, portals, unnamed) = ([:], [:], [:], nil)
            output.append(commandComplete("DISCARD ALL"))
        case _:
            misplaced.append("unknown statement \(text)")
            throw Failure("0A000")
        }
    }

    private mutating func write(_ text: String) throws(Failure) {
        if role == .replica && !isReadOnly { misplaced.append("a replica was sent \(text)") }
        if role == .replica || isReadOnly { throw Failure("25006") }
    }

    // MARK: Transactions

    private mutating func begin() { settingsBefore = settingsBefore ?? settings }

    private mutating func end(commits: Bool) {
        let isFailed = status == .failed
        if isFailed || !commits { settings = settingsBefore ?? settings }
        close()
        output.append(commandComplete(commits && !isFailed ? "COMMIT" : "ROLLBACK"))
    }

    private mutating func close() {
        settingsBefore = nil
        status = .idle
        isReadOnly = false
        portals = [:]
    }

    private mutating func endImplicit() { if status == .idle { close() } }

    private mutating func fail(_ failure: Failure) {
        output.append(error(failure.state))
        if status == .idle {
            settings = settingsBefore ?? settings
            close()
        } else {
            status = .failed
        }
    }

    private mutating func ready() { output.append(readyForQuery(status)) }

    // MARK: COPY

    private mutating func receiveCopy(_ type: FrontendMessageType, _ message: WireMessage) {
        switch type {
        case .copyData where message.body != Array("bad".utf8), .sync, .flush: break
        case .copyDone:
            output.append(commandComplete("COPY 1"))
            guard case .simple(let rest) = copying else {
                copying = .none
                return
            }
            copying = .none
            do {
                try resume(rest)
            } catch {
                fail(error)
                ready()
            }
        case .copyData: endCopy("22P02")
        case .copyFail: endCopy("57014")
        case .query, .parse, .bind, .describe, .execute, .close, .functionCall, .password,
            .terminate:
            misplaced.append("a message of type \(message.type) amid a copy")
        }
    }

    private mutating func resume(_ rest: [String]) throws(Failure) {
        if rest.isEmpty {
            endImplicit()
            return ready()
        }
        try simple(rest)
    }

    private mutating func endCopy(_ state: String) {
        fail(Failure(state))
        if case .extended = copying { skips = true } else { ready() }
        copying = .none
    }
}

extension FrontendMessageType {
    /// After an error in one of these the server skips to Sync.
    fileprivate var isExtended: Bool {
        switch self {
        case .parse, .bind, .describe, .execute, .close, .flush: true
        case .query, .sync, .functionCall, .copyData, .copyDone, .copyFail, .terminate, .password:
            false
        }
    }
}
