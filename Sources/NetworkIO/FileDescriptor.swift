import CSystem

/// An open file descriptor with one owner; it is closed when the owner ends.
package struct FileDescriptor: ~Copyable, Sendable {
    package let number: Int32

    /// Takes over a descriptor that nobody else will close.
    package init(owning number: Int32) { self.number = number }

    /// Gives the number away without closing it.
    package consuming func release() -> Int32 {
        let number = self.number
        discard self
        return number
    }

    /// The peer's address as text and its port; empty and 0 for a Unix-domain socket; nil when the
    /// peer is gone already.
    package borrowing func peerName() -> (host: String, port: Int32)? {
        var words = [CChar](repeating: 0, count: 64)
        let port = sy_peer_name(number, &words, words.count)
        guard port >= 0 else { return nil }
        let host = String(decoding: words.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        return (host, port)
    }

    deinit { sy_close(number) }
}
