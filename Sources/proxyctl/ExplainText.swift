/// Writes the answer to EXPLAIN ROUTE for people. Pure: the same rows give the same lines.
struct ExplainText {
    var rows: AdminRows
    var width = 80
    var colour = false

    /// The destination, then each rule: what it found, what followed, what would change that.
    var lines: [String] {
        let steps = rows.records.filter { $0.count("step") > 0 }
        let margin = min(24, steps.map { ($0.text("rule") ?? "").count }.max() ?? 0) + 2
        return headline + (steps.isEmpty ? [] : [""]) + steps.flatMap { lines($0, margin) }
    }

    private var headline: [String] {
        guard let head = rows.records.first(where: { $0.number("step") == 0 }) else { return [] }
        let place = head.text("finding") ?? ""
        let style: Style =
            place.hasPrefix("replica") ? .good : place.hasPrefix("primary") ? .doubtful : .bad
        var lines = wrapped("\(place): \(head.text("effect") ?? "")", width: width)
        if lines[0].hasPrefix(place) {
            lines[0] =
                StyledText(place, style).rendered(colour: colour)
                + lines[0].dropFirst(place.count)
        }
        return lines
    }

    private func lines(_ step: AdminRows.Record, _ margin: Int) -> [String] {
        let rule = step.text("rule") ?? ""
        let blanks = String(repeating: " ", count: margin)
        var lines = body(step.text("finding") ?? "", .plain, margin)
        let gap = String(repeating: " ", count: max(1, margin - rule.count))
        lines[0] =
            StyledText(rule, .heading).rendered(colour: colour) + gap
            + lines[0].dropFirst(blanks.count)
        if let effect = step.text("effect"), effect != "nothing" {
            lines += body("-> \(effect)", Self.style(effect), margin)
        }
        if let change = step.text("change") { lines += body("change: \(change)", .faint, margin) }
        return lines
    }

    /// At least one line.
    private func body(_ text: String, _ style: Style, _ margin: Int) -> [String] {
        let blanks = String(repeating: " ", count: margin)
        let lines = wrapped(text, width: max(20, width - margin), indent: "")
        return (lines.isEmpty ? [""] : lines).map {
            blanks + StyledText($0, style).rendered(colour: colour)
        }
    }

    private static func style(_ effect: String) -> Style {
        switch effect {
        case "the primary": .doubtful
        case "chosen", "a replica", "a replica may run it": .good
        case _: .plain
        }
    }
}
