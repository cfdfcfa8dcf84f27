import SessionCore
import Vocabulary

// What statement promotion has to be told by the world: when a schema has changed, and how long a
// turn has taken.
extension Worker {
    /// What any worker's clients have changed of a schema and have been told so, counts from here
    /// on.
    func seeSchema() {
        texts.promotions.schemaIs(shared.schemaChanges.load(ordering: .relaxed))
    }
}

extension ClientConnection {
    /// A turn has ended that ran a promoted text, or was the measure of one.
    func measure(_ run: Promotion.Run, on server: ServerConnection) {
        let since = max(turnSince, server.line.headSince)
        let nanoseconds = worker.now.nanoseconds(since: since)
        guard worker.texts.promotions.ran(run, nanoseconds: nanoseconds), let tenant else { return }
        tenant.counters.demotions += 1
        worker.log.info(
            "a promoted statement is slower than before: it is demoted for a while",
            metadata: ["database": "\(tenant.database)", "statement": "\(run.statementName)"])
    }
}
