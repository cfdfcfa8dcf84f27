import Vocabulary

/// An order of the pool to its driver. Orders are carried out in the order they were given.
package enum PoolOrder: Sendable, Hashable {
    /// Attach this open connection to this session, which has waited `waitedMilliseconds`.
    case lend(ServerID, to: SessionID, waitedMilliseconds: UInt64)
    /// Open a connection for this profile; report `opened` or `openFailed` with the same number.
    case open(ServerID, ProfileID)
    /// Close this idle connection; the pool has forgotten it already.
    case close(ServerID)
    /// Hand this idle connection over to another worker's pool, which `arrived` tells; the pool has
    /// forgotten it already, and its place is the other's.
    case hand(ServerID, ProfileID, to: LoopIndex)
    /// This session has waited `waitedMilliseconds`, its deadline: refuse it.
    case expire(SessionID, waitedMilliseconds: UInt64)
}
