import Authentication
import Configuration
import NetworkIO
import SessionCore
import Synchronization
import Vocabulary

/// How many clients there are, and who has failed to log in; shared by all workers, never touched
/// on the data path.
final class ClientCensus: Sendable {
    private let counts = Mutex(ClientCounts())
    private let penalties = Mutex(LoginPenalties())

    func withCounts<Value: Sendable>(_ body: (inout ClientCounts) -> Value) -> Value {
        counts.withLock { body(&$0) }
    }

    /// See `LoginPenalties`.
    func penalty(for address: PeerAddress, first: UInt64) -> UInt64 {
        penalties.withLock { $0.failed(address, first: first, at: EventLoop.clock()) }
    }
}

/// As what a connection is counted.
enum Standing {
    case uncounted, stranger
    /// Somebody who has logged in to the admin database; no bound is for these.
    case admin
    /// Somebody who has logged in as `user` to `database`.
    case client
}

// The places that clients take.
extension ClientConnection {
    private var census: ClientCensus { worker.shared.census }

    /// Somebody has connected; one of too many who have not logged in is sent away.
    func takePlaceOfStranger() {
        let address = self.address
        let strangers = census.withCounts { counts in
            counts.connected(address)
            return counts.strangers
        }
        standing = .stranger
        if strangers > worker.settings.configuration.maxLogins { fail(.tooManyClients) }
    }

    /// Why a client that wants to log in may not, whoever it is; nil: it may.
    var crowdRefusal: ErrorReply? {
        let configuration = worker.settings.configuration
        let address = self.address
        let (clients, neighbors) = census.withCounts {
            ($0.clients, $0.connections(from: address))
        }
        let perAddress = configuration.maxClientsPerAddress
        if perAddress > 0, neighbors > perAddress {
            return .tooManyConnections(fromAddress: isUnixSocket ? "[local]" : host)
        }
        // Administrators may have come to see why there are so many.
        let database = login?.parameters?.databaseOrUser
        guard database != ConfigurationLoader.adminDatabase else { return nil }
        return clients >= configuration.maxClients ? .tooManyClients : nil
    }

    /// The client is who it says it is, and opens a database. nil: it has a place there.
    func takePlace(
        user: String, database: String, bounds: ClientCounts.Bounds
    ) -> ErrorReply? {
        let refusal = census.withCounts { counts in
            let refusal = counts.enter(user, database, bounds: bounds)
            if refusal == nil { counts.isStrangerNoMore() }
            return refusal
        }
        switch refusal {
        case .all: return .tooManyClients
        case .user: return .tooManyConnections(ofRole: user)
        case .database: return .tooManyConnections(ofDatabase: database)
        case nil:
            standing = .client
            return nil
        }
    }

    func takePlaceOfAdmin() {
        census.withCounts { $0.isStrangerNoMore() }
        standing = .admin
    }

    /// The connection ends.
    func leavePlace() {
        let (standing, address) = (self.standing, self.address)
        self.standing = .uncounted
        // As they were when the place was taken.
        let (user, database) = standing == .client ? (self.user, self.database) : ("", "")
        census.withCounts { counts in
            switch standing {
            case .uncounted: return
            case .stranger: counts.isStrangerNoMore()
            case .admin: break
            case .client: counts.leave(user, database)
            }
            counts.disconnected(address)
        }
    }

    // MARK: Refusals that wait

    /// Tells a client that it has not proven what it should, after a while if need be. Nothing but
    /// the client waits.
    func refuseLater(_ error: ErrorReply) {
        let first = UInt64(worker.settings.configuration.failedLoginDelayMillis)
        let delay = census.penalty(for: address, first: first)
        guard delay > 0 else { return fail(error) }
        login?.pendingRefusal = error
        worker.delay(refusalOf: id, milliseconds: delay)
    }

    /// The time has come.
    func refuseNow() {
        if let error = login?.pendingRefusal { fail(error) }
    }
}

extension Worker {
    /// Refusals are told at multiples of this, many at a time, however many there are.
    private static let refusalStepMilliseconds: UInt64 = 10

    func delay(refusalOf session: SessionID, milliseconds: UInt64) {
        let step = Self.refusalStepMilliseconds * 1_000_000
        let due = now.advanced(milliseconds: milliseconds).nanoseconds / step * step + step
        refusals.append((MonotonicInstant(nanoseconds: due), session))
        loop.wake(at: MonotonicInstant(nanoseconds: due))
    }

    /// Tells those whose time has come.
    func settleRefusals() {
        guard !refusals.isEmpty else { return }
        let due = refusals.filter { $0.due <= now }
        refusals.removeAll { $0.due <= now }
        for refusal in due { clients[refusal.session]?.refuseNow() }
    }

    /// When the next is due.
    var nextRefusal: MonotonicInstant? { refusals.map(\.due).min() }
}
