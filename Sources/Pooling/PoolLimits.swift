/// The bounds of one pool; see `ProxyConfiguration.Pooling`.
package struct PoolLimits: Sendable, Hashable {
    /// Connections at the most, over all shards; below 1 nothing is ever lent.
    package var size: Int
    /// Connections that are kept even when idle, over all shards.
    package var minIdle: Int
    /// A session that has waited this long is refused.
    package var maxWaitMillis: UInt64
    /// A connection idle for this long is closed; 0: never.
    package var idleTimeoutMillis: UInt64
    /// A connection of this age is closed when next idle or given back; 0: never.
    package var maxLifetimeMillis: UInt64

    package init(
        size: Int, minIdle: Int = 0, maxWaitMillis: UInt64 = 30_000,
        idleTimeoutMillis: UInt64 = 600_000, maxLifetimeMillis: UInt64 = 3_600_000
    ) {
        self.size = size
        self.minIdle = minIdle
        self.maxWaitMillis = maxWaitMillis
        self.idleTimeoutMillis = idleTimeoutMillis
        self.maxLifetimeMillis = maxLifetimeMillis
    }
}
