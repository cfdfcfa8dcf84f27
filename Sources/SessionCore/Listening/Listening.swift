import PostgresWire
import StatementClassifier
import Vocabulary

/// What one session listens on over the connection that it shares with other sessions: the
/// channels, what the roster of that connection has to be told, and notifications that must wait.
///
/// Invariant: while `awaited` is set, the session waits for the outcome and takes no input.
package struct Listening: Sendable {
    /// What the roster is to be told.
    package enum Order: Sendable, Hashable {
        case join(ListenRoster.Channel)
        case leave(ListenRoster.Channel)
    }

    /// The shared connection is gone: the client must be told as soon as it is at rest, with these
    /// words of the server, or the proxy's own if it had none.
    package enum End: Sendable {
        case passOn([UInt8])
        case fail(ErrorReply)
    }

    /// LISTEN may be shared: false where sessions have server connections of their own.
    package var isShared = false
    package private(set) var channels: [ListenRoster.Channel] = []
    /// The channel of a LISTEN that waits for the server, and what its client is told before the
    /// outcome.
    private(set) var awaited: ListenRoster.Channel?
    private(set) var preface: [UInt8] = []
    private var orders: [Order] = []
    /// NotificationResponse messages that wait until the client is at rest and reads.
    private var held: [UInt8] = []
    package private(set) var end: End?
    /// UNLISTEN * was run in a transaction that is still open.
    var leavesAtCommit = false

    package init() {}

    /// The session listens on a channel.
    package var isActive: Bool { !channels.isEmpty }

    /// It listens on as many channels as it may over a shared connection.
    var isFull: Bool { channels.count >= Limits.sharedChannels }

    /// There is something for the shell: orders, notifications or an end.
    package var isPending: Bool { !orders.isEmpty || !held.isEmpty || end != nil }

    /// A LISTEN begins to wait.
    mutating func await(_ channel: ListenRoster.Channel, preface: [UInt8]) {
        awaited = channel
        self.preface = preface
        orders.append(.join(channel))
    }

    /// The session waits for a round that changes nothing.
    mutating func awaitRound() {
        if let first = channels.first { orders.append(.join(first)) }
    }

    /// The LISTEN that waited is over.
    mutating func settle(isListening: Bool) {
        if isListening, let awaited, !channels.contains(awaited) { channels.append(awaited) }
        awaited = nil
        preface = []
    }

    /// UNLISTEN of one channel.
    mutating func leave(_ channel: ListenRoster.Channel) {
        guard let index = channels.firstIndex(of: channel) else { return }
        channels.remove(at: index)
        orders.append(.leave(channel))
    }

    /// UNLISTEN * and what includes it.
    mutating func leaveAll() {
        leavesAtCommit = false
        for channel in channels { orders.append(.leave(channel)) }
        channels = []
    }

    /// What the roster has not been told yet; forgets it.
    mutating func takeOrders() -> [Order] {
        defer { orders = [] }
        return orders
    }

    /// Keeps a notification for later. Returns false if that is too much to be kept.
    mutating func hold(_ message: RawSpan) -> Bool {
        guard held.count + message.byteCount <= Limits.heldNotificationBytes else { return false }
        unsafe message.withUnsafeBytes { unsafe held.append(contentsOf: $0) }
        return true
    }

    /// Notifications wait.
    package var holds: Bool { !held.isEmpty }

    /// The notifications that waited; forgets them.
    mutating func takeHeld() -> [UInt8] {
        defer { held = [] }
        return held
    }

    /// The shared connection is gone.
    mutating func lose(_ end: End) {
        channels = []
        orders = []
        self.end = end
    }
}
