import Configuration
import Dispatch
import NetworkIO
import PostgresWire
import SessionCore
import Vocabulary

/// Carries one CancelRequest to a server and waits until the server has dealt with it, which it
/// shows by closing (PostgreSQL documentation, "Canceling Requests in Progress").
final class CancelConnection: ChannelOwner {
    private let request: [UInt8]
    private let done: () -> Void
    private let worker: Worker
    private var channel: Channel?
    private let deadline: MonotonicInstant
    private let protection: Protection?

    /// A server that has not dealt with it by then will not.
    private static let patienceMilliseconds: UInt64 = 10_000

    /// How a CancelRequest is encrypted: as the connection that it is for.
    struct Protection {
        let context: TLSContext
        let host: String
        let negotiation: SSLNegotiation
        var encryption: ServerEncryption {
            ServerEncryption(mode: .require, negotiation: negotiation, isLocal: false)
        }
    }

    private init(
        request: [UInt8], protection: Protection?, worker: Worker, done: @escaping () -> Void
    ) {
        self.request = request
        self.protection = protection
        self.worker = worker
        self.done = done
        deadline = worker.now.advanced(milliseconds: Self.patienceMilliseconds)
    }

    /// Called once in a while.
    func checkDeadline() {
        if deadline <= worker.now { end() }
    }

    /// Sends it; `done` is called once, whatever happens.
    static func send(
        to address: SocketAddress, processID: Int32, secret: [UInt8], protection: Protection?,
        worker: Worker, done: @escaping () -> Void
    ) {
        var writer = MessageWriter()
        writer.untyped {
            $0.int32(80_877_102)
            $0.int32(processID)
            $0.data(secret)
        }
        let cancel = CancelConnection(
            request: writer.bytes, protection: protection, worker: worker, done: done)
        switch worker.loop.connect(to: address, owner: cancel) {
        case .success(let channel):
            cancel.channel = channel
            worker.cancels[ObjectIdentifier(cancel)] = cancel
        case .failure: done()
        }
    }

    func channelConnected(_ channel: Channel, failure: String?) {
        guard failure == nil else { return end() }
        carryOut(protection?.encryption.connected() ?? .logIn)
    }

    func channelIsReadable(_ channel: Channel) {
        guard let count = channel.read(into: worker.loop.receiveBuffer) else { return }
        guard count > 0 else { return end() }
        guard var encryption = protection?.encryption, !channel.isEncrypted else { return }
        let byte = worker.loop.receiveBuffer[0]
        carryOut(encryption.answered(byte, hasMore: count > 1))
    }

    func channelSecured(_ channel: Channel, failure: String?) {
        guard failure == nil, let protection else { return end() }
        carryOut(protection.encryption.secured(agreed: channel.hasAgreedOnProtocol))
    }

    private func carryOut(_ step: ServerEncryption.Step) {
        switch step {
        case .logIn: channel?.write(request)
        case .ask(let request): channel?.write(request)
        case .secure:
            guard let protection else { return end() }
            do throws(TLSFailure) {
                try channel?.startTLS(protection.context, host: protection.host)
            } catch {
                end()
            }
        case .reconnect, .fail: end()
        }
    }

    func channelDrained(_ channel: Channel) {}

    func channelBroke(_ channel: Channel, cause: String) { end() }

    private func end() {
        channel?.close()
        channel = nil
        guard worker.cancels.removeValue(forKey: ObjectIdentifier(self)) != nil else { return }
        done()
    }
}

/// Looks up the host of a node without holding the loop.
enum Lookup {
    private static let queue = DispatchQueue(
        label: "switchyard.resolver", attributes: .concurrent)

    /// Tells the server connection of this number: at once for an address, by a letter for a name.
    static func resolve(
        _ node: ProxyConfiguration.Node, for server: ServerID, worker: Worker
    ) {
        guard !SocketAddress.isNumeric(host: node.host) else {
            worker.servers[server]?.resolved(
                SocketAddress.resolve(host: node.host, port: node.port))
            return
        }
        let mailbox = worker.shared.mailboxes[worker.index.index]
        queue.async {
            mailbox.post(
                .resolved(server, SocketAddress.resolve(host: node.host, port: node.port)))
        }
    }
}
