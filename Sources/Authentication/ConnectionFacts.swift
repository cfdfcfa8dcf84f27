/// What the socket and the startup packet tell of a client, as far as rules ask for it.
package struct ConnectionFacts: Sendable, Hashable {
    package var peer: PeerAddress
    package var isEncrypted = false
    /// A walsender without a database; only rules for `replication` are for it.
    package var isPhysicalReplication = false
    /// The certificate that the client has shown over TLS; nil: none.
    package var certificate: ClientCertificate?
    /// The addresses of this machine; needed only where a rule says `samehost` or `samenet`.
    package var interfaces: [InterfaceAddress] = []

    package init(peer: PeerAddress) { self.peer = peer }
}

/// A client's certificate, as far as logins ask for it.
package struct ClientCertificate: Sendable, Hashable {
    /// Empty: it has none.
    package let commonName: String
    /// The whole subject, as RFC 2253 writes it.
    package let distinguishedName: String
    /// Signed by an authority that the proxy trusts. Nothing else in it counts without this.
    package let isVerified: Bool

    package init(commonName: String, distinguishedName: String, isVerified: Bool) {
        self.commonName = commonName
        self.distinguishedName = distinguishedName
        self.isVerified = isVerified
    }
}

/// Where a client connects from, as its socket tells.
package enum PeerAddress: Hashable, Sendable {
    case unixSocket
    /// 4 bytes of IPv4 or 16 of IPv6, in network order.
    case network([UInt8])

    /// The address without the disguise of a socket that serves both families, which shows IPv4
    /// clients as `::ffff:a.b.c.d`.
    package var unmapped: PeerAddress {
        let prefix: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        guard case .network(let bytes) = self, bytes.count == 16, bytes.starts(with: prefix) else {
            return self
        }
        return .network(Array(bytes[12...]))
    }
}

/// An address of this machine and the network it is in.
package struct InterfaceAddress: Sendable, Hashable {
    /// 4 bytes of IPv4 or 16 of IPv6, in network order.
    package let bytes: [UInt8]
    package let prefixLength: Int

    package init(bytes: [UInt8], prefixLength: Int) {
        self.bytes = bytes
        self.prefixLength = prefixLength
    }
}
