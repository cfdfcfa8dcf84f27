import ControlPlane
import StatementClassifier
import Vocabulary

/// What the catalog knows of the names in a statement, for a session that has just logged in.
struct CatalogSteps {
    let sql: String
    let standing: CatalogStanding?
    let scope: CatalogScope

    /// Objects that are told at the most.
    private static let objectsAtMost = 20

    /// - Parameter standing: nil: nobody has used the database yet.
    init(sql: String, user: String, rules: FunctionRules, standing: CatalogStanding?) {
        self.sql = sql
        self.standing = standing
        let facts = standing?.facts
        scope = CatalogScope(
            facts: facts, user: user, path: facts?.paths.path(of: user),
            isDoubtful: standing?.isDoubtful ?? false, rules: rules, key: 1)
    }

    /// One step for each object that is met, or one that says why none is known.
    func steps(
        _ verdict: StatementVerdict, _ classifier: inout Classifier
    ) -> [ExplainedStep] {
        guard standing?.facts != nil else { return [unknown] }
        let objects = Array(sql.utf8).withUnsafeBytes {
            classifier.objects($0.bytes, in: scope, limit: Self.objectsAtMost)
        }
        return doubt + objects.map { step($0, verdict) }
    }

    private func step(
        _ object: CatalogMention, _ verdict: StatementVerdict
    ) -> ExplainedStep {
        if object.isForReplicas {
            return ExplainedStep("catalog", object.text, effect: ExplainedStep.anywhere)
        }
        // The name may stand for a column or an alias.
        return ExplainedStep(
            "catalog", object.text,
            effect: verdict.route == .primary
                ? ExplainedStep.primary : "nothing: the statement does not mean it")
    }

    private var doubt: [ExplainedStep] {
        guard standing?.isDoubtful ?? false else { return [] }
        return [
            ExplainedStep(
                "catalog", "the schema has just changed and is being looked at again",
                effect: "calls of users' functions: the primary")
        ]
    }

    private var unknown: ExplainedStep {
        let cause =
            standing.map { $0.failure.map { "it could not be read: \($0)" } ?? "it is being read" }
            ?? "no client has used the database yet"
        return ExplainedStep(
            "catalog", "nothing is known of it: \(cause)",
            effect: "calls of functions that are not PostgreSQL's own: the primary",
            change: "SHOW CATALOG tells how it stands")
    }
}
