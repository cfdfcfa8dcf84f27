import CSystem

/// Who is at the other end of a client's socket: an address and a port, or a process of this
/// machine. Small, since every client has one.
package struct PeerName: Sendable {
    private let peer: sy_peer

    init(_ peer: sy_peer) { self.peer = peer }

    /// A process of this machine, over a Unix-domain socket.
    package static let local = PeerName(sy_peer(address: (0, 0), port: 0, kind: 1))

    /// Who cannot be named must not pass for a local user.
    var isKnown: Bool { peer.kind != 0 }

    package var isLocal: Bool { peer.kind == 1 }

    /// 0 over a Unix-domain socket.
    package var port: UInt16 { peer.port }

    /// 4 bytes of IPv4 or 16 of IPv6, in network order; none over a Unix-domain socket.
    package var addressBytes: [UInt8] {
        withUnsafeBytes(of: peer.address) { bytes in
            switch peer.kind {
            case 4: Array(bytes.prefix(4))
            case 6: Array(bytes)
            case _: []
            }
        }
    }

    /// The address as text; empty over a Unix-domain socket.
    package var host: String {
        if isLocal { return "" }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { words in
            guard let start = words.baseAddress else { return "" }
            withUnsafePointer(to: peer) { sy_peer_text($0, start, words.count) }
            return String(cString: start)
        }
    }
}

/// A connection that has come in. Whoever has it owns the descriptor.
package struct Arrival: Sendable {
    package let descriptor: Int32
    package let peer: PeerName

    package init(descriptor: Int32, peer: PeerName) {
        self.descriptor = descriptor
        self.peer = peer
    }
}
