import Configuration
import StatementClassifier
import Vocabulary

/// What hints and `switchyard.route` make of a verdict, for a session that has set nothing itself.
struct RouteChoiceSteps {
    let verdict: StatementVerdict
    let user: String?
    /// As clients name it.
    let database: String
    let configuration: ProxyConfiguration

    /// A comment ahead of the statement, else the user's setting, else the database's.
    var choice: RouteChoice {
        verdict.hint ?? configuration.defaultRoute(user: user ?? "", database: database)
    }

    /// A session that has just logged in would ask for a replica: to run it, or to begin a
    /// transaction there with the statement that follows.
    var isRead: Bool {
        switch verdict.transaction {
        case .begin(let modes): modes.mayRunOnReplica && choice != .primary
        case .none: verdict.isRead(for: choice)
        case .setTransaction, .commit, .rollback, .other: false
        }
    }

    /// A transaction that may write reads on a replica until it does.
    func mayRoam(
        _ modes: TransactionModes, _ database: ProxyConfiguration.Database
    ) -> Bool {
        guard modes.access == .unspecified, !modes.isDeferrable,
            choice == .replica || choice == .auto && database.transactionReads == .replicaUntilWrite
        else { return false }
        switch modes.isolation {
        case .unspecified, .readUncommitted, .readCommitted: return true
        case .repeatableRead, .serializable: return false
        }
    }

    /// One step, if somebody asks for something, or could.
    var steps: [ExplainedStep] {
        switch choice {
        case .auto: offer.map { [$0] } ?? []
        case .primary:
            [
                ExplainedStep(
                    rule, "\(origin) asks for the primary", effect: ExplainedStep.primary,
                    change: verdict.route == .replica ? "leave that out" : nil)
            ]
        case .replica:
            [
                ExplainedStep(
                    rule, "\(origin) asks for a replica",
                    effect: isRead
                        ? ExplainedStep.anywhere
                        : "overruled: it is surely no plain read")
            ]
        }
    }

    private var rule: String { verdict.hint == nil ? "switchyard.route" : "hint" }

    private var origin: String {
        if verdict.hint != nil { return "a comment" }
        let isUsers = configuration.users.contains { $0.name == user && $0.route != nil }
        return isUsers ? "the user" : "the database"
    }

    /// What a hint could do.
    private var offer: ExplainedStep? {
        guard verdict.transaction == .none, verdict.statementCount > 0 else { return nil }
        if verdict.route == .replica {
            return ExplainedStep(
                "hint", "none", effect: ExplainedStep.nothing,
                change: "/* switchyard: primary */ ahead of it keeps it on the primary")
        }
        guard verdict.yieldsToChoice else { return nil }
        return ExplainedStep(
            "hint", "none", effect: ExplainedStep.nothing,
            change: "/* switchyard: replica */ ahead of it runs it on a replica all the same")
    }
}
