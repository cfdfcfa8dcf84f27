/// The command behind `proxyctl explain`, and its answer as text.
enum ExplainRequest {
    /// EXPLAIN ROUTE with everything quoted.
    static func command(_ sql: String, database: String?, user: String?) -> String {
        var command = "EXPLAIN ROUTE \(literal(sql))"
        if let database { command += " DATABASE \(literal(database))" }
        if let user { command += " USER \(literal(user))" }
        return command
    }

    /// A string constant; quotes in it are doubled.
    private static func literal(_ text: String) -> String {
        var literal = "'"
        for scalar in text.unicodeScalars {
            if scalar == "'" { literal += "'" }
            literal.unicodeScalars.append(scalar)
        }
        return literal + "'"
    }

    /// Item and value on a line, aligned.
    static func lines(_ rows: AdminRows) -> [String] {
        let pairs = rows.records.map { ($0.text("item") ?? "", $0.text("value") ?? "") }
        let width = pairs.map(\.0.count).max() ?? 0
        return pairs.map { item, value in
            item + String(repeating: " ", count: width - item.count + 2) + value
        }
    }
}
