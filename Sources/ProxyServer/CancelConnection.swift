import NetworkIO
import PostgresWire
import SessionCore
import Vocabulary

/// Carries one CancelRequest and waits until it has been dealt with, which the other side shows by
/// closing (PostgreSQL documentation, "Canceling Requests in Progress").
final class CancelConnection: ChannelOwner {
    /// What is known of a CancelRequest in the end.
    enum Outcome: Sendable {
        /// It never left: it cannot hit anything any more.
        case notSent
        /// It was dealt with, whatever that means there.
        case done
        /// It left, and may still hit whatever runs on that server connection later.
        case unknown
    }

    /// How a CancelRequest is encrypted: as the connection that it is for.
    struct Protection {
        let context: TLSContext
        let host: String
        let negotiation: SSLNegotiation
        var encryption: ServerEncryption {
            ServerEncryption(mode: .require, negotiation: negotiation, isLocal: false)
        }
    }

    private let errand: CancelErrand
    private let loop: EventLoop
    private var addresses: [SocketAddress]
    private var channel: Channel?
    private var wasSent = false
    private var ended: ((CancelConnection, Outcome) -> Void)?
    private let deadline: MonotonicInstant

    /// - Parameters:
    ///   - errand: its addresses are tried in order.
    ///   - ended: called once, and never before `start` has returned.
    init(
        _ errand: CancelErrand, loop: EventLoop,
        ended: @escaping (CancelConnection, Outcome) -> Void
    ) {
        self.errand = errand
        self.loop = loop
        self.ended = ended
        addresses = errand.addresses
        deadline = loop.now.advanced(milliseconds: Limits.cancelWaitMilliseconds)
    }

    /// Starts to connect. False: to no address at all; `ended` will not be called.
    func start() -> Bool {
        while !addresses.isEmpty {
            if case .success(let channel) = loop.connect(to: addresses.removeFirst(), owner: self) {
                self.channel = channel
                return true
            }
        }
        return false
    }

    /// Called once in a while.
    func checkDeadline(_ now: MonotonicInstant) {
        if deadline <= now { fail() }
    }

    func channelConnected(_ channel: Channel, failure: String?) {
        guard failure == nil else {
            channel.close()
            self.channel = nil
            if !start() { end(.notSent) }
            return
        }
        carryOut(errand.protection?.encryption.connected() ?? .logIn)
    }

    func channelIsReadable(_ channel: Channel) {
        guard let count = channel.read(into: loop.receiveBuffer) else { return }
        guard count > 0 else { return end(wasSent ? .done : .notSent) }
        guard !wasSent, !channel.isEncrypted, var encryption = errand.protection?.encryption else {
            return
        }
        carryOut(encryption.answered(loop.receiveBuffer[0], hasMore: count > 1))
    }

    func channelSecured(_ channel: Channel, failure: String?) {
        guard failure == nil, let protection = errand.protection else { return fail() }
        carryOut(protection.encryption.secured(agreed: channel.hasAgreedOnProtocol))
    }

    private func carryOut(_ step: ServerEncryption.Step) {
        switch step {
        case .logIn:
            wasSent = true
            channel?.write(errand.request)
        case .ask(let request): channel?.write(request)
        case .secure: secure()
        case .reconnect, .fail: fail()
        }
    }

    private func secure() {
        guard let protection = errand.protection else { return fail() }
        do throws(TLSFailure) {
            try channel?.startTLS(protection.context, host: protection.host)
        } catch {
            fail()
        }
    }

    func channelDrained(_ channel: Channel) {}

    func channelBroke(_ channel: Channel, cause: String) { fail() }

    private func fail() { end(wasSent ? .unknown : .notSent) }

    private func end(_ outcome: Outcome) {
        channel?.close()
        channel = nil
        let ended = self.ended
        self.ended = nil
        ended?(self, outcome)
    }
}
