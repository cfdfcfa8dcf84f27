import Configuration
import Routing
import StatementClassifier
import Vocabulary

// Where a statement would run, told by the worker that would route it: with its own state of the
// balancing and what it has remembered. Nothing is run or changed.
extension Worker {
    /// The answer to EXPLAIN ROUTE: for a session that has just logged in.
    func explain(_ question: RouteQuestion) -> AdminAnswer {
        let configuration = settings.configuration
        let name = question.database ?? configuration.databases.first?.name ?? "*"
        guard name != ConfigurationLoader.adminDatabase else {
            return .failed(
                AdminError(.featureNotSupported, "the admin database routes no statements"))
        }
        guard let database = configuration.database(named: name),
            let cluster = clusters[database.cluster]
        else {
            return .failed(
                AdminError(.invalidCatalogName, "database \"\(name)\" does not exist"))
        }
        if let user = question.user, !mayExist(user, of: database) {
            return .failed(AdminError(.undefinedObject, "role \"\(user)\" does not exist"))
        }
        return .table(explain(question, name, database, cluster).table)
    }

    /// A user of the configuration, or one that only the servers know.
    private func mayExist(_ user: String, of database: ProxyConfiguration.Database) -> Bool {
        settings.users.account(of: user) != nil || database.authQuery != nil
            || settings.configuration.cluster(named: database.cluster)?.authQuery != nil
    }

    private func explain(
        _ question: RouteQuestion, _ name: String, _ database: ProxyConfiguration.Database,
        _ cluster: Cluster
    ) -> ExplainedRoute {
        let catalog = CatalogName(
            cluster: cluster.name, database: database.serverName ?? name,
            rules: FunctionRules(database.functions))
        let looked = CatalogSteps(
            sql: question.sql, user: question.user ?? "", rules: catalog.rules,
            standing: shared.catalogs.standing(catalog))
        var classifier = Classifier(seed: shared.fingerprintSeed, cachedVerdicts: 0)
        let (verdict, findings) = Array(question.sql.utf8).withUnsafeBytes {
            (
                classifier.classify($0.bytes, in: looked.scope),
                classifier.findings($0.bytes, in: looked.scope)
            )
        }
        var steps = [scope(name, question.user, database)]
        steps +=
            TextSteps(
                sql: question.sql, verdict: verdict, findings: findings,
                explanation: { looked.standing?.facts?.explanation(of: $0) }
            ).steps
        steps += looked.steps(verdict, &classifier)
        let choice = RouteChoiceSteps(
            verdict: verdict, user: question.user, database: name,
            configuration: settings.configuration)
        steps += choice.steps
        var request = RouteRequest(choice.isRead ? .read : .primary)
        request.asked = choice.choice
        if case .begin(let modes) = verdict.transaction, choice.mayRoam(modes, database) {
            steps.append(Self.roaming)
            request.need = .read
        }
        if request.need == .read {
            steps.append(Self.transaction(database))
            steps.append(consistency(database, name, cluster, &request))
            if let step = memory(of: verdict.fingerprint, name, question.user, cluster) {
                steps.append(step)
                request.sparesReplicas = true
            }
        }
        if let shadow = database.shadow {
            steps.append(Self.shadow(shadow, name))
            request.need = .primary
        }
        let routing = cluster.router.explain(
            request, view: cluster.view, load: cluster.load, random: random.next(), at: now)
        return Self.explained(routing, steps + routing.steps, cluster)
    }

    /// Of what database and user the question is.
    private func scope(
        _ name: String, _ user: String?, _ database: ProxyConfiguration.Database
    ) -> ExplainedStep {
        var finding = "database \(name) of cluster \(database.cluster)"
        if let serverName = database.serverName { finding += ", \(serverName) on the servers" }
        if database.name != name { finding += ", by the entry \(database.name)" }
        if let user { finding += ", user \(user)" }
        finding += ", \(database.pooling.mode.rawValue) pooling"
        return ExplainedStep("configuration", finding, effect: ExplainedStep.nothing)
    }

    private static func transaction(_ database: ProxyConfiguration.Database) -> ExplainedStep {
        let change =
            switch database.transactionReads {
            case .primary:
                "in a transaction it runs on the primary, unless that is READ ONLY"
            case .replicaUntilWrite: "in a transaction that has written it runs on the primary"
            }
        return ExplainedStep(
            "session", "outside a transaction, nothing pinned", effect: ExplainedStep.nothing,
            change: change)
    }

    private static let roaming = ExplainedStep(
        "session", "transactionReads is replicaUntilWrite", effect: ExplainedStep.anywhere,
        change: "the first statement that is no plain read takes the transaction to the primary")

    /// What replicas have refused not long ago goes to the primary straight away.
    private func memory(
        of fingerprint: UInt64, _ database: String, _ user: String?, _ cluster: Cluster
    ) -> ExplainedStep? {
        guard cluster.view.fallbackToPrimary else { return nil }
        let entries = tenants.values.compactMap { tenant in
            tenant.database == database && (user == nil || tenant.user == user)
                ? tenant.refusals.memory.find(fingerprint, at: now) : nil
        }
        guard let entry = entries.max(by: { $0.expires < $1.expires }) else { return nil }
        let left = entry.expires.milliseconds(since: now) / 1_000
        return ExplainedStep(
            "memory", "a replica has refused it: SQLSTATE \(entry.refusal.state)",
            effect: ExplainedStep.primary,
            change: "it is forgotten in \(left) s, or when the schema changes")
    }

    private static func shadow(
        _ shadow: ProxyConfiguration.Shadow, _ name: String
    ) -> ExplainedStep {
        ExplainedStep(
            "shadow", "database \(name) is in shadow mode", effect: ExplainedStep.primary,
            change: "set shadow to false; proxyctl shadow tells what that would do")
    }

    private static func explained(
        _ routing: RouteExplanation, _ steps: [ExplainedStep], _ cluster: Cluster
    ) -> ExplainedRoute {
        switch routing.route {
        case .node(let id, let reason):
            let node = cluster.view.nodes[id.index]
            // What has decided says more than that it has.
            let cause = steps.first { $0.effect == ExplainedStep.primary }?.finding
            return ExplainedRoute(
                destination: "\(node.role.rawValue) \(node.name)",
                reason: (routing.need == .primary ? cause : nil) ?? reason.words, steps: steps)
        case .refused(let text):
            return ExplainedRoute(destination: "nowhere", reason: text, steps: steps)
        case .awaitProof:
            return ExplainedRoute(
                destination: "nowhere yet",
                reason: "it would wait for a replica that is proven to hold what it must see",
                steps: steps)
        case .noPrimary:
            return ExplainedRoute(
                destination: "nowhere",
                reason: cluster.view.obstacleToWriting ?? "the cluster has no primary",
                steps: steps)
        }
    }
}
