import Vocabulary

@testable import Pooling

/// A pool with its ledger and its driver's other half, for tests that read as stories: times are in
/// milliseconds, sessions and profiles plain numbers.
final class PoolWorld {
    var pool: Pool
    var ledger: CapacityLedger
    var ids = ServerIDSource()
    private(set) var orders: [PoolOrder] = []

    init(_ limits: PoolLimits) {
        pool = Pool(limits: limits)
        ledger = CapacityLedger(limit: limits.size)
    }

    static func time(_ milliseconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 0).advanced(milliseconds: milliseconds)
    }

    /// The orders since the last call.
    func take() -> [PoolOrder] {
        defer { orders = [] }
        return orders
    }

    func request(_ session: UInt64, profile: Int = 0, at time: UInt64) -> [PoolOrder] {
        pool.request(
            SessionID(session), profile: ProfileID(profile), at: Self.time(time),
            capacity: &ledger, ids: &ids, orders: &orders)
        return take()
    }

    func giveBack(_ server: UInt64, at time: UInt64) -> [PoolOrder] {
        pool.giveBack(
            ServerID(server), at: Self.time(time), capacity: &ledger, ids: &ids, orders: &orders)
        return take()
    }

    func opened(_ server: UInt64, at time: UInt64) -> [PoolOrder] {
        pool.opened(
            ServerID(server), at: Self.time(time), capacity: &ledger, ids: &ids, orders: &orders)
        return take()
    }

    func openFailed(_ server: UInt64, at time: UInt64) -> [PoolOrder] {
        pool.openFailed(
            ServerID(server), at: Self.time(time), capacity: &ledger, ids: &ids, orders: &orders)
        return take()
    }

    func lost(_ server: UInt64, at time: UInt64) -> [PoolOrder] {
        pool.lost(
            ServerID(server), at: Self.time(time), capacity: &ledger, ids: &ids, orders: &orders)
        return take()
    }

    func tick(at time: UInt64) -> [PoolOrder] {
        pool.tick(at: Self.time(time), capacity: &ledger, ids: &ids, orders: &orders)
        return take()
    }

    /// A connection for this session, newly opened; its number.
    func lendNew(_ session: UInt64, profile: Int = 0, at time: UInt64) throws -> UInt64 {
        for case .open(let server, _) in request(session, profile: profile, at: time) {
            for case .lend(server, SessionID(session), _) in opened(server.rawValue, at: time) {
                return server.rawValue
            }
        }
        throw NoConnection(session: session)
    }

    /// `lendNew` did not lead to a connection.
    struct NoConnection: Error { var session: UInt64 }
}

/// Short forms, so that expectations fit on a line.
func open(_ server: UInt64, _ profile: Int = 0) -> PoolOrder {
    .open(ServerID(server), ProfileID(profile))
}
func close(_ server: UInt64) -> PoolOrder { .close(ServerID(server)) }
func lend(_ server: UInt64, to session: UInt64, waited: UInt64 = 0) -> PoolOrder {
    .lend(ServerID(server), to: SessionID(session), waitedMilliseconds: waited)
}
func expire(_ session: UInt64, waited: UInt64) -> PoolOrder {
    .expire(SessionID(session), waitedMilliseconds: waited)
}
