import Routing
import Vocabulary

// What replicas refuse is remembered per database, by all workers.

/// A database on the servers of a cluster, whatever clients call it.
struct DatabaseKey: Hashable, Sendable {
    let cluster: String
    let serverDatabase: String
}

/// What replicas refuse of one database, as one worker knows it.
final class Refusals {
    var memory = RefusalMemory()
}

extension Tenant {
    var databaseKey: DatabaseKey {
        DatabaseKey(cluster: cluster.name, serverDatabase: serverDatabase)
    }
}

extension Worker {
    /// What replicas refuse of this database.
    func refusals(of key: DatabaseKey) -> Refusals {
        if let known = refusedReads[key] { return known }
        let fresh = Refusals()
        refusedReads[key] = fresh
        return fresh
    }

    /// A replica has refused a statement of this fingerprint. Returns until when that is
    /// remembered; nil: it is known already, or tells nothing of the next time.
    func learn(
        _ tenant: Tenant, _ fingerprint: UInt64, _ refusal: StandbyRefusal
    ) -> MonotonicInstant? {
        let key = tenant.databaseKey
        guard let until = remember(key, fingerprint, refusal) else { return nil }
        for (other, mailbox) in shared.mailboxes.enumerated() where other != index.index {
            mailbox.post(.refusal(key, fingerprint, refusal))
        }
        return until
    }

    /// See `learn`; on this worker alone.
    @discardableResult
    func remember(
        _ key: DatabaseKey, _ fingerprint: UInt64, _ refusal: StandbyRefusal
    ) -> MonotonicInstant? {
        let seconds = settings.configuration.healing.rememberSeconds
        return refusals(of: key).memory.remember(fingerprint, refusal, seconds: seconds, at: now)
    }

    /// The schema of a database has changed: replicas may not refuse any more what they have
    /// refused.
    func schemaChanged(_ tenant: Tenant) {
        let key = tenant.databaseKey
        forgetRefusals(key)
        for (other, mailbox) in shared.mailboxes.enumerated() where other != index.index {
            mailbox.post(.schemaChanged(key))
        }
    }

    func forgetRefusals(_ key: DatabaseKey) {
        refusedReads[key]?.memory.forgetAll()
        for tenant in tenants.values where tenant.databaseKey == key {
            heals.forgotten(tenant.database)
        }
    }

    /// Databases that no client speaks of any more are forgotten, once there are many.
    func sweepRefusals() {
        guard refusedReads.count > tenants.count + Self.strayRefusals else { return }
        let used = Set(tenants.values.map(\.databaseKey))
        refusedReads = refusedReads.filter { used.contains($0.key) }
    }

    private static let strayRefusals = 64
}
