import Foundation

/// What the parse tree's names mean, from pg_proc and pg_operator (Tests/Oracle/catalog.txt).
struct OracleCatalog {
    private var volatility: [String: Character] = [:]
    private var operators: Set<String> = ["!="]

    /// Volatile, and yet harmless.
    private let harmless: Set<String> = [
        "random", "gen_random_uuid", "clock_timestamp", "timeofday", "pg_sleep", "pg_sleep_for",
        "pg_sleep_until", "pg_partition_tree", "pg_partition_ancestors",
    ]
    /// Stable by pg_proc, and yet not the same on a replica or not possible there.
    private let harmful: Set<String> = [
        "txid_current", "txid_current_if_assigned", "txid_current_snapshot", "pg_current_xact_id",
        "pg_current_xact_id_if_assigned", "pg_current_snapshot", "pg_backend_pid",
        "pg_my_temp_schema", "pg_listening_channels", "table_to_xml", "schema_to_xml",
        "database_to_xml", "pg_conf_load_time", "pg_postmaster_start_time", "pg_cursor",
        "pg_prepared_statement", "pg_show_all_settings",
    ]

    init() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "catalog.txt")
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            let words = line.split(separator: " ")
            if words[0] == "f", words.count == 3 {
                volatility[String(words[1])] = words[2].first
            } else if words[0] == "o", words.count == 2 {
                operators.insert(String(words[1]))
            }
        }
    }

    /// What keeps a query with this node in it from a replica; nil if nothing does.
    func obstacle(_ kind: String, _ node: Any) -> String? {
        switch kind {
        case "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "LockingClause", "intoClause":
            return kind
        case "FuncCall":
            return function(names((node as? [String: Any])?["funcname"]))
        case "RangeTableSample":
            let method = names((node as? [String: Any])?["method"]).last ?? ""
            return method == "bernoulli" || method == "system" ? nil : "sampling by \(method)"
        case "A_Expr":
            return operatorName(names((node as? [String: Any])?["name"]))
        case "SubLink":
            return operatorName(names((node as? [String: Any])?["operName"]))
        case "SortBy":
            return operatorName(names((node as? [String: Any])?["useOp"]))
        default: return nil
        }
    }

    private func function(_ name: [String]) -> String? {
        guard let last = name.last else { return "a call without a name" }
        let isOwn =
            name.count == 1
            || name.count == 2 && (name[0] == "pg_catalog" || name[0] == "information_schema")
        guard isOwn, let kind = volatility[last] else { return "unknown function \(name)" }
        if harmful.contains(last) || kind == "v" && !harmless.contains(last) {
            return "volatile function \(last)"
        }
        return nil
    }

    private func operatorName(_ name: [String]) -> String? {
        guard let last = name.last else { return nil }
        // The grammar's own names: BETWEEN, LIKE as ~~, NULLIF as =, and so on.
        if name.count == 1, last.allSatisfy({ $0.isLetter || $0 == " " }) { return nil }
        let isOwn = name.count == 1 || name.count == 2 && name[0] == "pg_catalog"
        return isOwn && operators.contains(last) ? nil : "operator \(name)"
    }

    /// The strings of a list of String nodes.
    private func names(_ value: Any?) -> [String] {
        (value as? [[String: Any]] ?? []).compactMap {
            ($0["String"] as? [String: Any]).map {
                $0["sval"] as? String ?? $0["str"] as? String ?? ""
            }
        }
    }
}
