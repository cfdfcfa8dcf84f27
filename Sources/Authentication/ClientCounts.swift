/// How many clients there are, in all, by user, by database and by address; over all workers.
///
/// Invariant: each figure is the number of calls that raised it and were not taken back; those of
/// nobody are not kept.
package struct ClientCounts: Sendable {
    /// The most there may be; 0: without a bound.
    package struct Bounds: Sendable, Equatable {
        package var all: Int
        package var ofUser: Int
        package var ofDatabase: Int

        package init(all: Int, ofUser: Int = 0, ofDatabase: Int = 0) {
            self.all = all
            self.ofUser = ofUser
            self.ofDatabase = ofDatabase
        }
    }

    /// Which bound is reached, in PostgreSQL's order.
    package enum Refusal: Sendable, Equatable { case all, user, database }

    /// Connections whose clients have not proven who they are yet.
    package private(set) var strangers = 0
    /// Those that have.
    package private(set) var clients = 0
    private var users: [String: Int] = [:]
    private var databases: [String: Int] = [:]
    private var addresses: [PeerAddress: Int] = [:]

    package init() {}

    // MARK: - Connections

    /// Somebody has connected.
    package mutating func connected(_ address: PeerAddress) {
        strangers += 1
        addresses[address.unmapped, default: 0] += 1
    }

    /// One that is a stranger no more, whether by having logged in or by leaving.
    package mutating func isStrangerNoMore() { strangers -= 1 }

    /// A connection has ended.
    package mutating func disconnected(_ address: PeerAddress) {
        Self.lower(&addresses, address.unmapped)
    }

    /// Connections from one address, logged in or not.
    package func connections(from address: PeerAddress) -> Int {
        addresses[address.unmapped] ?? 0
    }

    // MARK: - Clients

    /// A user opens a database. Nothing is counted of one that is refused.
    package mutating func enter(
        _ user: String, _ database: String, bounds: Bounds
    ) -> Refusal? {
        func isReached(_ bound: Int, _ count: Int) -> Bool { bound > 0 && count >= bound }
        if isReached(bounds.all, clients) { return .all }
        if isReached(bounds.ofUser, users[user] ?? 0) { return .user }
        if isReached(bounds.ofDatabase, databases[database] ?? 0) { return .database }
        clients += 1
        users[user, default: 0] += 1
        databases[database, default: 0] += 1
        return nil
    }

    /// One that had entered is gone.
    package mutating func leave(_ user: String, _ database: String) {
        clients -= 1
        Self.lower(&users, user)
        Self.lower(&databases, database)
    }

    private static func lower<Key>(_ counts: inout [Key: Int], _ key: Key) {
        guard let count = counts[key], count > 1 else {
            counts[key] = nil
            return
        }
        counts[key] = count - 1
    }
}
