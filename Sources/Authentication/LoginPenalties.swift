import Vocabulary

/// How long those have to wait for their refusal who prove the wrong thing, so that guessing is
/// slow: as the module auth_delay of PostgreSQL, but longer with each failure from one address.
/// Logins that succeed never wait, whatever others at their address do.
package struct LoginPenalties: Sendable {
    private struct Record {
        var failures: Int
        var since: MonotonicInstant
    }

    /// The delay doubles with each failure up to this many times the first.
    package static let greatestFactor: UInt64 = 20
    /// After so long without a failure an address begins anew.
    package static let memoryMilliseconds: UInt64 = 60_000

    private let capacity: Int
    private var records: [PeerAddress: Record] = [:]

    /// - Parameter capacity: addresses that are remembered.
    package init(capacity: Int = 10_000) { self.capacity = capacity }

    /// A login has failed. Returns after how many milliseconds to say so.
    /// - Parameter first: the delay of the first failure; 0: there is none.
    package mutating func failed(
        _ address: PeerAddress, first: UInt64, at now: MonotonicInstant
    ) -> UInt64 {
        guard first > 0 else { return 0 }
        let site = address.site
        var record = records[site] ?? Record(failures: 0, since: now)
        if now.milliseconds(since: record.since) >= Self.memoryMilliseconds { record.failures = 0 }
        record.failures = min(record.failures + 1, 32)
        record.since = now
        if records[site] == nil { makeRoom(at: now) }
        records[site] = record
        return first * min(1 << UInt64(record.failures - 1), Self.greatestFactor)
    }

    package var count: Int { records.count }

    /// Those that count no more go first, then the older half.
    private mutating func makeRoom(at now: MonotonicInstant) {
        guard records.count >= capacity else { return }
        records = records.filter {
            now.milliseconds(since: $0.value.since) < Self.memoryMilliseconds
        }
        guard records.count >= capacity else { return }
        let byAge = records.sorted { $0.value.since < $1.value.since }
        for (site, _) in byAge.prefix(max(1, capacity / 2)) { records[site] = nil }
    }
}

extension PeerAddress {
    /// Whose address it is: of IPv6, everybody has a whole network of 64 bits.
    package var site: PeerAddress {
        guard case .network(let bytes) = unmapped, bytes.count == 16 else { return unmapped }
        return .network(Array(bytes.prefix(8)))
    }
}
