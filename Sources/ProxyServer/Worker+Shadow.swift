import Configuration
import SessionCore
import Vocabulary

// Which clients shadow mode looks at.
extension Worker {
    /// Shadow mode of a tenant's database; nil: it is not in it.
    func desk(of tenant: Tenant) -> ShadowDesk? {
        guard tenant.policy.isShadowed, !tenant.isGone,
            let configured = settings.configuration.database(named: tenant.database)?.shadow
        else { return nil }
        if let known = shadows[tenant.database] { return known }
        let fresh = ShadowDesk(
            tenant.database, configured, cluster: tenant.cluster, worker: self)
        shadows[tenant.database] = fresh
        return fresh
    }

    /// A reload may have switched it on, off, or to another cluster.
    func reloadShadows() {
        for (name, desk) in shadows {
            guard let entry = settings.configuration.database(named: name),
                let configured = entry.shadow, let cluster = clusters[entry.cluster]
            else {
                desk.endLines()
                shadows[name] = nil
                continue
            }
            desk.update(configured, cluster: cluster)
        }
        for client in clients.values where client.stage == .ready { client.tapForShadow() }
    }
}

extension ClientConnection {
    /// Lets shadow mode see this client, or not any more.
    func tapForShadow() {
        let desk = tenant.flatMap { worker.desk(of: $0) }
        guard desk !== shadow?.desk else { return }
        shadow?.turnEnded()
        shadow = desk.map { ShadowTap($0, self) }
        session.keepVerdicts(shadow != nil)
    }
}
