import Routing

/// Whether the proxy does all of its job, as far as it knows itself.
package struct HealthVerdict: Sendable, Hashable {
    /// What is wrong, worst first, one line each; empty: nothing.
    package var findings: [String]

    package var isHealthy: Bool { findings.isEmpty }

    /// A primary that is down weighs more than a replica, a replica more than a failed reload.
    /// A node that was not probed yet is not held against anyone.
    package init(_ facts: AdminFacts) {
        let severalClusters = facts.clusters.count > 1
        var primaries: [String] = []
        var replicas: [String] = []
        for cluster in facts.clusters {
            let suffix = severalClusters ? " (cluster \(cluster.name))" : ""
            if cluster.primary == nil {
                let reason = cluster.obstacleToWriting.map { ": \($0)" } ?? ""
                primaries.append("no node is known to be the primary\(reason)\(suffix)")
            }
            for node in cluster.nodes {
                if node.state.isUsable, let staleness = node.staleness {
                    replicas.append("replica \(node.name) takes no reads: it \(staleness)\(suffix)")
                }
                guard case .down(let reason) = node.state else { continue }
                let verb = node.isBarred ? "must not be used: it" : "is down:"
                let role = node.role == .unknown ? "node" : node.role.rawValue
                let finding = "\(role) \(node.name) \(verb) \(reason)\(suffix)"
                switch node.role {
                case .primary: primaries.append(finding)
                case .replica, .unknown: replicas.append(finding)
                }
            }
        }
        findings = primaries + replicas
        if let problem = facts.lastReload?.problem {
            findings.append("the last reload failed: \(problem)")
        }
    }
}

/// SHOW HEALTH: one row when healthy, else one row per finding, worst first.
enum ShowHealth: AdminReporting {
    static let columns = [AdminColumn("verdict"), AdminColumn("finding")]

    static func rows(_ facts: AdminFacts) -> [[AdminValue]] {
        let verdict = HealthVerdict(facts)
        guard !verdict.isHealthy else { return [[.text("healthy"), .null]] }
        return verdict.findings.map { [.text("degraded"), .text($0)] }
    }
}
