/// The proxy as `status` shows it, read from SHOW HEALTH, VERSION, STATUS and POOLS.
struct StatusReport: Equatable {
    enum Verdict: String {
        case healthy, degraded, unreachable
    }

    struct Node: Equatable {
        var cluster = ""
        var name = ""
        var host: String?
        var port: Int64?
        var role = ""
        var state = ""
        var sinceSeconds: Int64 = 0
        var lagBytes: Int64?
        var lagMilliseconds: Int64?
        var inUse: Int64 = 0
        var idle: Int64 = 0
        var waiting: Int64 = 0
        var reads: Int64 = 0
        var writes: Int64 = 0
        var errors: Int64 = 0
        /// Reads that it has failed and that were run elsewhere.
        var heals: Int64 = 0
        var reason: String?
        var timeline: Int64?
    }

    struct Pool: Equatable {
        var cluster = ""
        var node = ""
        var database = ""
        var user = ""
        var mode = ""
        var size: Int64 = 0
        var inUse: Int64 = 0
        var idle: Int64 = 0
        var opening: Int64 = 0
        var waiting: Int64 = 0
        var maxWaitMilliseconds: Int64 = 0
    }

    var verdict: Verdict
    /// What is wrong, worst first.
    var findings: [String] = []
    var version: String?
    var uptimeSeconds: Int64?
    var workers: Int64?
    var clients: Int64?
    var nodes: [Node] = []
    var pools: [Pool] = []
}

extension StatusReport {
    /// A proxy that did not answer.
    init(unreachable reason: String) {
        verdict = .unreachable
        findings = [reason]
    }

    /// - Parameters: the rows of the reports of the same names.
    init(health: AdminRows, version: AdminRows, status: AdminRows, pools: AdminRows) {
        findings = health.records.compactMap { $0.text("finding") }
        let isHealthy = health.records.allSatisfy { $0.text("verdict") == "healthy" }
        verdict = isHealthy ? .healthy : .degraded
        let process = version.records.first
        self.version = process?.text("version")
        uptimeSeconds = process?.number("uptime_seconds")
        workers = process?.number("workers")
        clients = process?.number("clients")
        nodes = status.records.map(Node.init)
        self.pools = pools.records.map(Pool.init)
    }
}

extension StatusReport.Node {
    init(_ row: AdminRows.Record) {
        cluster = row.text("cluster") ?? ""
        name = row.text("node") ?? ""
        host = row.text("host")
        port = row.number("port")
        role = row.text("role") ?? ""
        state = row.text("state") ?? ""
        sinceSeconds = row.count("since_seconds")
        lagBytes = row.number("lag_bytes")
        lagMilliseconds = row.number("lag_ms")
        inUse = row.count("in_use")
        idle = row.count("idle")
        waiting = row.count("waiting")
        reads = row.count("reads")
        writes = row.count("writes")
        errors = row.count("errors")
        heals = row.count("heals")
        reason = row.text("reason")
        timeline = row.number("timeline")
    }
}

extension StatusReport.Pool {
    init(_ row: AdminRows.Record) {
        cluster = row.text("cluster") ?? ""
        node = row.text("node") ?? ""
        database = row.text("database") ?? ""
        user = row.text("user") ?? ""
        mode = row.text("pool_mode") ?? ""
        size = row.count("pool_size")
        inUse = row.count("in_use")
        idle = row.count("idle")
        opening = row.count("opening")
        waiting = row.count("waiting")
        maxWaitMilliseconds = row.count("max_wait_ms")
    }
}
