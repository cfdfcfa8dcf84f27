import PostgresWire
import Vocabulary

/// Who listens on which channel over one server connection that many sessions share, and what the
/// server is told of it.
///
/// Sessions that join or leave are gathered into rounds: a round is a few Query messages (LISTEN
/// for what is new, UNLISTEN for what nobody wants any more, an empty one if there is neither), and
/// only one is under way. Who joins listens from the end of its round on: whatever was notified
/// before the client sent its LISTEN has come in by then, so it gets none of that, as on a
/// connection of its own.
///
/// Invariant: a session is among the listeners of a channel only if the server listens on it.
package struct ListenRoster: Sendable {
    /// A channel's name, as the server keeps it.
    package typealias Channel = [UInt8]

    /// A session that waits to listen on a channel.
    struct Joining: Sendable, Hashable {
        let session: SessionID
        let channel: Channel
    }

    /// What became of a session that joined.
    package struct Outcome: Sendable, Hashable {
        package let session: SessionID
        /// The server's ErrorResponse; nil: it listens.
        package let refusal: [UInt8]?
    }

    private var listeners: [Channel: Set<SessionID>] = [:]
    private var joining: [Joining] = []
    private var onServer: Set<Channel> = []
    /// Channels that may have lost their last listener.
    private var vacated: Set<Channel> = []
    private var round: ListenRound?
    private var isFresh = true

    package init() {}

    /// Nobody listens and nobody is about to.
    package var isVacant: Bool {
        listeners.isEmpty && joining.isEmpty && (round?.joining.isEmpty ?? true)
    }

    /// A round waits for the server's answers.
    package var isUnderWay: Bool { round != nil }

    /// How many channels the server listens on.
    package var channelCount: Int { onServer.count }

    /// The session wants to listen; it is told by the outcome of a round.
    package mutating func join(_ session: SessionID, _ channel: Channel) {
        joining.append(Joining(session: session, channel: channel))
    }

    /// The session does not want to listen on this channel any more.
    package mutating func leave(_ session: SessionID, _ channel: Channel) {
        guard listeners[channel]?.remove(session) != nil else { return }
        if listeners[channel]?.isEmpty ?? false {
            listeners[channel] = nil
            vacated.insert(channel)
        }
    }

    /// The session does not wait any more for what it has asked for.
    package mutating func withdraw(_ session: SessionID) {
        joining.removeAll { $0.session == session }
        for left in round?.withdraw(session) ?? [] { vacated.insert(left) }
    }

    /// All who wait, in the order in which they came; they do not wait any more.
    package mutating func takeJoining() -> [SessionID] {
        let waiting = (round?.joining ?? []) + joining
        for one in waiting { withdraw(one.session) }
        return waiting.map(\.session)
    }

    /// All who listen.
    package var sessions: Set<SessionID> { listeners.values.reduce(into: []) { $0.formUnion($1) } }

    /// Who listens on a channel.
    package func listeners(of channel: Channel) -> Set<SessionID> { listeners[channel] ?? [] }

    /// Begins the next round, if there is something to do and none is under way.
    /// - Parameter writer: takes the messages for the server.
    /// - Returns: whether anything was written.
    package mutating func beginRound(into writer: inout MessageWriter) -> Bool {
        guard round == nil, !joining.isEmpty || !vacated.isEmpty else { return false }
        var next = ListenRound(joining: joining)
        if isFresh { next.add(.prologue) }
        isFresh = false
        var wanted: Set<Channel> = []
        for one in joining where wanted.insert(one.channel).inserted {
            if !onServer.contains(one.channel) { next.add(.listen(one.channel)) }
        }
        for channel in vacated.subtracting(wanted)
        where listeners[channel] == nil && onServer.contains(channel) {
            next.add(.unlisten(channel))
        }
        vacated = []
        joining = []
        if next.isEmpty {
            guard !next.joining.isEmpty else { return false }
            next.add(.barrier)
        }
        next.write(to: &writer)
        round = next
        return true
    }
}

// What the server says.
extension ListenRoster {
    /// What a message of the server means.
    package enum Event: Sendable {
        case nothing
        /// A notification on this channel, for its listeners.
        case notified(Channel)
        /// The round is over: tell those who joined, then begin the next.
        case roundEnded([Outcome])
        /// The server's last words: it will close the connection.
        case farewell
        /// It has no place here.
        case violation
    }

    /// A whole message of the server; DataRow never comes here.
    package mutating func receive(_ type: BackendMessageType, _ frame: RawSpan) -> Event {
        let body = frame.extracting(FrameScanner.headerBytes..<frame.byteCount)
        switch type {
        case .notificationResponse: return notified(body)
        case .readyForQuery: return readyForQuery()
        case .errorResponse:
            guard round != nil, !Self.isFatal(body) else { return .farewell }
            round?.failed(with: frame.copy(0..<frame.byteCount))
            return .nothing
        case .commandComplete, .emptyQueryResponse, .rowDescription, .dataRow:
            return round == nil ? .violation : .nothing
        case .noticeResponse, .parameterStatus: return .nothing
        case .authentication, .backendKeyData, .parseComplete, .bindComplete, .closeComplete,
            .copyInResponse, .copyOutResponse, .copyBothResponse, .copyDone, .copyData, .noData,
            .portalSuspended, .parameterDescription, .functionCallResponse,
            .negotiateProtocolVersion:
            return .violation
        }
    }

    /// Whether an error ends the connection.
    private static func isFatal(_ body: RawSpan) -> Bool {
        var reader = BodyReader(body)
        while let code = reader.byte(), code != 0, let value = reader.string() {
            guard code == UInt8(ascii: "V") else { continue }
            let severity = body.text(value)
            return severity == "FATAL" || severity == "PANIC"
        }
        return false
    }

    private func notified(_ body: RawSpan) -> Event {
        guard let channel = Self.channel(of: body) else { return .violation }
        return .notified(channel)
    }

    /// The channel of a NotificationResponse; nil if the body does not have its shape.
    package static func channel(of body: RawSpan) -> Channel? {
        var reader = BodyReader(body)
        guard reader.int32() != nil, let channel = reader.string(), reader.string() != nil else {
            return nil
        }
        return body.copy(channel)
    }

    private mutating func readyForQuery() -> Event {
        guard var current = round else { return .violation }
        let isOver = current.answered()
        guard isOver else {
            round = current
            return .nothing
        }
        round = nil
        onServer.formUnion(current.listenedOn)
        onServer.subtract(current.unlistened)
        var outcomes: [Outcome] = []
        for one in current.joining {
            let refusal = current.refusals[one.channel]
            outcomes.append(Outcome(session: one.session, refusal: refusal))
            if refusal == nil { listeners[one.channel, default: []].insert(one.session) }
        }
        return .roundEnded(outcomes)
    }
}
