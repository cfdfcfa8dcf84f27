import CSystem
import Dispatch
import Glibc

/// Accepts the connections of sibling processes on its own queue and hands each to whoever was
/// named. Those of clients are accepted by the loops themselves; see `ListeningSocket`.
///
/// Listeners are Dispatch sources: siblings are rare, and a source may be suspended and cancelled
/// from any queue.
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

    /// Accepts no more and closes; a Unix-domain socket's file is removed.
    package func close() {
        source.cancel()
        guard let socketPath, FileIdentity(socketPath) == socketFile else { return }
        removeFile(socketPath)
    }
}
