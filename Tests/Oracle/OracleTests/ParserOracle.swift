import CPgQuery
import Foundation
import StatementClassifier

/// What PostgreSQL's own parser finds in a query string.
struct OracleJudgement {
    var statementCount = 0
    /// Why it must not run on a replica; nil for a read.
    var obstacle: String?
    /// What the session is surely left with.
    var effects: SessionEffects = []
    /// The transaction control of a lone statement.
    var transaction = TransactionVerb.none
}

/// Judges statements by a plain walk over PostgreSQL's parse tree, sharing no code with the
/// classifier: whatever the walk does not know as part of a read is an obstacle.
struct ParserOracle {
    private let catalog: OracleCatalog

    init() throws { catalog = try OracleCatalog() }

    /// Nil if PostgreSQL's grammar refuses the text.
    func judge(_ sql: String) throws -> OracleJudgement? {
        let result = pg_query_parse(sql)
        defer { pg_query_free_parse_result(result) }
        guard result.error == nil, let tree = result.parse_tree else { return nil }
        let data = Data(bytes: tree, count: strlen(tree))
        guard let root = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            return nil
        }
        let statements = (root["stmts"] as? [[String: Any]] ?? []).compactMap {
            $0["stmt"] as? [String: Any]
        }
        var judgement = OracleJudgement(statementCount: statements.count)
        for statement in statements { judge(statement, into: &judgement) }
        if statements.count != 1, judgement.transaction != .none { judgement.transaction = .other }
        return judgement
    }

    private func judge(_ node: [String: Any], into judgement: inout OracleJudgement) {
        guard let (kind, value) = node.first, let body = value as? [String: Any] else {
            judgement.obstacle = judgement.obstacle ?? "no statement"
            return
        }
        switch kind {
        case "SelectStmt":
            walk(body, kind, &judgement)
        case "CopyStmt":
            if body["is_from"] as? Bool == true || body["filename"] != nil
                || body["is_program"] as? Bool == true
            {
                judgement.obstacle = judgement.obstacle ?? "COPY"
            }
            walk(body, kind, &judgement)
        case "ExplainStmt":
            guard let query = body["query"] as? [String: Any] else { return }
            var inner = OracleJudgement()
            judge(query, into: &inner)
            judgement.obstacle = judgement.obstacle ?? inner.obstacle
            if mayAnalyze(body) { judgement.effects.formUnion(inner.effects) }
        case "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CreateTableAsStmt":
            judgement.obstacle = judgement.obstacle ?? kind
            // SELECT INTO inside a write passes the grammar, but nothing after it.
            let before = judgement.effects
            walk(body, kind, &judgement)
            judgement.effects.subtract(.temporaryObject)
            judgement.effects.formUnion(before)
            if text(body["into"]).contains("\"relpersistence\":\"t\"") {
                judgement.effects.insert(.temporaryObject)
            }
        default:
            judgement.obstacle = judgement.obstacle ?? kind
            OracleEffects.note(kind, body, into: &judgement)
        }
    }

    /// Whether ANALYZE is given at all; its value is left to the classifier.
    private func mayAnalyze(_ explain: [String: Any]) -> Bool {
        let options = explain["options"] as? [[String: Any]] ?? []
        return options.contains {
            guard let option = $0["DefElem"] as? [String: Any] else { return false }
            return option["defname"] as? String == "analyze" && option["arg"] == nil
        }
    }

    /// Every node below `value`, in any order.
    private func walk(_ value: Any, _ kind: String, _ judgement: inout OracleJudgement) {
        if let list = value as? [Any] {
            for item in list { walk(item, kind, &judgement) }
        } else if let fields = value as? [String: Any] {
            for (key, field) in fields {
                if let obstacle = catalog.obstacle(key, field) {
                    judgement.obstacle = judgement.obstacle ?? obstacle
                }
                OracleEffects.noteExpression(key, field, into: &judgement)
                walk(field, key, &judgement)
            }
        }
    }

    private func text(_ value: Any?) -> String {
        guard let value, JSONSerialization.isValidJSONObject(value),
            let data = try? JSONSerialization.data(withJSONObject: value)
        else { return "" }
        return String(decoding: data, as: UTF8.self)
    }
}
