/// Where a client connects from, as its socket tells.
package enum PeerAddress: Hashable, Sendable {
    case unixSocket
    /// 4 bytes of IPv4 or 16 of IPv6, in network order.
    case network([UInt8])
}

/// The clients that a rule is for.
package enum AddressPattern: Hashable, Sendable {
    /// Every client, also on the Unix-domain socket.
    case all
    /// The Unix-domain socket.
    case local
    /// Addresses of the same family whose first `prefixLength` bits are those of `bytes`.
    case network(bytes: [UInt8], prefixLength: Int)

    /// Whether a client at this address is meant.
    package func matches(_ peer: PeerAddress) -> Bool {
        switch (self, peer) {
        case (.all, _), (.local, .unixSocket): return true
        case (.network(let bytes, let prefixLength), .network(let address)):
            let address = Self.unmapped(address)
            guard address.count == bytes.count else { return false }
            return bytes.indices.allSatisfy { index in
                let kept = min(max(prefixLength - index * 8, 0), 8)
                return kept == 0 || (bytes[index] ^ address[index]) >> (8 - kept) == 0
            }
        case (.local, .network), (.network, .unixSocket): return false
        }
    }

    /// A socket that serves both families shows IPv4 clients as `::ffff:a.b.c.d`.
    private static func unmapped(_ address: [UInt8]) -> [UInt8] {
        let prefix: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        return address.count == 16 && address.starts(with: prefix)
            ? Array(address[12...]) : address
    }
}

/// The rules that say how a client proves who it is. As in pg_hba.conf the first rule that matches
/// decides, also when the login then fails; without one, nobody enters. The admin database is
/// matched like any other.
package struct AccessRules: Sendable, Equatable {
    package struct Rule: Sendable, Hashable {
        /// nil: every database.
        package let database: String?
        /// nil: every user.
        package let user: String?
        package let address: AddressPattern
        package let method: LoginMethod

        package init(
            database: String?, user: String?, address: AddressPattern, method: LoginMethod
        ) {
            self.database = database
            self.user = user
            self.address = address
            self.method = method
        }
    }

    package let rules: [Rule]

    package init(_ rules: [Rule]) { self.rules = rules }

    /// - Returns: nil if no rule matches.
    package func method(database: String, user: String, peer: PeerAddress) -> LoginMethod? {
        rules.first { rule in
            (rule.database ?? database) == database && (rule.user ?? user) == user
                && rule.address.matches(peer)
        }?.method
    }
}
