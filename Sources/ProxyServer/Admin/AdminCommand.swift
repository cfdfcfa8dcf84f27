/// The question of EXPLAIN ROUTE.
package struct RouteQuestion: Sendable, Hashable {
    /// The statement to judge.
    package var sql: String
    /// As clients name it; nil: the first database of the configuration.
    package var database: String?
    /// nil: whoever asks.
    package var user: String?

    package init(sql: String, database: String? = nil, user: String? = nil) {
        self.sql = sql
        self.database = database
        self.user = user
    }
}

/// A command of the admin database.
package enum AdminCommand: Sendable, Hashable {
    case show(AdminReport)
    case reload
    case explainRoute(RouteQuestion)
    /// What drivers send of their own accord; the session answers it without asking anyone.
    case courtesy(AdminCourtesy)

    /// The commands worth naming in an error.
    package static let summary =
        "Known commands: SHOW " + AdminReport.allCases.map(\.keyword).joined(separator: "|")
        + "; RELOAD; EXPLAIN ROUTE 'sql' [DATABASE name] [USER name]."

    /// The command tag of its CommandComplete, given the number of rows.
    package func tag(rows: Int) -> String {
        switch self {
        case .show: "SHOW"
        case .reload: "RELOAD"
        case .explainRoute: "EXPLAIN"
        case .courtesy(let courtesy): courtesy.tag(rows: rows)
        }
    }

    /// What its rows look like, known before anyone is asked; nil: it returns none.
    package var columns: [AdminColumn]? {
        switch self {
        case .show(let report): report.columns
        case .reload: nil
        case .explainRoute: ExplainedRoute.columns
        case .courtesy(let courtesy): courtesy.columns
        }
    }
}

/// The reports that SHOW knows.
package enum AdminReport: String, Sendable, Hashable, CaseIterable {
    case status, health, nodes, pools, clients, servers, stats, heals, shadow
    case shadowTotals = "shadow_totals"
    case catalog, config, version, help

    /// As the operator types it.
    package var keyword: String { rawValue.uppercased() }

    /// What the report tells, for SHOW HELP.
    package var purpose: String {
        switch self {
        case .status: "every node: state, lag, connections, statements routed"
        case .health: "healthy or degraded, and why"
        case .nodes: "every node as configured, with its address and weight"
        case .pools: "every pool of server connections"
        case .clients: "every client, what it holds and why it is pinned"
        case .servers: "every server connection"
        case .stats: "totals per database since the start"
        case .heals: "reads that replicas have failed and that were run elsewhere"
        case .catalog: "what is known of each database's functions, views and tables"
        case .shadow: "every statement of the databases in shadow mode"
        case .shadowTotals: "totals of the databases in shadow mode"
        case .config: "the configuration in force"
        case .version: "version, uptime, last reload"
        case .help: "this list"
        }
    }
}
