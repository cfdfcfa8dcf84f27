import CSystem
import Dispatch
import Glibc

/// Accepts connections on its own queue and hands each to whoever was named.
///
/// Listeners are Dispatch sources: connections are rare beside messages, and a source may be
/// suspended and cancelled from any queue.
package final class Listener {
    /// Why a listener could not be opened.
    package struct Failure: Error, Sendable {
        package let text: String
    }

    private let source: any DispatchSourceRead
    private let socketPath: String?

    /// - Parameter accepted: called on the listener's queue with a connected descriptor.
    private init(
        descriptor: Int32, path: String?, accepted: @escaping @Sendable (Int32) -> Void
    ) {
        socketPath = path
        let queue = DispatchQueue(label: "switchyard.listener")
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler { Self.accept(from: descriptor, accepted) }
        source.setCancelHandler { sy_close(descriptor) }
        source.activate()
    }

    /// As many as wait, bounded, so that a flood does not starve a cancellation.
    private static func accept(from descriptor: Int32, _ accepted: (Int32) -> Void) {
        for _ in 0..<256 {
            let peer = sy_accept(descriptor)
            if peer >= 0 {
                accepted(peer)
            } else if -peer == EMFILE || -peer == ENFILE {
                // Out of descriptors: the waiting connection stays readable. Do not spin on it.
                sy_pause_milliseconds(20)
                return
            } else {
                return
            }
        }
    }

    /// Listens on a TCP port. `host` may be a name, an address, `*` or empty for all addresses.
    package static func tcp(
        host: String, port: Int, accepted: @escaping @Sendable (Int32) -> Void
    ) throws(Failure) -> Listener {
        var words = [CChar](repeating: 0, count: 256)
        let all = host.isEmpty || host == "*"
        let descriptor =
            all
            ? sy_listen_tcp(nil, String(port), 4_096, &words, words.count)
            : sy_listen_tcp(host, String(port), 4_096, &words, words.count)
        guard descriptor >= 0 else {
            let cause = String(decoding: words.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
            throw Failure(text: "cannot listen on \(host):\(port): \(cause)")
        }
        return Listener(descriptor: descriptor, path: nil, accepted: accepted)
    }

    /// Listens on `<folder>/.s.PGSQL.<port>`, as PostgreSQL does.
    package static func unix(
        folder: String, port: Int, accepted: @escaping @Sendable (Int32) -> Void
    ) throws(Failure) -> Listener {
        let path = "\(folder)/.s.PGSQL.\(port)"
        let descriptor = sy_listen_unix(path, 4_096)
        guard descriptor >= 0 else {
            throw Failure(text: "cannot listen on \(path): \(systemErrorText(-descriptor))")
        }
        return Listener(descriptor: descriptor, path: path, accepted: accepted)
    }

    /// Accepts no more and closes; a Unix-domain socket's file is removed.
    package func close() {
        source.cancel()
        if let socketPath { removeFile(socketPath) }
    }
}
