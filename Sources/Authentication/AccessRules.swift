import Vocabulary

/// The rules that say how a client proves who it is. As in pg_hba.conf the first rule that matches
/// decides, also when the login then fails; without one, nobody enters. The admin database is
/// matched like any other.
package struct AccessRules: Sendable, Equatable {
    /// The kind of connection that a rule is for; words as in pg_hba.conf.
    package enum ConnectionType: String, Sendable, Hashable, CaseIterable {
        /// Every one.
        case any
        /// The Unix-domain socket.
        case local
        /// TCP, encrypted or not.
        case host
        /// TCP with TLS.
        case hostssl
        /// TCP without TLS.
        case hostnossl

        func matches(_ facts: ConnectionFacts) -> Bool {
            switch self {
            case .any: true
            case .local: facts.peer == .unixSocket
            case .host: facts.peer != .unixSocket
            case .hostssl: facts.peer != .unixSocket && facts.isEncrypted
            case .hostnossl: facts.peer != .unixSocket && !facts.isEncrypted
            }
        }
    }

    package struct Rule: Sendable, Hashable {
        package var type = ConnectionType.any
        package var databases: [NamePattern]
        package var users: [NamePattern]
        package var address: AddressPattern
        package var method: LoginMethod
        /// What is asked for besides the method.
        package var clientCertificate = CertificateDemand.none
        /// Who may log in as whom, for `cert` and `peer`; nil: everybody as themselves alone.
        package var map: IdentityMap?

        package init(
            databases: [NamePattern], users: [NamePattern], address: AddressPattern,
            method: LoginMethod
        ) {
            self.databases = databases
            self.users = users
            self.address = address
            self.method = method
        }

        func matches(_ database: String, _ user: String, _ facts: ConnectionFacts) -> Bool {
            type.matches(facts)
                && address.matches(facts.peer, interfaces: facts.interfaces)
                && users.contains { $0.matches(user: user) }
                && databases.contains {
                    $0.matches(
                        database: database, user: user,
                        isPhysicalReplication: facts.isPhysicalReplication)
                }
        }
    }

    package let rules: [Rule]
    /// Whether a rule asks for the addresses of this machine.
    package let asksForInterfaces: Bool

    package init(_ rules: [Rule]) {
        self.rules = rules
        asksForInterfaces = rules.contains {
            $0.address == .sameHost || $0.address == .sameNetwork
        }
    }

    /// - Returns: nil if no rule matches.
    package func first(database: String, user: String, facts: ConnectionFacts) -> Rule? {
        rules.first { $0.matches(database, user, facts) }
    }
}
