import Configuration
import Routing
import Telemetry
import Vocabulary

/// How the last reload ended.
package struct ReloadResult: Sendable, Hashable {
    package var at: MonotonicInstant
    /// nil: the new configuration is in force; else what was wrong with it.
    package var problem: String?

    package init(at: MonotonicInstant, problem: String? = nil) {
        self.at = at
        self.problem = problem
    }
}

/// All that the reports of the admin database are made of, gathered by whoever may ask the loops.
package struct AdminFacts: Sendable {
    /// Of Switchyard.
    package var version: String
    package var startedAt: MonotonicInstant
    package var now: MonotonicInstant
    package var configuration: ProxyConfiguration
    package var configurationPath: String
    /// In the order of the configuration.
    package var clusters: [ClusterView]
    /// Of all workers together.
    package var work: WorkerSnapshot
    package var workerCount: Int
    /// nil: never reloaded.
    package var lastReload: ReloadResult?
    /// In order of cluster and database.
    package var catalogs: [CatalogReport]

    package init(
        version: String, startedAt: MonotonicInstant, now: MonotonicInstant,
        configuration: ProxyConfiguration, configurationPath: String, clusters: [ClusterView],
        work: WorkerSnapshot, workerCount: Int, lastReload: ReloadResult? = nil,
        catalogs: [CatalogReport] = []
    ) {
        self.version = version
        self.startedAt = startedAt
        self.now = now
        self.configuration = configuration
        self.configurationPath = configurationPath
        self.clusters = clusters
        self.work = work
        self.workerCount = workerCount
        self.lastReload = lastReload
        self.catalogs = catalogs
    }

    /// The address of a node as configured; nil when the configuration no longer has it.
    func configured(_ node: String, of cluster: String) -> ProxyConfiguration.Node? {
        configuration.cluster(named: cluster)?.nodes.first { $0.name == node }
    }

    func seconds(since instant: MonotonicInstant) -> UInt64 {
        now.milliseconds(since: instant) / 1_000
    }
}

/// A report: fixed columns, rows made of facts.
protocol AdminReporting {
    static var columns: [AdminColumn] { get }
    static func rows(_ facts: AdminFacts) -> [[AdminValue]]
}

extension AdminReport {
    private var source: any AdminReporting.Type {
        switch self {
        case .status: ShowStatus.self
        case .health: ShowHealth.self
        case .nodes: ShowNodes.self
        case .pools: ShowPools.self
        case .clients: ShowClients.self
        case .servers: ShowServers.self
        case .stats: ShowStats.self
        case .heals: ShowHeals.self
        case .catalog: ShowCatalog.self
        case .shadow: ShowShadow.self
        case .shadowTotals: ShowShadowTotals.self
        case .config: ShowConfig.self
        case .version: ShowVersion.self
        case .help: ShowHelp.self
        }
    }

    /// Known without facts, so that a statement can be described before it is run.
    package var columns: [AdminColumn] { source.columns }

    /// The report at this moment.
    package func table(_ facts: AdminFacts) -> AdminTable {
        AdminTable(columns: columns, rows: source.rows(facts))
    }
}
