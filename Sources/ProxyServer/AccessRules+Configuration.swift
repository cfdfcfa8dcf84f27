import Authentication
import Configuration

extension AccessRules {
    /// The rules of a configuration, which the loader has found to be in order.
    init(_ configuration: ProxyConfiguration) {
        let maps = Dictionary(
            configuration.identityMaps.map { ($0.name, IdentityMap($0)) },
            uniquingKeysWith: { first, _ in first })
        self.init(configuration.authentication.map { Rule($0, maps) })
    }
}

extension ProxyConfiguration {
    /// How many clients there may be where this user opens this database.
    func clientBounds(user: String, database: String) -> ClientCounts.Bounds {
        ClientCounts.Bounds(
            all: maxClients,
            ofUser: users.first { $0.name == user }?.maxClients ?? maxClientsPerUser,
            ofDatabase: self.database(named: database)?.maxClients ?? maxClientsPerDatabase)
    }
}

extension IdentityMap {
    fileprivate init(_ map: ProxyConfiguration.IdentityMap) {
        self.init(
            name: map.name,
            entries: map.entries.map {
                Entry(systemUser: $0.systemUser, databaseUser: $0.databaseUser)
            })
    }
}

extension AccessRules.Rule {
    fileprivate init(
        _ rule: ProxyConfiguration.AuthenticationRule, _ maps: [String: IdentityMap]
    ) {
        self.init(
            databases: rule.databases, users: rule.users, address: AddressPattern(rule.clients),
            method: LoginMethod(rule.method))
        type = rule.type.map(AccessRules.ConnectionType.init) ?? .any
        switch rule.clientCertificate {
        case .verifyCA: clientCertificate = .verifyCA
        case .verifyFull: clientCertificate = .verifyFull
        case nil: clientCertificate = .none
        }
        map = rule.map.map { name in
            // To leave the map out would let people in under names that are not theirs to use.
            guard let map = maps[name] else {
                preconditionFailure("a rule with an unknown identity map passed the loader")
            }
            return map
        }
    }
}

extension AccessRules.ConnectionType {
    fileprivate init(_ type: ProxyConfiguration.ConnectionType) {
        switch type {
        case .local: self = .local
        case .host: self = .host
        case .hostssl: self = .hostssl
        case .hostnossl: self = .hostnossl
        }
    }
}

extension AddressPattern {
    /// The loader has read the address; it would not have let one pass that it could not.
    fileprivate init(_ clients: AddressRange?) {
        switch clients {
        case .all: self = .all
        case .local: self = .local
        case .sameHost: self = .sameHost
        case .sameNetwork: self = .sameNetwork
        case .network(let bytes, let prefixLength):
            self = .network(bytes: bytes, prefixLength: prefixLength)
        case nil: preconditionFailure("a rule without an address passed the loader")
        }
    }
}

extension LoginMethod {
    fileprivate init(_ method: ProxyConfiguration.AuthenticationMethod) {
        switch method {
        case .trust: self = .trust
        case .password: self = .password
        case .md5: self = .md5
        case .reject: self = .reject
        case .scramSHA256: self = .scramSHA256
        case .cert: self = .cert
        case .peer: self = .peer
        }
    }
}
