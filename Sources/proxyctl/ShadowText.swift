/// Writes what shadow mode has found out for people. Pure: the same report gives the same lines.
struct ShadowText {
    var report: ShadowReport
    var width = 80
    var colour = false

    /// For each database a sentence that sums up, then what it rests on, then its statements.
    var lines: [String] {
        if report.databases.isEmpty {
            return wrapped(
                "no database is in shadow mode, or none of them had a client yet",
                width: width)
        }
        var lines: [String] = []
        for database in report.databases {
            if !lines.isEmpty { lines.append("") }
            lines += summary(database)
            lines += wrapped(Self.basis(database), width: width)
            if !database.statements.isEmpty { lines += [""] + table(database) }
        }
        return lines
    }

    // MARK: In a sentence

    private func summary(_ database: ShadowReport.Database) -> [String] {
        let (word, style) = Self.verdict(database)
        let text = "\(database.name): \(word)\(Self.findings(database))"
        var lines = wrapped(text, width: width)
        let coloured = StyledText(word, style).rendered(colour: colour)
        let head = "\(database.name): \(word)"
        if lines[0].hasPrefix(head) {
            lines[0] = "\(database.name): \(coloured)" + lines[0].dropFirst(head.count)
        }
        return lines
    }

    private static func verdict(_ database: ShadowReport.Database) -> (String, Style) {
        let statements = database.statements
        if statements.contains(where: { $0.differing > 0 || $0.failed > 0 }) {
            return ("not ready", .bad)
        }
        if database.compared == 0 { return ("nothing compared yet", .doubtful) }
        if statements.contains(where: { $0.stale > 0 }) { return ("ready, but stale", .doubtful) }
        return ("ready so far", .good)
    }

    private static func findings(_ database: ShadowReport.Database) -> String {
        let counts = [
            ("differ", "differs"), ("would fail", "would fail"),
            ("would be stale", "would be stale"),
        ].compactMap { words, verdict -> String? in
            let count = database.statements.count { $0.verdict == verdict }
            return count > 0 ? "\(number(Int64(count), "statement")) \(words)" : nil
        }
        return counts.isEmpty ? "" : ": " + counts.joined(separator: ", ")
    }

    private static func number(_ count: Int64, _ thing: String) -> String {
        "\(Units.count(count)) \(thing)\(count == 1 ? "" : "s")"
    }

    private static func basis(_ database: ShadowReport.Database) -> String {
        var parts = ["in shadow mode for \(Units.seconds(database.sinceSeconds))"]
        parts.append(number(database.calls, "call"))
        let share = database.calls > 0 ? database.reads * 100 / database.calls : 0
        parts.append("\(Units.count(database.reads)) (\(share) %) for a replica")
        parts.append("\(Units.count(database.compared)) compared")
        if database.lost > 0 { parts.append("\(Units.count(database.lost)) not comparable") }
        if database.forgotten > 0 {
            parts.append("\(number(database.forgotten, "statement")) forgotten")
        }
        return parts.joined(separator: ", ")
    }

    // MARK: As a table

    private func table(_ database: ShadowReport.Database) -> [String] {
        var table = TextTable(columns: [
            .init(title: "VERDICT"), .init(title: "CALLS", isNumber: true),
            .init(title: "COMPARED", isNumber: true), .init(title: "PRIMARY", isNumber: true),
            .init(title: "REPLICA", isNumber: true), .init(title: "STATEMENT", isFlexible: true),
        ])
        table.rows = database.statements.map(row)
        let lines = table.lines(width: width, colour: colour)
        guard lines.count == database.statements.count + 1 else { return lines }
        // Below a statement why it is what it is; of those that are safe there is nothing to say.
        var result = [lines[0]]
        for (line, statement) in zip(lines.dropFirst(), database.statements) {
            result.append(line)
            guard statement.verdict != "safe" else { continue }
            result += wrapped(statement.reason, width: width - 4, indent: "").map {
                "    " + StyledText($0, .faint).rendered(colour: colour)
            }
        }
        return result
    }

    private func row(_ statement: ShadowReport.Statement) -> [StyledText] {
        [
            StyledText(statement.verdict, Self.style(statement.verdict)),
            StyledText(Units.count(statement.calls)),
            StyledText(Self.comparisons(statement)),
            StyledText(statement.primaryMicroseconds.map(Units.microseconds) ?? "-"),
            StyledText(statement.replicaMicroseconds.map(Units.microseconds) ?? "-"),
            StyledText(statement.query ?? "(cannot be shown without its literals)"),
        ]
    }

    /// How many of the comparisons have led to the verdict, of how many.
    private static func comparisons(_ statement: ShadowReport.Statement) -> String {
        let all = Units.count(statement.compared)
        switch statement.verdict {
        case "differs": return "\(Units.count(statement.differing))/\(all)"
        case "would fail": return "\(Units.count(statement.failed))/\(all)"
        case "would be stale": return "\(Units.count(statement.stale))/\(all)"
        case "unsteady": return "\(Units.count(statement.unsteady))/\(all)"
        case _: return statement.compared > 0 ? all : "-"
        }
    }

    private static func style(_ verdict: String) -> Style {
        switch verdict {
        case "differs", "would fail": .bad
        case "would be stale", "unsteady", "not compared": .doubtful
        case "safe": .good
        case _: .plain
        }
    }
}
