import Authentication
import Configuration
import ControlPlane
import Logging
import NetworkIO
import Routing
import Synchronization
import Vocabulary

/// Looks users up on a cluster, for the logins of all workers: one question for all who ask about
/// the same user, and the answers kept for a while. Never blocks who asks.
final class UserLookup: Sendable {
    /// What a login learns.
    enum Answer: Sendable {
        case user(LookedUpUser)
        /// Nobody could be asked; the log says why.
        case failed
    }

    typealias Waiter = @Sendable (Answer) -> Void

    /// What makes a lookup the same one after a reload.
    struct Source: Hashable, Sendable {
        let cluster: String
        let settings: ProxyConfiguration.AuthQuery
    }

    private struct State {
        var cache: SecretCache<Waiter>
        var nodes: [ProxyConfiguration.Node]
        var view: ClusterView?
        var loggedAt: MonotonicInstant?
        var unlogged = 0
    }

    let source: Source
    private let query: AuthQuery
    private let mockSecret: [UInt8]
    private let log: Logger
    private let state: Mutex<State>

    init(_ source: Source, mockSecret: [UInt8], log: Logger) {
        self.source = source
        self.mockSecret = mockSecret
        self.log = log
        query = AuthQuery(source.settings, label: source.cluster)
        let limits = SecretCache<Waiter>.Limits(
            cacheMilliseconds: UInt64(source.settings.cacheSeconds) * 1_000,
            negativeCacheMilliseconds: UInt64(source.settings.negativeCacheSeconds) * 1_000)
        state = Mutex(State(cache: SecretCache(limits: limits), nodes: []))
    }

    // MARK: Events

    /// The cluster's nodes as configured, and as they are now.
    func update(nodes: [ProxyConfiguration.Node]) { state.withLock { $0.nodes = nodes } }
    func show(_ view: ClusterView) { state.withLock { $0.view = view } }

    /// Its cluster or database is gone.
    func close() { query.close() }

    /// Somebody logs in as `user`.
    /// - Parameters:
    ///   - disproved: of what a login has just failed with, when it was learnt; nil: a login
    ///     begins.
    ///   - waiter: called once, on any queue, if the answer is not there yet.
    /// - Returns: the answer, if it is.
    func ask(
        _ user: String, disproved: MonotonicInstant? = nil, waiter: @escaping Waiter
    ) -> Answer? {
        guard user.utf8.count <= Limits.roleNameBytes else {
            let (look, now) = (state.withLock { $0.cache.look }, EventLoop.clock())
            return .user(LookedUpUser(account: nil, look: look, since: now))
        }
        let (verdict, look) = state.withLock { state in
            let verdict = state.cache.ask(
                user, waiter: waiter, disproved: disproved, at: EventLoop.clock())
            return (verdict, state.cache.look)
        }
        switch verdict {
        case .known(let entry): return .user(LookedUpUser(entry, look))
        case .wait: return nil
        case .ask:
            inquire(user)
            return nil
        case .refused:
            tell("too many users are looked up at a time")
            return .failed
        }
    }

    /// A server does not know the user by what it has proven here.
    func doubt(_ user: String) {
        state.withLock { $0.cache.doubted(user, at: EventLoop.clock()) }
    }

    private func inquire(_ user: String) {
        query.ask(
            user, of: { [self] in nodes },
            isWanted: { [self] in state.withLock { $0.cache.isAwaited(user) } },
            done: { [self] result in
                switch result {
                case .success(let finding): found(user, finding)
                case .failure(let error): failed(user, error)
                }
            })
    }

    private func found(_ user: String, _ finding: AuthQuery.Finding) {
        let account: UserDirectory.Account? =
            switch finding {
            case .nobody: nil
            case .user(let secret):
                UserDirectory.Account(
                    name: user, secret: secret.map(UserSecret.init), mockSecret: mockSecret)
            }
        let (answer, waiters) = state.withLock { state in
            let (entry, waiters) = state.cache.answered(user, account, at: EventLoop.clock())
            return (LookedUpUser(entry, state.cache.look), waiters)
        }
        for waiter in waiters { waiter(.user(answer)) }
    }

    private func failed(_ user: String, _ error: LibpqError) {
        tell(error.message)
        let waiters = state.withLock { state in
            // Where nobody answers, the others would wait in vain, one after the other.
            error.kind == .query ? state.cache.failed(user) : state.cache.allFailed()
        }
        for waiter in waiters { waiter(.failed) }
    }

    // MARK: Questions

    /// Those that are up, the primary first; if none is, all: the view may be behind.
    private var nodes: [ProxyConfiguration.Node] {
        let (nodes, view) = state.withLock { ($0.nodes, $0.view) }
        let primary = view?.primary?.name ?? nodes.first(where: \.isPrimary)?.name
        let inOrder = nodes.filter { $0.name == primary } + nodes.filter { $0.name != primary }
        let usable = inOrder.filter { node in
            view?.nodes.first { $0.name == node.name }?.state.isUsable ?? false
        }
        return usable.isEmpty ? inOrder : usable
    }

    /// Once a second, however many logins fail of it.
    private func tell(_ cause: String) {
        let now = EventLoop.clock()
        let unlogged = state.withLock { state -> Int? in
            if let at = state.loggedAt, now < at.advanced(milliseconds: 1_000) {
                state.unlogged += 1
                return nil
            }
            defer { (state.loggedAt, state.unlogged) = (now, 0) }
            return state.unlogged
        }
        guard let unlogged else { return }
        log.error(
            "cannot look up users",
            metadata: [
                "cluster": "\(source.cluster)", "cause": "\(cause)",
                "more": unlogged > 0 ? "\(unlogged) since the last time" : "",
            ])
    }
}

extension LookedUpUser {
    fileprivate init(_ entry: SecretCache<UserLookup.Waiter>.Entry, _ look: MockLook) {
        self.init(account: entry.account, look: look, since: entry.since)
    }
}

/// The lookups of all databases, as configured now.
final class LookupDirectory: Sendable {
    private struct State {
        /// By the name of a database's entry in the configuration.
        var byDatabase: [String: UserLookup] = [:]
        var all: [UserLookup] = []
    }

    private let state = Mutex(State())

    /// nil: users of this database are not looked up.
    func find(_ database: ProxyConfiguration.Database) -> UserLookup? {
        state.withLock { $0.byDatabase[database.name] }
    }

    func show(_ view: ClusterView) {
        let all = state.withLock { $0.all }
        for lookup in all where lookup.source.cluster == view.name { lookup.show(view) }
    }

    /// A configuration has come into force. What has not changed keeps its answers.
    func apply(
        _ configuration: ProxyConfiguration, views: [String: ClusterView], mockSecret: [UInt8],
        log: Logger
    ) {
        var known: [UserLookup.Source: UserLookup] = [:]
        for lookup in state.withLock({ $0.all }) { known[lookup.source] = lookup }
        var fresh: [UserLookup.Source: UserLookup] = [:]
        var byDatabase: [String: UserLookup] = [:]
        for database in configuration.databases {
            guard let settings = configuration.authQuery(of: database) else { continue }
            let source = UserLookup.Source(cluster: database.cluster, settings: settings)
            let lookup =
                fresh[source] ?? known[source]
                ?? UserLookup(source, mockSecret: mockSecret, log: log)
            lookup.update(nodes: configuration.cluster(named: database.cluster)?.nodes ?? [])
            if let view = views[database.cluster] { lookup.show(view) }
            fresh[source] = lookup
            byDatabase[database.name] = lookup
        }
        state.withLock { $0 = State(byDatabase: byDatabase, all: Array(fresh.values)) }
        for (source, lookup) in known where fresh[source] == nil { lookup.close() }
    }
}
