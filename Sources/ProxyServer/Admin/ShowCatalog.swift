import ControlPlane
import Vocabulary

/// SHOW CATALOG: one row per database whose functions, views and tables are known, or should be.
enum ShowCatalog: AdminReporting {
    static let columns = [
        AdminColumn("cluster"), AdminColumn("database"), AdminColumn("state"),
        AdminColumn("generation", .int8), AdminColumn("age_seconds", .int8),
        AdminColumn("looked_seconds", .int8), AdminColumn("objects", .int8),
        AdminColumn("not_for_replicas", .int8), AdminColumn("last_error"),
    ]

    static func rows(_ facts: AdminFacts) -> [[AdminValue]] {
        facts.catalogs.map { row in
            let known = row.standing.facts
            return [
                .text(row.cluster), .text(row.database), .text(row.standing.word),
                known.map { .count($0.generation) } ?? .null,
                row.standing.loadedAt.map { .count(facts.seconds(since: $0)) } ?? .null,
                row.standing.lookedAt.map { .count(facts.seconds(since: $0)) } ?? .null,
                .count(known?.knownCount ?? 0), .count(known?.taintedCount ?? 0),
                .optional(row.standing.failure),
            ]
        }
    }
}

/// What is known of one database, for reports.
package struct CatalogReport: Sendable {
    package var cluster: String
    package var database: String
    package var standing: CatalogStanding

    package init(cluster: String, database: String, standing: CatalogStanding) {
        self.cluster = cluster
        self.database = database
        self.standing = standing
    }
}
