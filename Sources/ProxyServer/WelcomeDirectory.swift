import PostgresWire
import SessionCore
import Synchronization

/// What servers report at login, by user, database and startup parameters: learnt by one worker,
/// known to all, so that a client's login need not wait for a server connection of its own.
final class WelcomeDirectory: Sendable {
    private struct Key: Hashable, Sendable {
        let tenant: TenantKey
        let settings: [StartupParameters.Setting]
    }

    /// Beyond it everything is learnt anew.
    private static let capacity = 10_000

    private let entries = Mutex<[Key: Welcome]>([:])

    /// nil: nobody has logged in to a server with these.
    func find(
        _ tenant: TenantKey, _ settings: [StartupParameters.Setting]
    ) -> Welcome? {
        entries.withLock { $0[Key(tenant: tenant, settings: settings)] }
    }

    func learn(
        _ welcome: Welcome, _ tenant: TenantKey,
        _ settings: [StartupParameters.Setting]
    ) {
        entries.withLock { entries in
            if entries.count >= Self.capacity { entries.removeAll() }
            entries[Key(tenant: tenant, settings: settings)] = welcome
        }
    }

    /// The configuration was reloaded: databases may lead elsewhere.
    func forget() { entries.withLock { $0.removeAll() } }
}
