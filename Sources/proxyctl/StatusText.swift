/// Writes a status report for people. Pure: the same report gives the same lines.
struct StatusText {
    var report: StatusReport
    var width = 80
    var colour = false

    /// The verdict first, then the nodes, then the pools that keep clients waiting.
    var lines: [String] {
        var lines = verdictLines
        if let processLine { lines += wrapped(processLine, width: width) }
        for cluster in clusters { lines += [""] + nodeLines(of: cluster) }
        let crowded = report.pools.filter { $0.waiting > 0 }
        if !crowded.isEmpty { lines += [""] + poolLines(crowded) }
        return lines
    }

    /// Names of the clusters in the order of their first node.
    private var clusters: [String] {
        report.nodes.reduce(into: []) { names, node in
            if !names.contains(node.cluster) { names.append(node.cluster) }
        }
    }

    private var verdictLines: [String] {
        let word = report.verdict.rawValue
        let text = report.findings.first.map { "\(word): \($0)" } ?? word
        var lines = wrapped(text, width: width)
        if let first = lines.first, first.hasPrefix(word) {
            let coloured = StyledText(word, style(of: report.verdict)).rendered(colour: colour)
            lines[0] = coloured + first.dropFirst(word.count)
        }
        for finding in report.findings.dropFirst() {
            lines += wrapped("also: \(finding)", width: width)
        }
        return lines
    }

    private var processLine: String? {
        guard let version = report.version else { return nil }
        var parts = ["switchyard \(version)"]
        if let seconds = report.uptimeSeconds { parts.append("up \(Units.seconds(seconds))") }
        if let clients = report.clients { parts.append(Self.number(clients, "client")) }
        if let workers = report.workers { parts.append(Self.number(workers, "worker")) }
        return parts.joined(separator: ", ")
    }

    private static func number(_ count: Int64, _ thing: String) -> String {
        "\(Units.count(count)) \(thing)\(count == 1 ? "" : "s")"
    }

    private func nodeLines(of cluster: String) -> [String] {
        var table = TextTable(columns: [
            .init(title: "NODE", isFlexible: true), .init(title: "ROLE"), .init(title: "STATE"),
            .init(title: "SINCE"), .init(title: "LAG", isNumber: true),
            .init(title: "USED", isNumber: true), .init(title: "IDLE", isNumber: true),
            .init(title: "WAIT", isNumber: true), .init(title: "READS", isNumber: true),
            .init(title: "WRITES", isNumber: true), .init(title: "ERRORS", isNumber: true),
        ])
        if hasHeals { table.columns.append(.init(title: "HEALS", isNumber: true)) }
        table.rows = report.nodes.filter { $0.cluster == cluster }.map(row)
        var lines = table.lines(width: width, colour: colour)
        if clusters.count > 1 { lines.insert("cluster \(cluster)", at: 0) }
        return lines + timelineLines(of: cluster)
    }

    /// The timelines of its nodes, where they differ.
    private func timelineLines(of cluster: String) -> [String] {
        let known = report.nodes.filter { $0.cluster == cluster && $0.timeline != nil }
        guard Set(known.map(\.timeline)).count > 1 else { return [] }
        let texts = known.map { "\($0.name) \($0.timeline ?? 0)" }
        return wrapped("timelines: " + texts.joined(separator: ", "), width: width)
    }

    private func row(_ node: StatusReport.Node) -> [StyledText] {
        let style = style(ofState: node.state)
        return [
            StyledText(node.name), StyledText(node.role), StyledText(node.state, style),
            StyledText("\(Units.seconds(node.sinceSeconds)) ago"), StyledText(lag(of: node)),
            count(node.inUse), count(node.idle),
            count(node.waiting, ifAny: .doubtful), count(node.reads), count(node.writes),
            count(node.errors, ifAny: .bad),
        ] + (hasHeals ? [count(node.heals, ifAny: .doubtful)] : [])
    }

    /// A column that most reports would have nothing in.
    private var hasHeals: Bool { report.nodes.contains { $0.heals > 0 } }

    /// In time if that is known, else in bytes.
    private func lag(of node: StatusReport.Node) -> String {
        if let milliseconds = node.lagMilliseconds { return Units.milliseconds(milliseconds) }
        return node.lagBytes.map(Units.bytes) ?? "-"
    }

    private func count(_ value: Int64, ifAny style: Style = .plain) -> StyledText {
        StyledText(Units.count(value), value > 0 ? style : .plain)
    }

    private func poolLines(_ pools: [StatusReport.Pool]) -> [String] {
        var table = TextTable(columns: [
            .init(title: "DATABASE", isFlexible: true), .init(title: "USER", isFlexible: true),
            .init(title: "NODE", isFlexible: true), .init(title: "MODE"),
            .init(title: "USED", isNumber: true), .init(title: "SIZE", isNumber: true),
            .init(title: "WAIT", isNumber: true), .init(title: "LONGEST", isNumber: true),
        ])
        table.rows = pools.map { pool in
            [
                StyledText(pool.database), StyledText(pool.user), StyledText(pool.node),
                StyledText(pool.mode), count(pool.inUse), count(pool.size),
                count(pool.waiting, ifAny: .doubtful),
                StyledText(Units.milliseconds(pool.maxWaitMilliseconds)),
            ]
        }
        return table.lines(width: width, colour: colour)
    }

    private func style(of verdict: StatusReport.Verdict) -> Style {
        switch verdict {
        case .healthy: .good
        case .degraded: .doubtful
        case .unreachable: .bad
        }
    }

    private func style(ofState state: String) -> Style {
        switch state {
        case "up": .good
        case "down": .bad
        default: .doubtful
        }
    }
}
