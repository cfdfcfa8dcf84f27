import Logging
import NetworkIO
import Pooling
import Routing
import Synchronization
import Vocabulary

/// What all workers share. Nothing of it is touched on the data path but one counter, which is
/// read.
final class Shared: Sendable {
    let log: Logger
    let cancels = CancelRegistry()
    let capacities = CapacityDirectory()
    let welcomes = WelcomeDirectory()
    let replications = ReplicationDirectory()
    let lookups = LookupDirectory()
    let proven = ProvenSecrets()
    let census = ClientCensus()
    let proofs = ProofDirectory()
    let catalogs: CatalogDirectory
    let mailboxes: [Mailbox<Letter>]
    /// Of the fingerprints, drawn once.
    let fingerprintSeed: UInt64
    /// Clients that are connected, logged in or not.
    let clientCount = Atomic<Int>(0)
    /// Transactions of clients that are over and may have changed a schema.
    let schemaChanges = Atomic<UInt64>(0)
    let loads: WorkerLoads
    private let nextWorker = Atomic<Int>(0)
    private let nextSession = Atomic<UInt64>(1)
    private let admin = Mutex<(@Sendable (AdminErrand) -> Void)?>(nil)
    private let failures = Mutex<(@Sendable (String, NodeID, String) -> Void)?>(nil)
    private let recoveries = Mutex<(@Sendable (String, NodeID, Bool) -> Void)?>(nil)

    init(log: Logger, workers: Int) {
        self.log = log
        let mailboxes = (0..<workers).map { _ in Mailbox<Letter>() }
        self.mailboxes = mailboxes
        loads = WorkerLoads(workers: workers)
        catalogs = CatalogDirectory(log: log) { name, standing in
            for mailbox in mailboxes { mailbox.post(.catalog(name, standing)) }
        }
        fingerprintSeed = .random(in: .min ... .max)
    }

    func newSession() -> SessionID {
        SessionID(nextSession.wrappingAdd(1, ordering: .relaxed).oldValue)
    }

    /// A client has connected. Returns the number of the worker that is to have it.
    func accepted() -> Int {
        clientCount.add(1, ordering: .relaxed)
        return loads.place()
    }

    /// Has all workers accept clients from a socket.
    func listen(on socket: ListeningSocket) throws(Listener.Failure) {
        for mailbox in mailboxes {
            mailbox.post(.listen(try socket.duplicate()))
        }
    }

    /// Another process of this proxy has connected; workers take turns.
    func acceptedSibling(_ descriptor: Int32) {
        clientCount.add(1, ordering: .relaxed)
        let turn = nextWorker.wrappingAdd(1, ordering: .relaxed).oldValue
        mailboxes[turn % mailboxes.count].post(.adoptSibling(descriptor))
    }

    /// Where admin requests go, reports that a node has failed, and whether one is in recovery.
    func connect(
        admin: @escaping @Sendable (AdminErrand) -> Void,
        failures: @escaping @Sendable (String, NodeID, String) -> Void,
        recoveries: @escaping @Sendable (String, NodeID, Bool) -> Void
    ) {
        self.admin.withLock { $0 = admin }
        self.failures.withLock { $0 = failures }
        self.recoveries.withLock { $0 = recoveries }
    }

    func ask(_ errand: AdminErrand) { admin.withLock { $0 }?(errand) }

    /// The data path found a node of a cluster unusable.
    func report(cluster: String, node: NodeID, failure: String) {
        failures.withLock { $0 }?(cluster, node, failure)
    }

    /// The data path was told by a node whether it is in recovery, which is news.
    func report(cluster: String, node: NodeID, isInRecovery: Bool) {
        recoveries.withLock { $0 }?(cluster, node, isInRecovery)
    }

    /// Has every other worker look at this pool.
    func nudge(_ pool: PoolName, from loop: LoopIndex) {
        for (index, mailbox) in mailboxes.enumerated() where index != loop.index {
            mailbox.post(.nudge(pool))
        }
    }
}

/// The places of every pool, over all workers. Known as long as any worker has the pool.
final class CapacityDirectory: Sendable {
    /// The places of one pool.
    final class Entry: Sendable {
        let ledger: Mutex<CapacityLedger>

        init(limit: Int, shards: Int) {
            ledger = Mutex(CapacityLedger(limit: limit, shards: shards))
        }

        func update(limit: Int) {
            ledger.withLock { if $0.limit != limit { $0.update(limit: limit) } }
        }
    }

    private struct Membership {
        let entry: Entry
        var members = 0
    }

    private let memberships = Mutex<[PoolName: Membership]>([:])

    /// The ledger of a pool for one worker more; its limit is set to `limit`.
    func join(_ pool: PoolName, limit: Int, shards: Int) -> Entry {
        let entry = memberships.withLock { memberships in
            var membership =
                memberships[pool] ?? Membership(entry: Entry(limit: limit, shards: shards))
            membership.members += 1
            memberships[pool] = membership
            return membership.entry
        }
        entry.update(limit: limit)
        return entry
    }

    /// One worker less has the pool, and no connection of it.
    func leave(_ pool: PoolName) {
        memberships.withLock { memberships in
            memberships[pool]?.members -= 1
            if memberships[pool]?.members == 0 { memberships[pool] = nil }
        }
    }
}
