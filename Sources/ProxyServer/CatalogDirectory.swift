import Configuration
import ControlPlane
import Dispatch
import Logging
import NetworkIO
import StatementClassifier
import Synchronization
import Vocabulary

/// Which catalog facts: those of a database of a cluster, as the operator's words change them.
struct CatalogName: Hashable, Sendable {
    let cluster: String
    /// As the servers call it.
    let database: String
    let rules: FunctionRules
}

/// The facts of all databases that are in use, for all workers. Asked when a client logs in and
/// once a second for those that are there, never on the data path.
final class CatalogDirectory: Sendable {
    /// What is shown of a database.
    struct Row: Sendable {
        let name: CatalogName
        let standing: CatalogStanding
    }

    private struct Entry {
        let keeper: CatalogKeeper
        var usedAt: MonotonicInstant
    }

    private struct State {
        var entries: [CatalogName: Entry] = [:]
        var clusters: [String: ProxyConfiguration.Cluster] = [:]
        /// By cluster: the node that takes writes now.
        var primaries: [String: String] = [:]
    }

    private let state = Mutex(State())
    private let log: Logger
    private let post: @Sendable (CatalogName, CatalogStanding) -> Void

    /// Databases that no client has used for so long are forgotten.
    private static let idleMilliseconds: UInt64 = 600_000

    /// - Parameter post: called with whatever has changed; tells all workers.
    init(log: Logger, post: @escaping @Sendable (CatalogName, CatalogStanding) -> Void) {
        self.log = log
        self.post = post
    }

    // MARK: Events

    /// A configuration has come into force.
    func apply(_ configuration: ProxyConfiguration) {
        let entries = state.withLock { state in
            state.clusters = Dictionary(
                configuration.clusters.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
            let gone = state.entries.filter { state.clusters[$0.key.cluster] == nil }
            for (name, entry) in gone {
                entry.keeper.stop()
                state.entries[name] = nil
            }
            return state.entries.map { ($0.key, $0.value.keeper) }
        }
        for (name, keeper) in entries {
            guard let cluster = configuration.cluster(named: name.cluster) else { continue }
            keeper.update(refreshSeconds: cluster.catalogRefreshSeconds)
            keeper.look()
        }
    }

    /// Which node takes the writes of a cluster; nil: none does. Another one is looked at at once.
    func show(primary: String?, of cluster: String) {
        let keepers = state.withLock { state -> [CatalogKeeper] in
            guard state.primaries[cluster] != primary else { return [] }
            state.primaries[cluster] = primary
            guard primary != nil else { return [] }
            return state.entries.filter { $0.key.cluster == cluster }.map(\.value.keeper)
        }
        for keeper in keepers { keeper.look() }
    }

    /// A database is used now. Begins to read its catalog if it was not used before.
    /// - Returns: what is known of it.
    func use(_ name: CatalogName) -> CatalogStanding {
        let now = EventLoop.clock()
        let (keeper, isNew) = state.withLock { state -> (CatalogKeeper, Bool) in
            if let known = state.entries[name] {
                state.entries[name]?.usedAt = now
                return (known.keeper, false)
            }
            let keeper = CatalogKeeper(
                name: "\(name.cluster)/\(name.database)", rules: name.rules,
                refreshSeconds: state.clusters[name.cluster]?.catalogRefreshSeconds ?? 60,
                logger: log, source: { [weak self] in self?.target(name) },
                publish: { [post] in post(name, $0) })
            state.entries[name] = Entry(keeper: keeper, usedAt: now)
            return (keeper, true)
        }
        if isNew { keeper.start() }
        return keeper.standing
    }

    /// Something was done that may have changed the catalog of a database.
    func doubt(cluster: String, database: String) {
        for keeper in keepers(cluster, database) { keeper.doubt() }
    }

    /// The catalog of a database may be newer than what is known of it.
    func look(cluster: String, database: String) {
        for keeper in keepers(cluster, database) { keeper.look() }
    }

    private func keepers(_ cluster: String, _ database: String) -> [CatalogKeeper] {
        state.withLock { state in
            state.entries.filter { $0.key.cluster == cluster && $0.key.database == database }
                .map(\.value.keeper)
        }
    }

    /// Forgets what nobody has used for long.
    func sweep() {
        let now = EventLoop.clock()
        let gone = state.withLock { state in
            let gone = state.entries.filter {
                $0.value.usedAt.advanced(milliseconds: Self.idleMilliseconds) < now
            }
            for name in gone.keys { state.entries[name] = nil }
            return gone
        }
        for (name, entry) in gone {
            entry.keeper.stop()
            post(name, CatalogStanding())
        }
    }

    // MARK: Questions

    /// What is known of all databases, in order.
    var rows: [Row] {
        state.withLock { $0.entries }.map { Row(name: $0.key, standing: $0.value.keeper.standing) }
            .sorted { ($0.name.cluster, $0.name.database) < ($1.name.cluster, $1.name.database) }
    }

    /// What is known of a database; nil: nobody has used it.
    func standing(_ name: CatalogName) -> CatalogStanding? {
        state.withLock { $0.entries[name]?.keeper }?.standing
    }

    private func target(_ name: CatalogName) -> LibpqTarget? {
        state.withLock { state in
            guard let cluster = state.clusters[name.cluster],
                let primary = state.primaries[name.cluster],
                let node = cluster.nodes.first(where: { $0.name == primary })
            else { return nil }
            return LibpqTarget(node, readingCatalogOf: name.database, as: cluster.monitor)
        }
    }
}
