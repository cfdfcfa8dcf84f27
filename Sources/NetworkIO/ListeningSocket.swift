import CSystem

/// A socket that connections come in at. Loops accept them, each from a descriptor of its own.
package final class ListeningSocket: Sendable {
    private let descriptor: FileDescriptor
    private let socketPath: String?
    /// Which file the socket is: another process may have put its own in the place of it.
    private let socketFile: FileIdentity?

    private init(_ number: Int32, path: String?) {
        descriptor = FileDescriptor(owning: number)
        socketPath = path
        socketFile = path.flatMap { FileIdentity($0) }
    }

    /// Listens on a TCP port, with a socket for each address of the host. `host` may be a name, an
    /// address, `*` or empty for all addresses of the machine, IPv4 and IPv6.
    /// - Parameter isShared: other processes may listen on the same port (SO_REUSEPORT).
    package static func tcp(
        host: String, port: Int, isShared: Bool = false
    ) throws(Listener.Failure) -> [ListeningSocket] {
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
            throw Listener.Failure(text: "cannot listen on \(host):\(port): \(cause)")
        }
        return descriptors.prefix(Int(count)).map { ListeningSocket($0, path: nil) }
    }

    private static let mostAddresses = 64
    private static let backlog: Int32 = 4_096

    /// Listens on `<folder>/.s.PGSQL.<port>`, as PostgreSQL does.
    /// - Parameter isShared: takes the place of another process's socket, if there is one.
    package static func unix(
        folder: String, port: Int, isShared: Bool = false
    ) throws(Listener.Failure) -> ListeningSocket {
        let path = "\(folder)/.s.PGSQL.\(port)"
        let number = sy_listen_unix(path, isShared, backlog)
        guard number >= 0 else {
            throw Listener.Failure(
                text: "cannot listen on \(path): \(systemErrorText(-number))")
        }
        return ListeningSocket(number, path: path)
    }

    /// A descriptor of it for one loop.
    package func duplicate() throws(Listener.Failure) -> Int32 {
        let number = sy_duplicate(descriptor.number)
        if number < 0 { throw Listener.Failure(text: systemErrorText(-number)) }
        return number
    }

    /// A Unix-domain socket is not to be found any more. It goes on listening while a loop accepts
    /// from it.
    package func removeName() {
        guard let socketPath, FileIdentity(socketPath) == socketFile else { return }
        removeFile(socketPath)
    }
}
