/// The command behind `proxyctl explain`.
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
}
