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
        rules = AccessRules(configuration)
    }
}
