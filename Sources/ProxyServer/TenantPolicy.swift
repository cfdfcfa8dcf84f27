import Authentication
import Configuration
import StatementClassifier
import Vocabulary

/// What the configuration says of one user of one database, looked up once per load and not at each
/// login.
struct TenantPolicy {
    /// How many clients there may be.
    let bounds: ClientCounts.Bounds
    /// `transactionReads` is `replicaUntilWrite`.
    let readsOnReplicasFirst: Bool
    /// What `switchyard.route` is where the client says nothing.
    let defaultRoute: RouteChoice
    /// The operator's words on functions.
    let rules: FunctionRules
    let isShadowed: Bool
    /// `promotion` is `auto`.
    let promotes: Bool

    init(_ configuration: ProxyConfiguration, user: String, database: String) {
        let entry = configuration.database(named: database)
        bounds = configuration.clientBounds(user: user, database: database)
        readsOnReplicasFirst = entry?.transactionReads == .replicaUntilWrite
        defaultRoute = configuration.defaultRoute(user: user, database: database)
        rules = entry.map { FunctionRules($0.functions) } ?? FunctionRules()
        isShadowed = entry?.shadow != nil
        promotes = entry?.promotion == .auto
    }
}
