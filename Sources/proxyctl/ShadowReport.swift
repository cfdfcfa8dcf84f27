/// What shadow mode has found out, as `proxyctl shadow` tells it.
struct ShadowReport: Equatable {
    /// A database in shadow mode.
    struct Database: Equatable {
        var name: String
        var sinceSeconds: Int64 = 0
        var sampleRate = ""
        var calls: Int64 = 0
        var reads: Int64 = 0
        var compared: Int64 = 0
        /// Comparisons that were begun and came to nothing.
        var lost: Int64 = 0
        /// Statements that were forgotten to make room for others.
        var forgotten: Int64 = 0
        /// The worst first.
        var statements: [Statement] = []
    }

    /// The statements of one fingerprint.
    struct Statement: Equatable {
        var fingerprint: String
        var verdict: String
        var reason: String
        var calls: Int64 = 0
        var reads: Int64 = 0
        var compared: Int64 = 0
        var same: Int64 = 0
        var failed: Int64 = 0
        var stale: Int64 = 0
        var differing: Int64 = 0
        var unsteady: Int64 = 0
        var sqlState: String?
        var staleMilliseconds: Int64?
        var primaryMicroseconds: Int64?
        var replicaMicroseconds: Int64?
        var tooLarge: Int64 = 0
        var tooSlow: Int64 = 0
        var lost: Int64 = 0
        /// Without literals; nil: they cannot be told apart from it.
        var query: String?
    }

    var databases: [Database]

    /// - Parameters:
    ///   - totals: the rows of SHOW SHADOW_TOTALS.
    ///   - statements: those of SHOW SHADOW.
    ///   - only: the database that is asked for; nil: all.
    init(totals: AdminRows, statements: AdminRows, only: String? = nil) {
        databases = totals.records.map(Database.init).filter { only == nil || $0.name == only }
        for index in databases.indices {
            databases[index].statements = statements.records
                .filter { $0.text("database") == databases[index].name }.map(Statement.init)
        }
    }

    /// A statement would give another answer on a replica, or fail there. Staleness alone is
    /// what replicas are like.
    var isAlarming: Bool {
        databases.contains { $0.statements.contains { $0.differing > 0 || $0.failed > 0 } }
    }
}

extension ShadowReport.Database {
    init(_ row: AdminRows.Record) {
        name = row.text("database") ?? ""
        sinceSeconds = row.count("since_seconds")
        sampleRate = row.text("sample_rate") ?? ""
        calls = row.count("calls")
        reads = row.count("reads")
        compared = row.count("compared")
        lost = row.count("lost") + row.count("too_large") + row.count("too_slow")
        forgotten = row.count("forgotten")
    }
}

extension ShadowReport.Statement {
    init(_ row: AdminRows.Record) {
        fingerprint = row.text("fingerprint") ?? ""
        verdict = row.text("verdict") ?? ""
        reason = row.text("reason") ?? ""
        calls = row.count("calls")
        reads = row.count("reads")
        compared = row.count("compared")
        same = row.count("same")
        failed = row.count("failed")
        stale = row.count("stale")
        differing = row.count("differing")
        unsteady = row.count("unsteady")
        sqlState = row.text("sqlstate")
        staleMilliseconds = row.number("stale_ms")
        primaryMicroseconds = row.number("primary_us")
        replicaMicroseconds = row.number("replica_us")
        tooLarge = row.count("too_large")
        tooSlow = row.count("too_slow")
        lost = row.count("lost")
        query = row.text("query")
    }
}
