import Vocabulary

/// One client's session with the admin database: messages in, messages out, no socket. Answers in
/// the order of the questions however they are pipelined; after an error in the extended protocol
/// everything up to Sync is skipped. What needs facts is asked for, one request at a time, and
/// messages that arrive meanwhile wait.
///
/// Invariant: while a request is out, nothing is answered.
package struct AdminSession {
    /// Statements and portals of one session at the most, each kind by itself: more is a leak.
    static let maxNames = 1_000

    let user: String
    let version: String
    var writer = AdminWriter()
    var transaction = AdminTransaction.idle
    /// What Parse prepared; nil: an empty query.
    var statements: [String: AdminCommand?] = [:]
    var portals: [String: AdminPortal] = [:]
    /// Whether an error has made everything up to Sync void.
    var skipsToSync = false
    var isEnded = false
    private var input = AdminInput()
    /// What is left of the Query that is being run; nil: none is.
    private var batch: ArraySlice<AdminCommand>?
    private var waiting: (request: AdminRequest, destination: Destination)?
    private var lastToken: UInt64 = 0

    /// Where the answer of a command goes.
    private enum Destination {
        case query
        case portal(String, limit: Int)
    }

    /// - Parameters:
    ///   - user: who has logged in.
    ///   - version: of Switchyard.
    package init(user: String, version: String) {
        self.user = user
        self.version = version
    }

    /// Whether a request is out: more input would only be kept.
    package var isWaiting: Bool { waiting != nil }

    /// A complete message of the client, without type and length in `body`.
    package mutating func receive(type: UInt8, body: [UInt8]) -> AdminReaction {
        guard !isEnded else { return AdminReaction(isEnd: true) }
        guard input.append(type: type, body: body) else {
            end(with: AdminError(.programLimitExceeded, "too much input is waiting"))
            return react(requestBefore: waiting?.request.token)
        }
        let before = waiting?.request.token
        advance()
        return react(requestBefore: before)
    }

    /// The answer to a request. One that is not the request being waited for is ignored.
    package mutating func provide(_ answer: AdminAnswer, for token: UInt64) -> AdminReaction {
        guard let (request, destination) = waiting, request.token == token, !isEnded else {
            return AdminReaction(isEnd: isEnded)
        }
        waiting = nil
        deliver(answer, of: request.command, to: destination)
        advance()
        return react(requestBefore: token)
    }

    private mutating func react(requestBefore: UInt64?) -> AdminReaction {
        var reaction = AdminReaction(output: writer.take(), isEnd: isEnded)
        if let request = waiting?.request, request.token != requestBefore, !isEnded {
            reaction.request = request
        }
        return reaction
    }

    /// Works off commands and messages until one must wait or none is left.
    private mutating func advance() {
        while waiting == nil, !isEnded {
            if let command = batch?.popFirst() {
                run(command, for: .query)
            } else if batch != nil {
                batch = nil
                writer.readyForQuery(transaction)
            } else if let message = input.next() {
                handle(message)
            } else {
                return
            }
        }
    }

    // MARK: What the message handlers order

    /// Runs the commands of a Query one after the other.
    mutating func begin(_ commands: [AdminCommand]) {
        if commands.isEmpty { writer.emptyQueryResponse() }
        batch = commands[...]
    }

    /// Runs a command for Execute.
    mutating func execute(_ command: AdminCommand, portal: String, limit: Int) {
        run(command, for: .portal(portal, limit: limit))
    }

    /// Reports an error, and voids what PostgreSQL voids then: the rest of the Query, or everything
    /// up to Sync.
    mutating func fail(_ error: AdminError, inQuery: Bool) {
        writer.errorResponse(error)
        if transaction == .open { transaction = .failed }
        if inQuery { batch = [] } else { skipsToSync = true }
    }

    /// Closes the connection with a last word.
    mutating func end(with error: AdminError) {
        writer.errorResponse(error, severity: "FATAL")
        isEnded = true
    }

    private mutating func run(_ command: AdminCommand, for destination: Destination) {
        if transaction == .failed, !command.endsTransaction {
            let error = AdminError(
                .inFailedTransaction,
                "current transaction is aborted, commands ignored until end of transaction block")
            return deliver(.failed(error), of: command, to: destination)
        }
        if case .courtesy(let courtesy) = command {
            return deliver(answer(to: courtesy), of: command, to: destination)
        }
        lastToken += 1
        waiting = (AdminRequest(command: command, token: lastToken), destination)
    }

    private mutating func deliver(
        _ answer: AdminAnswer, of command: AdminCommand, to destination: Destination
    ) {
        let table: AdminTable?
        switch answer {
        case .failed(let error):
            if case .query = destination { return fail(error, inQuery: true) }
            return fail(error, inQuery: false)
        case .done: table = nil
        case .table(let rows): table = rows
        }
        switch destination {
        case .query:
            if let table { writer.rows(table, .text, describe: true) }
            writer.commandComplete(tag(of: command, rows: table?.rows.count ?? 0))
        case .portal(let name, let limit):
            portals[name]?.fill(table)
            send(portal: name, limit: limit)
        }
        settle(command)
    }
}

/// Messages that have arrived and are not handled yet, bounded in bytes.
private struct AdminInput {
    private var messages: [AdminMessage] = []
    private var head = 0
    private var bytes = 0

    /// false: it does not fit.
    mutating func append(type: UInt8, body: [UInt8]) -> Bool {
        guard bytes + body.count + 5 <= Limits.stashedInputBytes else { return false }
        bytes += body.count + 5
        messages.append(AdminMessage(type: type, body: body))
        return true
    }

    mutating func next() -> AdminMessage? {
        guard head < messages.count else {
            messages.removeAll(keepingCapacity: true)
            head = 0
            return nil
        }
        let message = messages[head]
        head += 1
        bytes -= message.body.count + 5
        return message
    }
}

/// A message of the client.
struct AdminMessage {
    var type: UInt8
    var body: [UInt8]
}
