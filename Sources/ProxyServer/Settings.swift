import Authentication
import Configuration
import StatementClassifier

/// What the configuration means to the workers: made once per load, never changed, shared by all.
package final class Settings: Sendable {
    package let configuration: ProxyConfiguration
    let users: UserDirectory
    let rules: AccessRules
    let tls: TLSContexts
    /// Counts the loads of this process, from 1.
    let generation: Int

    /// - Parameter mockSecret: 32 random bytes, the same for the life of the process.
    package init(
        _ configuration: ProxyConfiguration, mockSecret: [UInt8], tls: TLSContexts,
        previous: Settings? = nil
    ) {
        self.configuration = configuration
        self.tls = tls
        generation = (previous?.generation ?? 0) + 1
        users = UserDirectory(
            // Admin users without an entry of their own may enter by trust; the first entry wins.
            users: configuration.users.map { ($0.name, $0.password) }
                + configuration.adminUsers.map { ($0, nil) }, mockSecret: mockSecret,
            previous: previous?.users)
        rules = AccessRules(configuration.authentication.map(Self.rule))
    }

    private static func rule(_ rule: ProxyConfiguration.AuthenticationRule) -> AccessRules.Rule {
        AccessRules.Rule(
            database: rule.database == "all" ? nil : rule.database,
            user: rule.user == "all" ? nil : rule.user,
            address: pattern(rule.clients), method: method(rule.method))
    }

    /// The loader has read the address; it would not have let one pass that it could not.
    private static func pattern(_ clients: AddressRange?) -> AddressPattern {
        switch clients {
        case .all: .all
        case .local: .local
        case .network(let bytes, let prefixLength):
            .network(bytes: bytes, prefixLength: prefixLength)
        case nil: preconditionFailure("a rule without an address passed the loader")
        }
    }

    private static func method(
        _ method: ProxyConfiguration.AuthenticationMethod
    ) -> LoginMethod {
        switch method {
        case .trust: .trust
        case .password: .password
        case .md5: .md5
        case .reject: .reject
        case .scramSHA256: .scramSHA256
        }
    }
}
