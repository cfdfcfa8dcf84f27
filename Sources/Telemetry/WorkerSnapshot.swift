/// A node by the names of the configuration.
package struct NodeKey: Sendable, Hashable {
    package var cluster: String
    package var node: String

    package init(cluster: String, node: String) {
        self.cluster = cluster
        self.node = node
    }
}

/// All that one worker reports of itself at one moment, or several workers together when
/// `merged`.
package struct WorkerSnapshot: Sendable, Hashable {
    package var pools: [PoolSnapshot] = []
    package var clients: [ClientSnapshot] = []
    package var servers: [ServerSnapshot] = []
    /// Work done per node.
    package var nodes: [NodeKey: NodeCounters] = [:]
    /// Work done per database, as clients name it.
    package var databases: [String: DatabaseCounters] = [:]
    /// Databases in shadow mode, as clients name them.
    package var shadows: [String: ShadowSnapshot] = [:]
    /// Reads that replicas have failed.
    package var heals: [HealSnapshot.Key: HealSnapshot] = [:]

    package init() {}

    /// The snapshots of several workers as one, in a stable order: pools by cluster, node, database
    /// and user; clients and servers by number.
    package static func merged(_ snapshots: [Self]) -> Self {
        var sum = Self()
        for snapshot in snapshots {
            sum.clients += snapshot.clients
            sum.servers += snapshot.servers
            sum.pools += snapshot.pools
            for (node, counters) in snapshot.nodes {
                sum.nodes[node, default: .init()].add(counters)
            }
            for (name, counters) in snapshot.databases {
                sum.databases[name, default: .init()].add(counters)
            }
            for (key, heal) in snapshot.heals { sum.heals[key, default: .init()].add(heal) }
            sum.shadows.merge(snapshot.shadows) { own, others in
                var both = own
                both.add(others)
                return both
            }
        }
        sum.pools = joined(sum.pools)
        sum.clients.sort { $0.id < $1.id }
        sum.servers.sort { $0.id < $1.id }
        return sum
    }

    /// Shards of the same pool added up, sorted by their key.
    private static func joined(_ shards: [PoolSnapshot]) -> [PoolSnapshot] {
        var places: [PoolKey: Int] = [:]
        var pools: [PoolSnapshot] = []
        for shard in shards {
            if let place = places[PoolKey(shard)] {
                pools[place].add(shard)
            } else {
                places[PoolKey(shard)] = pools.count
                pools.append(shard)
            }
        }
        return pools.sorted { PoolKey($0) < PoolKey($1) }
    }
}

/// What tells one pool from another.
private struct PoolKey: Hashable, Comparable {
    let parts: [String]

    init(_ pool: PoolSnapshot) { parts = [pool.cluster, pool.node, pool.database, pool.user] }

    static func < (a: Self, b: Self) -> Bool { a.parts.lexicographicallyPrecedes(b.parts) }
}
