import Vocabulary

/// The bounds of one pool; see `ProxyConfiguration.Pooling` for the meaning of each.
package struct PoolLimits: Sendable, Hashable {
    package var size: Int
    package var minIdle: Int
    package var maxWaitMillis: UInt64
    package var idleTimeoutMillis: UInt64
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

/// An order of the pool to its driver. Orders are carried out in the order they were given.
package enum PoolOrder: Sendable, Hashable {
    /// Attach this open connection to this session, which has waited `waitedMilliseconds`.
    case lend(ServerID, to: SessionID, waitedMilliseconds: UInt64)
    /// Open a connection for this profile; report `opened` or `openFailed` with the same number.
    case open(ServerID, ProfileID)
    /// Close this idle connection; the pool has forgotten it already.
    case close(ServerID)
    /// This session has waited `waitedMilliseconds`, its deadline: refuse it.
    case expire(SessionID, waitedMilliseconds: UInt64)
}
