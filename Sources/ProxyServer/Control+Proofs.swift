import Configuration
import ControlPlane
import Routing

// Proofs of what replicas hold.
extension Control {
    /// Begins to keep the proof board of a cluster, or goes on as a reload configures it.
    func monitorProofs(_ cluster: ProxyConfiguration.Cluster) {
        let interval = Self.proofInterval(of: cluster, settings.configuration)
        if let known = proofMonitor(of: cluster.name) {
            return known.update(cluster, intervalMillis: interval)
        }
        let board = shared.proofs.board(of: cluster.name)
        let name = cluster.name
        let fresh = ProofMonitor(cluster, board: board, intervalMillis: interval) { [shared] in
            for (index, mailbox) in shared.mailboxes.enumerated()
            where board.isWaiting(worker: index) {
                mailbox.post(.proved(cluster: name))
            }
        }
        keep(fresh, of: name)
        fresh.start()
    }

    /// How often replicas are asked for proofs that nobody waits for: as often as for their health,
    /// or three times within the staleness that a database allows. nil: none are needed.
    static func proofInterval(
        of cluster: ProxyConfiguration.Cluster, _ configuration: ProxyConfiguration
    ) -> UInt64? {
        let databases = configuration.databases.filter {
            $0.cluster == cluster.name && $0.consistency.needsProofs
        }
        guard !databases.isEmpty else { return nil }
        let bounds = databases.map(\.consistency.maxStalenessMillis).filter { $0 > 0 }
        let shortest = bounds.min().map { max(1, $0 / 3) } ?? .max
        return UInt64(clamping: min(cluster.health.intervalMillis, shortest))
    }

    /// A view with what is proven now.
    func withProofs(_ view: ClusterView, of cluster: ProxyConfiguration.Cluster?) -> ClusterView {
        guard let cluster, cluster.nodes.map(\.name) == view.nodes.map(\.name) else { return view }
        var view = view
        let board = shared.proofs.board(of: cluster.name)
        for (index, node) in cluster.nodes.enumerated() {
            board.slot(of: node).fill(&view.nodes[index])
        }
        return view
    }
}
