/// The clients that the address of an authentication rule stands for.
package enum AddressRange: Hashable, Sendable {
    /// Every connection, also one by the Unix-domain socket.
    case all
    /// A connection by the Unix-domain socket.
    case local
    /// Addresses that begin with the first `prefixLength` bits of `bytes`: 4 bytes of IPv4 or 16
    /// of IPv6, in network order, with the bits behind the prefix 0. IPv4-mapped IPv6 networks are
    /// given as IPv4.
    case network(bytes: [UInt8], prefixLength: Int)
    /// The addresses of the machine that the proxy runs on.
    case sameHost
    /// The networks that it is in.
    case sameNetwork

    /// - Returns: nil unless `text` is `all`, `local`, `samehost`, `samenet`, an address, or an
    ///   address with `/` and a prefix length.
    package init?(_ text: String) {
        switch text {
        case "all": self = .all
        case "local": self = .local
        case "samehost": self = .sameHost
        case "samenet": self = .sameNetwork
        default:
            guard let (bytes, prefixLength) = Self.network(text) else { return nil }
            self = .network(bytes: Self.masked(bytes, prefixLength), prefixLength: prefixLength)
        }
    }

    /// Whether `text` names single bits behind its prefix, as `10.0.0.7/8` does: they count for
    /// nothing, so that it stands for more than it seems to.
    package static func hasBitsBehindPrefix(_ text: String) -> Bool {
        guard let (bytes, prefixLength) = network(text) else { return false }
        return masked(bytes, prefixLength) != bytes
    }

    /// Whether every connection in `other` is in this range, too.
    package func covers(_ other: AddressRange) -> Bool {
        switch (self, other) {
        case (.all, _), (.local, .local), (.sameHost, .sameHost), (.sameNetwork, .sameNetwork),
            (.sameNetwork, .sameHost):
            true
        case (.network(let bytes, let length), .network(let others, let otherLength)):
            bytes.count == others.count && length <= otherLength
                && Self.masked(others, length) == bytes
        case (.local, _), (.network, _), (.sameHost, _), (.sameNetwork, _): false
        }
    }

    private static func network(_ text: String) -> (bytes: [UInt8], prefixLength: Int)? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let bytes = AddressText.bytes(String(parts[0])) else { return nil }
        var length = bytes.count * 8
        if parts.count == 2 {
            guard let given = AddressText.decimal(parts[1], atMost: length) else { return nil }
            length = given
        }
        let mappedPrefix: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        guard length >= 96, bytes.starts(with: mappedPrefix) else { return (bytes, length) }
        return (Array(bytes[12...]), length - 96)
    }

    private static func masked(_ bytes: [UInt8], _ prefixLength: Int) -> [UInt8] {
        bytes.enumerated().map { index, byte in
            let kept = min(max(prefixLength - index * 8, 0), 8)
            return kept == 0 ? 0 : byte & (0xFF << (8 - kept))
        }
    }
}

extension ProxyConfiguration.AuthenticationRule {
    /// The clients the rule is for. Never nil in a configuration that the loader has made; whoever
    /// gets nil all the same must refuse to go on, since leaving out a rule could let somebody in.
    package var clients: AddressRange? { AddressRange(address) }
}
