import Routing
import SessionCore
import Vocabulary

// Who is the primary has changed, or become clear, or doubtful.
extension Worker {
    /// Follows a change of roles: what was begun on a node as on the primary does not go on when
    /// another is the primary; who waits for it waits elsewhere.
    func follow(_ cluster: Cluster, from before: ClusterView) {
        let view = cluster.view
        guard view.findsRoles else { return }
        for index in view.nodes.indices
        where before.nodes[index].role == .primary && view.nodes[index].role != .primary {
            rerouteWaiters(of: NodeID(index), cluster)
        }
        let primary = view.primaryIndex
        for index in view.nodes.indices where index != primary {
            let node = view.nodes[index]
            let isNews = primary != before.primaryIndex || !before.nodes[index].isBarred
            guard isNews, node.isBarred || primary != nil else { continue }
            depose(node, of: cluster)
        }
        if !waitingRoom.isEmpty && Self.offersMore(view, than: before) {
            for session in waitingRoom.takeAll() { clients[session]?.seekAgain() }
        }
    }

    /// Clients that have waited long enough for their cluster to have a node for them.
    func expireSeekers() {
        for session in waitingRoom.takeExpired(at: now) { clients[session]?.soughtInVain() }
        if let next = waitingRoom.nextDeadline { loop.wake(at: next) }
    }

    private func rerouteWaiters(of node: NodeID, _ cluster: Cluster) {
        for tenant in tenants.values where tenant.cluster === cluster {
            guard let driver = tenant.pools[node.index] else { continue }
            for session in driver.failWaiters() { clients[session]?.reroute(excluding: nil) }
        }
    }

    /// A transaction that goes on there, and a session that has something there, would write where
    /// nobody looks any more.
    private func depose(_ node: NodeView, of cluster: Cluster) {
        let cause = ErrorReply.deposed(by: cluster.view.primary?.name)
        let error = ErrorReply.serverLost(node: node.name, cause: cause, closing: true)
        for replication in Array(replications.values)
        where replication.cluster === cluster && replication.node == node.id {
            replication.client.fail(error)
        }
        for server in Array(servers.values)
        where server.driver.cluster === cluster && server.driver.node == node.id {
            guard let client = server.client else { continue }
            if client.server === server {
                if client.session.attachment?.role == .primary { server.lost(cause) }
            } else if !client.holdsReplica(server) {
                client.fail(error)
            }
        }
    }

    /// Who waited may find a node now.
    private static func offersMore(_ view: ClusterView, than before: ClusterView) -> Bool {
        if view.primaryIndex != nil && view.primaryIndex != before.primaryIndex { return true }
        return zip(view.nodes, before.nodes).contains { node, former in
            node.isReadable && !former.isReadable
        }
    }
}
