import NetworkIO
import PostgresWire
import SessionCore
import Vocabulary

// What a client listens on over the connection that it shares with others.
extension ClientConnection {
    /// Carries out what listening has left to do: the roster is told what the session wants, and
    /// the client, once it is at rest and reads, what it has waited for.
    func settleListening() {
        guard session.listening.isPending, stage == .ready else { return }
        for order in session.takeListenOrders() { carryOut(order) }
        guard session.isAtRest, !isClogged else { return }
        if session.listening.holds { channel?.write(session.takeHeldNotifications()) }
        switch session.listening.end {
        case nil: break
        case .fail(let error): fail(error)
        case .passOn(let bytes):
            channel?.write(bytes)
            end()
        }
    }

    private func carryOut(_ order: Listening.Order) {
        switch order {
        case .join(let channel):
            // One that listens already stays where it is.
            if hub == nil || !session.listening.isActive {
                let encoding = session.settings.value(of: "client_encoding") ?? "UTF8"
                hub = tenant.map { worker.hub(of: $0, encoding: encoding) }
            }
            hub?.join(id, channel)
        case .leave(let channel): hub?.leave(id, channel)
        }
    }

    /// The LISTEN that the session waits for is done.
    func listened() {
        stampWatermark()
        session.listened(reply: &worker.reply)
        sendReply()
        resume()
    }

    /// The LISTEN that the session waits for has failed.
    /// - Parameter message: the server's ErrorResponse; nil: `error` says why.
    func listenRefused(_ message: [UInt8]?, _ error: ErrorReply) {
        if !session.withholdsReady { tenant?.counters.errors += 1 }
        session.listenRefused(message, error, reply: &worker.reply)
        sendReply()
        if !session.listening.isActive { hub = nil }
        resume()
    }

    /// A notification on a channel that the session listens on.
    /// - Parameter encoding: that of its bytes.
    func notified(_ message: RawSpan, encoding: String) {
        if session.settings.value(of: "client_encoding") ?? "UTF8" != encoding,
            message.holdsHighByte
        {
            return leaveListening(.fail(.notificationEncoding))
        }
        // What it tells of is to be seen by who reads then.
        stampWatermark()
        switch session.notified(message, canSend: !isClogged) {
        case .now:
            tenant?.counters.bytesToClients += UInt64(message.byteCount)
            channel?.write(message)
        case .later: break
        case .tooMuch:
            let error = ErrorReply.tooManyNotifications(bytes: Limits.heldNotificationBytes)
            // One that does not read will not do so for being told.
            if session.isAtRest && isClogged { fail(error) } else { leaveListening(.fail(error)) }
        }
    }

    /// The session gets no more notifications, and is told so once it is at rest.
    private func leaveListening(_ end: Listening.End) {
        hub?.withdraw(id)
        for channel in session.listening.channels { hub?.leave(id, channel) }
        hub = nil
        session.listeningEnded(end)
        if session.phase == .listening { listenRefused(nil, .canceled) } else { settleListening() }
    }

    /// The shared connection is gone, or the session cannot keep up with it.
    func listeningEnded(_ end: Listening.End) {
        hub = nil
        session.listeningEnded(end)
        settleListening()
    }

    /// The client is gone.
    func forgetListening() {
        guard let hub else { return }
        self.hub = nil
        hub.withdraw(id)
        for channel in session.listening.channels { hub.leave(id, channel) }
    }
}

extension RawSpan {
    /// Whether a byte is above 127, beyond the header: its length word may be.
    fileprivate var holdsHighByte: Bool {
        for offset in 9..<max(9, byteCount)
        where unsafeLoad(fromByteOffset: offset, as: UInt8.self) > 127 {
            return true
        }
        return false
    }
}
