import NetworkIO
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

    private let request: [UInt8]
    private let loop: EventLoop
    private var addresses: [SocketAddress]
    private var channel: Channel?
    private var wasSent = false
    private var ended: ((CancelConnection, Outcome) -> Void)?
    private let deadline: MonotonicInstant

    /// - Parameters:
    ///   - addresses: of the receiver; tried in order.
    ///   - ended: called once, and never before `start` has returned.
    init(
        _ request: [UInt8], to addresses: [SocketAddress], loop: EventLoop,
        ended: @escaping (CancelConnection, Outcome) -> Void
    ) {
        self.request = request
        self.addresses = addresses
        self.loop = loop
        self.ended = ended
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
        if deadline <= now { end(wasSent ? .unknown : .notSent) }
    }

    func channelConnected(_ channel: Channel, failure: String?) {
        guard failure == nil else {
            channel.close()
            self.channel = nil
            if !start() { end(.notSent) }
            return
        }
        wasSent = true
        channel.write(request)
    }

    func channelIsReadable(_ channel: Channel) {
        guard let count = channel.read(into: loop.receiveBuffer) else { return }
        if count == 0 { end(.done) }
    }

    func channelDrained(_ channel: Channel) {}

    func channelBroke(_ channel: Channel, cause: String) { end(wasSent ? .unknown : .notSent) }

    private func end(_ outcome: Outcome) {
        channel?.close()
        channel = nil
        let ended = self.ended
        self.ended = nil
        ended?(self, outcome)
    }
}
