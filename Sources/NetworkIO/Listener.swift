import CSystem
import Dispatch
import Glibc

/// Accepts connections on its own queue and hands each to whoever was named.
///
/// Listeners are Dispatch sources: connections are rare beside messages, and a source may be
/// suspended and cancelled from any queue.
///
/// Sendable, unchecked, because nothing of it changes and a source may be cancelled anywhere.
package final class Listener: @unchecked Sendable {
    /// Why a listener could not be opened.
    package struct Failure: Error, Sendable {
        package let text: String
    }

    private let source: any DispatchSourceRead
    private let socketPath: String?
    /// Which file the socket is: another process may have put its own in the place of it.
    private let socketFile: FileIdentity?
    /// Held for as long as the listener is there.
    private let lock: FileDescriptor?
    private let descriptor: Int32

    /// - Parameters:
    ///   - path: of a Unix-domain socket.
    ///   - lock: closed with the listener.
    ///   - accepted: called on the listener's queue with a connected descriptor.
    init(
        descriptor: Int32, path: String?, lock: consuming FileDescriptor? = nil,
        accepted: @escaping @Sendable (Int32) -> Void
    ) {
        socketPath = path
        socketFile = path.flatMap { FileIdentity($0) }
        self.lock = lock
        self.descriptor = descriptor
        let queue = DispatchQueue(label: "switchyard.listener")
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler { Self.accept(from: descriptor, accepted) }
        source.setCancelHandler {
            // Who is connected already, and not accepted yet, would be reset without a word.
            Self.accept(from: descriptor, accepted)
            sy_close(descriptor)
        }
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

    /// Listens on a TCP port, with a listener for each address of the host. `host` may be a name,
    /// an address, `*` or empty for all addresses of the machine, IPv4 and IPv6.
    /// - Parameter isShared: other processes may listen on the same port (SO_REUSEPORT).
    package static func tcp(
        host: String, port: Int, isShared: Bool = false,
        accepted: @escaping @Sendable (Int32) -> Void
    ) throws(Failure) -> [Listener] {
        var words = [CChar](repeating: 0, count: 256)
        var descriptors = [Int32](repeating: -1, count: mostAddresses)
        let all = host.isEmpty || host == "*"
        let (port, most) = (String(port), Int32(mostAddresses))
        let count =
            all
            ? sy_listen_tcp(
                nil, port, isShared, backlog, &descriptors, most, &words, words.count)
            : sy_listen_tcp(
                host, port, isShared, backlog, &descriptors, most, &words, words.count)
        guard count > 0 else {
            let cause = String(decoding: words.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
            throw Failure(text: "cannot listen on \(host):\(port): \(cause)")
        }
        return descriptors.prefix(Int(count)).map {
            Listener(descriptor: $0, path: nil, accepted: accepted)
        }
    }

    private static let mostAddresses = 64
    private static let backlog: Int32 = 4_096

    /// Listens on `<folder>/.s.PGSQL.<port>`, as PostgreSQL does.
    /// - Parameter isShared: takes the place of another process's socket, if there is one.
    package static func unix(
        folder: String, port: Int, isShared: Bool = false,
        accepted: @escaping @Sendable (Int32) -> Void
    ) throws(Failure) -> Listener {
        let path = "\(folder)/.s.PGSQL.\(port)"
        let descriptor = sy_listen_unix(path, isShared, backlog)
        guard descriptor >= 0 else {
            throw Failure(text: "cannot listen on \(path): \(systemErrorText(-descriptor))")
        }
        return Listener(descriptor: descriptor, path: path, accepted: accepted)
    }

    /// Accepts no more and closes; a Unix-domain socket's file is removed.
    package func close() {
        source.cancel()
        guard let socketPath, FileIdentity(socketPath) == socketFile else { return }
        removeFile(socketPath)
    }
}
