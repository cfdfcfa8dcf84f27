import Authentication
import Synchronization

/// What clients have proven on one worker, for the server connections of all: a user who has only a
/// SCRAM verifier, in the configuration or on the servers, can be logged in to servers with nothing
/// else. The newest proof counts, since passwords change.
final class ProvenSecrets: Sendable {
    /// Beyond it everything is forgotten; workers keep what their own clients have proven.
    private static let capacity = 10_000

    private let secrets = Mutex<[TenantKey: ServerSecret]>([:])

    func find(_ tenant: TenantKey) -> ServerSecret? { secrets.withLock { $0[tenant] } }

    func learn(_ secret: ServerSecret, _ tenant: TenantKey) {
        secrets.withLock { secrets in
            if secrets[tenant] == secret { return }
            if secrets.count >= Self.capacity { secrets.removeAll() }
            secrets[tenant] = secret
        }
    }

    /// The configuration was reloaded: what it has of users counts.
    func forget() { secrets.withLock { $0.removeAll() } }
}
