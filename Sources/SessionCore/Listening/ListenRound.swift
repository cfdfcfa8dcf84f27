import PostgresWire
import Vocabulary

/// Queries that were sent together on the connection that listens, and who waits for their end.
///
/// Invariant: the answers to the first `answeredCount` statements have come.
struct ListenRound: Sendable {
    enum Statement: Sendable, Hashable {
        /// The server is not to close a connection that only listens for being idle.
        case prologue
        case listen(ListenRoster.Channel)
        case unlisten(ListenRoster.Channel)
        /// An empty query: only its end counts.
        case barrier
    }

    private(set) var joining: [ListenRoster.Joining]
    private var statements: [Statement] = []
    private var answeredCount = 0
    private var failure: [UInt8]?
    /// Channels on which the server listens since this round.
    private(set) var listenedOn: [ListenRoster.Channel] = []
    /// Channels on which it does not any more.
    private(set) var unlistened: [ListenRoster.Channel] = []
    /// The server's errors, by the channel that could not be listened on.
    private(set) var refusals: [ListenRoster.Channel: [UInt8]] = [:]

    init(joining: [ListenRoster.Joining]) { self.joining = joining }

    var isEmpty: Bool { statements.isEmpty }

    mutating func add(_ statement: Statement) { statements.append(statement) }

    /// The session does not wait any more. Returns the channels that it waited for.
    mutating func withdraw(_ session: SessionID) -> [ListenRoster.Channel] {
        let left = joining.filter { $0.session == session }.map(\.channel)
        if !left.isEmpty { joining.removeAll { $0.session == session } }
        return left
    }

    /// The statement that is answered now has failed.
    mutating func failed(with message: [UInt8]) { failure = message }

    /// ReadyForQuery came. Returns whether it was the last.
    mutating func answered() -> Bool {
        switch statements[answeredCount] {
        case .prologue, .barrier: break
        case .listen(let channel):
            if let failure { refusals[channel] = failure } else { listenedOn.append(channel) }
        case .unlisten(let channel):
            if failure == nil { unlistened.append(channel) }
        }
        failure = nil
        answeredCount += 1
        return answeredCount == statements.count
    }

    /// Writes one Query for each statement, so that each fails for itself.
    func write(to writer: inout MessageWriter) {
        for statement in statements {
            writer.message(FrontendMessageType.query.rawValue) { body in
                switch statement {
                case .prologue: body.data(Self.prologue)
                case .listen(let channel): Self.write("LISTEN ", channel, to: &body)
                case .unlisten(let channel): Self.write("UNLISTEN ", channel, to: &body)
                case .barrier: break
                }
                body.byte(0)
            }
        }
    }

    /// Servers before 14 do not have the setting.
    private static let prologue = Array(
        """
        SELECT pg_catalog.set_config('idle_session_timeout', '0', false) \
        FROM pg_catalog.pg_settings WHERE name = 'idle_session_timeout'
        """.utf8)

    /// Writes a statement about a channel.
    static func write(
        _ verb: String, _ channel: ListenRoster.Channel, to body: inout MessageWriter
    ) {
        body.data(Array(verb.utf8))
        body.byte(UInt8(ascii: "\""))
        for byte in channel {
            if byte == UInt8(ascii: "\"") { body.byte(byte) }
            body.byte(byte)
        }
        body.byte(UInt8(ascii: "\""))
    }
}
