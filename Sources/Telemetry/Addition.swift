// Adding up what several workers counted. Sums saturate: a counter that is full stays full.

extension UInt64 {
    /// Adds without overflow.
    fileprivate mutating func saturate(_ more: UInt64) {
        let (sum, overflowed) = addingReportingOverflow(more)
        self = overflowed ? .max : sum
    }
}

extension NodeCounters {
    /// Adds another worker's counters of the same node.
    package mutating func add(_ other: Self) {
        reads.saturate(other.reads)
        writes.saturate(other.writes)
        errors.saturate(other.errors)
        heals.saturate(other.heals)
    }
}

extension DatabaseCounters {
    /// Adds another worker's counters of the same database.
    package mutating func add(_ other: Self) {
        transactions.saturate(other.transactions)
        statements.saturate(other.statements)
        reads.saturate(other.reads)
        writes.saturate(other.writes)
        fallbacks.saturate(other.fallbacks)
        errors.saturate(other.errors)
        heals.saturate(other.heals)
        bytesFromClients.saturate(other.bytesFromClients)
        bytesToClients.saturate(other.bytesToClients)
        waitMilliseconds.saturate(other.waitMilliseconds)
        unproven.saturate(other.unproven)
        proofWaits.saturate(other.proofWaits)
        proofWaitMilliseconds.saturate(other.proofWaitMilliseconds)
        sharedTurns.saturate(other.sharedTurns)
        sharedDepth = max(sharedDepth, other.sharedDepth)
        reruns.saturate(other.reruns)
    }
}

extension PoolSnapshot {
    /// Adds another worker's shard of the same pool. Each reports the size that all of them share;
    /// of the waits the longest counts.
    package mutating func add(_ shard: Self) {
        size = max(size, shard.size)
        inUse += shard.inUse
        idle += shard.idle
        opening += shard.opening
        waiting += shard.waiting
        maxWaitMilliseconds = max(maxWaitMilliseconds, shard.maxWaitMilliseconds)
    }
}
