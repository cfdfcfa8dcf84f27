import Routing
import Vocabulary

// What replicas refuse is remembered per database, by all workers.

/// A database on the servers of a cluster, whatever clients call it.
struct DatabaseKey: Hashable, Sendable {
    let cluster: String
    let serverDatabase: String
}

extension Tenant {
    var databaseKey: DatabaseKey {
        DatabaseKey(cluster: cluster.name, serverDatabase: serverDatabase)
    }
}

extension Worker {
    /// A replica has refused a statement of this fingerprint. Returns until when that is
    /// remembered; nil: it is known already, or tells nothing of the next time.
    func learn(
        _ tenant: Tenant, _ fingerprint: UInt64, _ refusal: StandbyRefusal
    ) -> MonotonicInstant? {
        let key = tenant.databaseKey
        let seconds = settings.configuration.healing.rememberSeconds
        let until = tenant.refusals.remember(fingerprint, refusal, seconds: seconds, at: now)
        guard until != nil else { return nil }
        remember(key, fingerprint, refusal)
        for (other, mailbox) in shared.mailboxes.enumerated() where other != index.index {
            mailbox.post(.refusal(key, fingerprint, refusal))
        }
        return until
    }

    /// All clients of the database profit from what one has met.
    func remember(_ key: DatabaseKey, _ fingerprint: UInt64, _ refusal: StandbyRefusal) {
        let seconds = settings.configuration.healing.rememberSeconds
        for tenant in tenants.values where tenant.databaseKey == key {
            tenant.refusals.remember(fingerprint, refusal, seconds: seconds, at: now)
        }
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
        for tenant in tenants.values where tenant.databaseKey == key {
            tenant.refusals.forgetAll()
            heals.forgotten(tenant.database)
        }
    }
}
