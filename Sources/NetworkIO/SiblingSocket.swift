import CSystem
import Glibc

/// The Unix-domain sockets by which the processes of one host find each other: each has a number of
/// its own in a folder that all of them share, and holds a lock on it for as long as it lives.
package enum SiblingSocket {
    /// The socket of a process.
    package static func path(folder: String, process: Int) -> String {
        "\(folder)/.s.SWITCHYARD.\(process)"
    }

    /// Takes the lowest free number and listens at its socket. Makes the folder if there is none.
    /// - Parameter accepted: called on the listener's queue with a connected descriptor.
    package static func claim(
        folder: String, numbers: ClosedRange<Int>, accepted: @escaping @Sendable (Int32) -> Void
    ) throws(Listener.Failure) -> (process: Int, listener: Listener) {
        if mkdir(folder, 0o700) != 0 && errno != EEXIST {
            throw Listener.Failure(text: "cannot make \(folder): \(systemErrorText(errno))")
        }
        for number in numbers {
            let path = path(folder: folder, process: number)
            var lock: Int32 = -1
            let descriptor = sy_claim_unix("\(path).lock", path, backlog, &lock)
            if descriptor == -EWOULDBLOCK { continue }
            guard descriptor >= 0 else {
                throw Listener.Failure(
                    text: "cannot listen on \(path): \(systemErrorText(-descriptor))")
            }
            let listener = Listener(
                descriptor: descriptor, path: path, lock: FileDescriptor(owning: lock),
                accepted: accepted)
            return (number, listener)
        }
        throw Listener.Failure(
            text: "all \(numbers.count) numbers for processes in \(folder) are taken")
    }

    private static let backlog: Int32 = 1_024
}
