import Configuration
import NetworkIO
import Routing
import Vocabulary

// What a read must see, explained.
extension Worker {
    /// What consistency asks of a session that has just logged in, put into the request.
    func consistency(
        _ database: ProxyConfiguration.Database, _ name: String, _ cluster: Cluster,
        _ request: inout RouteRequest
    ) -> ExplainedStep {
        let consistency = database.consistency
        let mark = shared.proofs.mark(of: database.serverName ?? name, in: cluster.name)
        request.provenAfter = consistency.provenAfter(session: nil, database: mark.instant)
        cluster.takeProofs()
        var finding = "consistency is \(consistency.scope.rawValue)"
        if consistency.maxStalenessMillis > 0 {
            finding += ", maxStalenessMillis is \(consistency.maxStalenessMillis)"
        }
        return ExplainedStep(
            "consistency", finding, effect: ExplainedStep.nothing,
            change: consistency.scope == .eventual
                ? "after SET switchyard.read_after only proven replicas take it"
                : "after a write of the session only replicas that are proven to hold it take it"
                    + ", else \(Self.otherwise(consistency)) (\(proofs(cluster)))")
    }

    /// What becomes of a read while no replica is proven.
    private static func otherwise(_ consistency: ProxyConfiguration.Consistency) -> String {
        switch consistency.whenUnproven {
        case .primary: "the primary"
        case .wait(let milliseconds): "it waits \(milliseconds) ms, and then the primary"
        }
    }

    /// What each replica is proven to hold now.
    private func proofs(_ cluster: Cluster) -> String {
        let texts = cluster.view.nodes.filter { $0.role == .replica }.map { node in
            let age = node.provenUntil.map { "proven up to \(now.milliseconds(since: $0)) ms ago" }
            return "\(node.name) \(age ?? "not proven")"
        }
        return texts.isEmpty ? "there is no replica" : texts.joined(separator: ", ")
    }
}

extension ProxyConfiguration.Consistency {
    /// A replica must be proven beyond this to take a read now; nil: any will do.
    /// - Parameters:
    ///   - session: when the session was last told of something that its reads must see.
    ///   - database: the same of all sessions of the database.
    func provenAfter(
        session: MonotonicInstant?, database: @autoclosure () -> MonotonicInstant?
    ) -> MonotonicInstant? {
        var needed: MonotonicInstant?
        switch scope {
        case .session: needed = session
        case .database: needed = Self.later(session, database())
        case .eventual: break
        }
        guard maxStalenessMillis > 0 else { return needed }
        let oldest = EventLoop.clock().preceding(milliseconds: UInt64(maxStalenessMillis))
        return Self.later(needed, oldest)
    }

    private static func later(
        _ a: MonotonicInstant?, _ b: MonotonicInstant?
    ) -> MonotonicInstant? {
        guard let a, let b else { return a ?? b }
        return max(a, b)
    }
}
