import NetworkIO
import PostgresWire
import SessionCore
import Vocabulary

/// A place of a pool on its way from one worker to another, with the connection that has it.
struct Passage: Sendable {
    let pool: PoolName
    /// Of the pool over all workers: the place is the heir's already.
    let capacity: CapacityDirectory.Entry
    let heir: LoopIndex
}

/// An idle server connection that one worker gives to another.
struct HandedServer: Sendable {
    let passage: Passage
    /// Of the settings that the former worker has.
    let generation: Int
    let profile: [StartupParameters.Setting]
    /// The new worker's own.
    let descriptor: Int32
    let address: SocketAddress?
    let reported: [SettingsTracker.Reported]
    let processID: Int32
    let secretKey: [UInt8]
    let since: MonotonicInstant
    let openedAt: MonotonicInstant
    let turns: UInt64
    let contents: ServerSession
}

// Workers lend each other idle server connections, so that a small pool is not split by them.
extension Worker {
    /// The pool has given this connection to another worker's. It goes once all that has come from
    /// the server until now has been dealt with.
    func hand(_ server: ServerID, of driver: PoolDriver, to heir: LoopIndex) {
        let passage = Passage(pool: driver.name, capacity: driver.capacity, heir: heir)
        shared.mailboxes[index.index].post(.hand(server, passage))
    }

    /// The same, now. One that cannot go leaves its place to the other worker.
    func handOver(_ number: ServerID, _ passage: Passage) {
        let server = servers[number]
        if let handed = server?.handOver(passage, generation: settings.generation) {
            return shared.mailboxes[passage.heir.index].post(.arrive(handed))
        }
        server?.close()
        vacate(passage)
    }

    /// A connection has come from another worker.
    func arrive(_ handed: HandedServer) {
        let driver = drivers.first { $0.name == handed.passage.pool && !$0.isRetired }
        guard let driver, handed.generation == settings.generation, ending == nil else {
            _ = FileDescriptor(owning: handed.descriptor)
            return vacate(handed.passage)
        }
        let profile = profiles.retain(handed.profile)
        let server = ServerConnection(ids.next(), driver: driver, profile: profile, worker: self)
        servers[server.id] = server
        server.takeOver(handed)
        driver.arrived(server)
    }

    /// There is no connection in this place any more: whoever waits for one may open it.
    private func vacate(_ passage: Passage) {
        passage.capacity.ledger.withLock { ledger in
            ledger.put(from: passage.heir)
            _ = ledger.takeNudge()
        }
        for mailbox in shared.mailboxes { mailbox.post(.nudge(passage.pool)) }
    }
}

extension ServerConnection {
    /// Ends here, for another worker to go on with the same socket; nil: it cannot.
    fileprivate func handOver(_ passage: Passage, generation: Int) -> HandedServer? {
        guard state == .idle, !isBroken, !cancel.isDoubtful, cancel.errand == nil, stash.isEmpty,
            scanner.unseenBytes == 0, !driver.isRetired, let descriptor = channel?.letGo()
        else { return nil }
        let settings = worker.profiles.settings(profile)
        var contents = takeContents()
        contents.changesWorker()
        end()
        return HandedServer(
            passage: passage, generation: generation, profile: settings, descriptor: descriptor,
            address: address, reported: reported, processID: processID, secretKey: secretKey,
            since: since, openedAt: openedAt, turns: turns, contents: contents)
    }

    /// Goes on with the socket of another worker's connection.
    fileprivate func takeOver(_ handed: HandedServer) {
        address = handed.address
        reported = handed.reported
        processID = handed.processID
        secretKey = handed.secretKey
        since = handed.since
        openedAt = handed.openedAt
        turns = handed.turns
        contents = handed.contents
        channel = worker.loop.adopt(FileDescriptor(owning: handed.descriptor), owner: self)
        state = .idle
    }
}
