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

    /// `: of 9 statements 2 differ, 1 would fail`; empty where there is nothing to find.
    private static func findings(_ database: ShadowReport.Database) -> String {
        func count(_ verdict: String) -> Int {
            database.statements.count { $0.verdict == verdict }
        }
        let differing = count("differs")
        let counts = [
            (differing, differing == 1 ? "differs" : "differ"),
            (count("would fail"), "would fail"), (count("would be stale"), "would be stale"),
        ].filter { $0.0 > 0 }
        guard !counts.isEmpty else { return "" }
        let all = number(Int64(database.statements.count), "statement")
        return ": of \(all) " + counts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
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

    /// Below the figures of a statement, its text and why it is what it is: there is more to say
    /// than fits a column.
    private func table(_ database: ShadowReport.Database) -> [String] {
        var table = TextTable(columns: [
            .init(title: "VERDICT"), .init(title: "CALLS", isNumber: true),
            .init(title: "READS", isNumber: true), .init(title: "COMPARED", isNumber: true),
            .init(title: "PRIMARY", isNumber: true), .init(title: "REPLICA", isNumber: true),
        ])
        table.rows = database.statements.map(row)
        let lines = table.lines(width: width, colour: colour)
        var result = [lines[0]]
        for (line, statement) in zip(lines.dropFirst(), database.statements) {
            result.append(line)
            result += self.text(statement)
            if statement.verdict != "safe" {
                result += indented("why: \(statement.reason)", .faint)
            }
        }
        return result
    }

    /// At most three lines; the whole is in SHOW SHADOW.
    private func text(_ statement: ShadowReport.Statement) -> [String] {
        let query = statement.query ?? "(cannot be told apart from its literals)"
        let lines = indented(query, .plain)
        return lines.count > 3 ? lines[..<3].dropLast() + [lines[2] + " ~"] : lines
    }

    private func indented(_ text: String, _ style: Style) -> [String] {
        wrapped(text, width: width - 4, indent: "").map {
            "  " + StyledText($0, style).rendered(colour: colour)
        }
    }

    private func row(_ statement: ShadowReport.Statement) -> [StyledText] {
        [
            StyledText(statement.verdict, Self.style(statement.verdict)),
            StyledText(Units.count(statement.calls)), StyledText(Units.count(statement.reads)),
            StyledText(Self.comparisons(statement)),
            StyledText(statement.primaryMicroseconds.map(Units.microseconds) ?? "-"),
            StyledText(statement.replicaMicroseconds.map(Units.microseconds) ?? "-"),
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
