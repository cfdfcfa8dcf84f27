/// The clients that a rule is for, by where they come from.
package enum AddressPattern: Hashable, Sendable {
    /// Every client, also on the Unix-domain socket.
    case all
    /// The Unix-domain socket.
    case local
    /// Addresses of the same family whose first `prefixLength` bits are those of `bytes`.
    case network(bytes: [UInt8], prefixLength: Int)
    /// This machine's own addresses.
    case sameHost
    /// The networks that this machine is in.
    case sameNetwork

    /// Whether a client at this address is meant.
    package func matches(
        _ peer: PeerAddress, interfaces: [InterfaceAddress] = []
    ) -> Bool {
        switch (self, peer.unmapped) {
        case (.all, _), (.local, .unixSocket): true
        case (.network(let bytes, let prefixLength), .network(let address)):
            Self.share(bytes, address, bits: prefixLength)
        case (.sameHost, .network(let address)):
            interfaces.contains { $0.bytes == address }
        case (.sameNetwork, .network(let address)):
            interfaces.contains { Self.share($0.bytes, address, bits: $0.prefixLength) }
        case (.local, .network), (.network, .unixSocket), (.sameHost, .unixSocket),
            (.sameNetwork, .unixSocket):
            false
        }
    }

    private static func share(_ a: [UInt8], _ b: [UInt8], bits: Int) -> Bool {
        guard a.count == b.count else { return false }
        return a.indices.allSatisfy { index in
            let kept = min(max(bits - index * 8, 0), 8)
            return kept == 0 || (a[index] ^ b[index]) >> (8 - kept) == 0
        }
    }
}
