import Configuration
import ControlPlane
import StatementClassifier
import Vocabulary

// What a worker's statements are judged by besides their text.
extension Worker {
    /// A client of this tenant begins: its statements are judged by what is known of its database.
    func useCatalog(of tenant: Tenant) {
        guard tenant.catalogPlace < 0 else {
            // Those of tenants with clients are looked at once a second.
            if tenant.sessions < 2 { refreshCatalog(of: tenant) }
            return
        }
        tenant.catalogPlace = texts.catalogs.add(
            user: tenant.user, rules: catalogName(of: tenant).rules)
        refreshCatalog(of: tenant)
    }

    /// Which facts a tenant's statements are judged by.
    private func catalogName(of tenant: Tenant) -> CatalogName {
        CatalogName(
            cluster: tenant.cluster.name, database: tenant.serverDatabase,
            rules: tenant.policy.rules)
    }

    /// Takes over what is known now.
    func refreshCatalog(of tenant: Tenant) {
        guard tenant.catalogPlace >= 0 else { return }
        let name = catalogName(of: tenant)
        update(tenant, name, shared.catalogs.use(name))
    }

    /// What is known of a database has changed.
    func learned(_ name: CatalogName, _ standing: CatalogStanding) {
        for tenant in tenants.values
        where tenant.catalogPlace >= 0 && catalogName(of: tenant) == name {
            update(tenant, name, standing)
        }
    }

    private func update(_ tenant: Tenant, _ name: CatalogName, _ standing: CatalogStanding) {
        texts.catalogs.update(
            tenant.catalogPlace, facts: standing.facts, isDoubtful: standing.isDoubtful,
            rules: name.rules)
    }

    /// The catalog of a tenant's database may not be what it was: a schema change has passed, or a
    /// server has refused what the facts allow. Until it has been looked at, calls of users'
    /// functions go to the primary.
    func catalogIsDoubtful(_ tenant: Tenant) {
        // This worker's own clients must not come before the letter that tells all workers.
        for other in tenants.values
        where other.catalogPlace >= 0 && other.cluster.name == tenant.cluster.name
            && other.serverDatabase == tenant.serverDatabase
        {
            let name = catalogName(of: other)
            texts.catalogs.update(
                other.catalogPlace, facts: texts.catalogs.facts(other.catalogPlace),
                isDoubtful: true, rules: name.rules)
        }
        shared.catalogs.doubt(
            cluster: tenant.cluster.name, database: tenant.serverDatabase)
    }

    /// A replica has refused what the facts allow.
    func catalogWasWrong(_ tenant: Tenant) {
        shared.catalogs.look(
            cluster: tenant.cluster.name, database: tenant.serverDatabase)
    }

    /// Databases that clients are connected to are not forgotten.
    func touchCatalogs() {
        for tenant in tenants.values where tenant.sessions > 0 { refreshCatalog(of: tenant) }
    }
}

extension FunctionRules {
    /// The operator's words as configured.
    init(_ functions: ProxyConfiguration.Functions) {
        self.init(readOnly: functions.readOnly, write: functions.write)
    }
}

extension ClientConnection {
    /// A transaction is over that may have changed the catalog.
    func noteCatalogChange() {
        guard let tenant, session.takeCatalogChange() else { return }
        worker.shared.schemaChanges.add(1, ordering: .relaxed)
        worker.schemaChanged(tenant)
        worker.catalogIsDoubtful(tenant)
        worker.schemaChanged(tenant)
    }
}
