import PostgresWire
import StatementClassifier
import Vocabulary

/// What one session listens on over the connection that it shares with other sessions: the
/// channels, what the roster of that connection has to be told, and notifications that must wait.
///
/// Invariant: while `awaited` is set, the session waits for the outcome and takes no input. `kept`
/// has one element at the most, and none for a session that does not listen.
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

    /// What few sessions need. It lives apart: every idle client has room for one of these.
    private struct Kept: Sendable {
        var channels: [ListenRoster.Channel] = []
        var awaited: ListenRoster.Channel?
        var preface: [UInt8] = []
        var orders: [Order] = []
        var held: [UInt8] = []
        var end: End?

        var isEmpty: Bool {
            channels.isEmpty && awaited == nil && orders.isEmpty && held.isEmpty && end == nil
        }
    }

    /// LISTEN may be shared: false where sessions have server connections of their own.
    package var isShared = false
    /// UNLISTEN * was run in a transaction that is still open.
    var leavesAtCommit = false
    private var kept: [Kept] = []

    package init() {}

    // MARK: Questions

    package var channels: [ListenRoster.Channel] { kept.first?.channels ?? [] }

    /// What the client of a LISTEN that waits for the server is told before the outcome.
    var preface: [UInt8] { kept.first?.preface ?? [] }

    package var end: End? { kept.first?.end }

    /// The session listens on a channel.
    package var isActive: Bool { !kept.isEmpty && !kept[0].channels.isEmpty }

    /// It listens on as many channels as it may over a shared connection.
    var isFull: Bool { channels.count >= Limits.sharedChannels }

    /// There is something for the shell: orders, notifications or an end.
    package var isPending: Bool {
        guard !kept.isEmpty else { return false }
        return !kept[0].orders.isEmpty || !kept[0].held.isEmpty || kept[0].end != nil
    }

    /// Notifications wait, until the client is at rest and reads.
    package var holds: Bool { !kept.isEmpty && !kept[0].held.isEmpty }

    // MARK: Events

    /// A LISTEN begins to wait.
    mutating func await(_ channel: ListenRoster.Channel, preface: [UInt8]) {
        keep {
            $0.awaited = channel
            $0.preface = preface
            $0.orders.append(.join(channel))
        }
    }

    /// The session waits for a round that changes nothing.
    mutating func awaitRound() {
        if let first = channels.first { keep { $0.orders.append(.join(first)) } }
    }

    /// The LISTEN that waited is over.
    mutating func settle(isListening: Bool) {
        keep {
            if isListening, let awaited = $0.awaited, !$0.channels.contains(awaited) {
                $0.channels.append(awaited)
            }
            $0.awaited = nil
            $0.preface = []
        }
    }

    /// UNLISTEN of one channel.
    mutating func leave(_ channel: ListenRoster.Channel) {
        guard let index = channels.firstIndex(of: channel) else { return }
        keep {
            $0.channels.remove(at: index)
            $0.orders.append(.leave(channel))
        }
    }

    /// UNLISTEN * and what includes it.
    mutating func leaveAll() {
        leavesAtCommit = false
        keep {
            for channel in $0.channels { $0.orders.append(.leave(channel)) }
            $0.channels = []
        }
    }

    /// What the roster has not been told yet; forgets it.
    mutating func takeOrders() -> [Order] {
        var orders: [Order] = []
        keep { swap(&orders, &$0.orders) }
        return orders
    }

    /// Keeps a notification for later. Returns false if that is too much to be kept.
    mutating func hold(_ message: RawSpan) -> Bool {
        let count = kept.first?.held.count ?? 0
        guard count + message.byteCount <= Limits.heldNotificationBytes else { return false }
        if kept.isEmpty { kept.append(Kept()) }
        unsafe message.withUnsafeBytes { unsafe kept[0].held.append(contentsOf: $0) }
        return true
    }

    /// The notifications that waited; forgets them.
    mutating func takeHeld() -> [UInt8] {
        var held: [UInt8] = []
        keep { swap(&held, &$0.held) }
        return held
    }

    /// The shared connection is gone.
    mutating func lose(_ end: End) {
        keep {
            $0.channels = []
            $0.orders = []
            $0.end = end
        }
    }

    private mutating func keep(_ change: (inout Kept) -> Void) {
        if kept.isEmpty { kept.append(Kept()) }
        change(&kept[0])
        if kept[0].isEmpty { kept = [] }
    }
}
