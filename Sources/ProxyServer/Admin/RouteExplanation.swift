import Routing
import StatementClassifier
import Vocabulary

/// The answer to EXPLAIN ROUTE, made of what the classifier and the router said of a statement.
package struct RouteExplanation: Sendable {
    /// Fixed, so that the command can be described before it is run.
    package static let columns = [AdminColumn("item"), AdminColumn("value")]

    package var question: RouteQuestion
    package var verdict: StatementVerdict
    /// As it was found for the question's database.
    package var cluster: ClusterView
    /// What a router of the cluster's algorithm says now; with an algorithm that takes turns the
    /// next statement may go to another candidate.
    package var route: Route
    /// The object of the catalog that decided; nil: none did.
    package var object: String?

    package init(
        question: RouteQuestion, verdict: StatementVerdict, cluster: ClusterView, route: Route,
        object: String? = nil
    ) {
        self.object = object
        self.question = question
        self.verdict = verdict
        self.cluster = cluster
        self.route = route
    }

    /// Rows of item and value, in reading order.
    package var table: AdminTable {
        var rows: [(String, String)] = [
            ("route", verdict.route == .replica ? "replica" : "primary"),
            ("reason", verdict.reason.text),
        ]
        if let object { rows.append(("object", object)) }
        if let excerpt = decidingText {
            rows.append(("decided by", excerpt))
            rows.append(("at byte", String(verdict.decidingOffset)))
        }
        rows.append(("statements", String(verdict.statementCount)))
        if let transaction = verdict.transaction.words {
            rows.append(("transaction", transaction))
        }
        for effect in verdict.effects.words { rows.append(("effect", effect)) }
        rows.append(("fingerprint", verdict.fingerprint.hexadecimal))
        rows.append(("cluster", cluster.name))
        for node in cluster.nodes { rows.append(("node \(node.name)", standing(of: node))) }
        rows.append(("runs on", destination))
        return AdminTable(
            columns: Self.columns, rows: rows.map { [.text($0.0), .text($0.1)] })
    }

    /// The bytes that decided, cut to what fits a line; nil: none in particular did.
    private var decidingText: String? {
        let bytes = Array(question.sql.utf8)
        let (start, length) = (verdict.decidingOffset, verdict.decidingLength)
        guard length > 0, start >= 0, start < bytes.count else { return nil }
        let end = min(bytes.count, start + min(length, 60))
        let text = String(decoding: bytes[start..<end], as: UTF8.self)
        return length > 60 ? text + "..." : text
    }

    /// Whether a node is a candidate for this statement, and if not, why.
    private func standing(of node: NodeView) -> String {
        let lag = node.lagMilliseconds.map { ", \($0) ms behind" } ?? ""
        let description = "\(node.role.rawValue), \(node.state.word)\(lag)"
        if case .down(let reason) = node.state { return "\(description): \(reason)" }
        if verdict.route == .replica, node.role == .replica {
            return node.weight > 0
                ? "\(description), weight \(node.weight): candidate"
                : "\(description), weight 0: takes no reads from weighted algorithms"
        }
        return description
    }

    private var destination: String {
        switch route {
        case .node(let id, let reason):
            let name = cluster.nodes.indices.contains(id.index) ? cluster.nodes[id.index].name : "?"
            return "\(name) (\(reason.words))"
        case .refused(let text): return "nowhere: \(text)"
        case .awaitProof: return "a replica, once it is proven to hold what it must see"
        case .noPrimary: return "nowhere: the cluster has no primary"
        }
    }
}

extension UInt64 {
    /// Sixteen digits.
    var hexadecimal: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
