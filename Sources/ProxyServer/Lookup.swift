import Configuration
import Dispatch
import NetworkIO
import Vocabulary

/// Looks hosts up without holding the loop.
enum Lookup {
    private static let queue = DispatchQueue(
        label: "switchyard.resolver", attributes: .concurrent)

    /// Tells the server connection of this number: at once for an address, by a letter for a name.
    static func resolve(
        _ node: ProxyConfiguration.Node, for server: ServerID, worker: Worker
    ) {
        guard !SocketAddress.isNumeric(host: node.host) else {
            worker.resolved(server, SocketAddress.resolve(host: node.host, port: node.port))
            return
        }
        let mailbox = worker.shared.mailboxes[worker.index.index]
        queue.async {
            mailbox.post(
                .resolved(server, SocketAddress.resolve(host: node.host, port: node.port)))
        }
    }

    /// The same for a cancel that is passed on.
    static func resolve(host: String, port: Int, for cancel: PassedOnCancel, worker: Worker) {
        guard !SocketAddress.isNumeric(host: host) else {
            return worker.passOn(cancel, to: SocketAddress.resolve(host: host, port: port))
        }
        let mailbox = worker.shared.mailboxes[worker.index.index]
        queue.async {
            mailbox.post(.passOn(cancel, SocketAddress.resolve(host: host, port: port)))
        }
    }
}
