import Synchronization

/// How much each worker has to do: clients are spread by it as they come. Two things count alike: a
/// worker's share of all clients, since those that are idle may wake up, and its share of all that
/// has happened in the last second.
final class WorkerLoads: Sendable {
    /// Of one worker.
    final class Load: Sendable {
        let clients = Atomic<Int>(0)
        /// Events of its loop in the last second.
        let events = Atomic<Int>(0)
    }

    private let loads: [Load]
    private let turn = Atomic<Int>(0)

    init(workers: Int) { loads = (0..<workers).map { _ in Load() } }

    /// Finds a worker for somebody who has connected, and counts the client there.
    func place() -> Int {
        guard loads.count > 1 else {
            loads[0].clients.add(1, ordering: .relaxed)
            return 0
        }
        let first = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        let choice = Self.choice(
            clients: loads.map { $0.clients.load(ordering: .relaxed) },
            events: loads.map { $0.events.load(ordering: .relaxed) }, first: first)
        loads[choice].clients.add(1, ordering: .relaxed)
        return choice
    }

    /// A client of this worker is gone.
    func left(_ worker: Int) { loads[worker].clients.subtract(1, ordering: .relaxed) }

    /// What has happened on this worker in the last second.
    func report(events: Int, of worker: Int) {
        guard loads.count > 1 else { return }
        loads[worker].events.store(events, ordering: .relaxed)
    }

    /// The worker that has least to do.
    /// - Parameter first: who comes first among equals; any number.
    static func choice(clients: [Int], events: [Int], first: Int) -> Int {
        let count = clients.count
        let allClients = clients.reduce(0, &+)
        // Where nothing has happened at all, the clients decide.
        let allEvents = events.reduce(count, &+)
        var best = 0
        var lowest = Int.max
        for step in 0..<count {
            let index = Int(UInt(bitPattern: first) % UInt(count)) &+ step
            let worker = index < count ? index : index &- count
            let score =
                clients[worker] &* allEvents &+ (events[worker] &+ 1) &* allClients
            if score < lowest { (best, lowest) = (worker, score) }
        }
        return best
    }
}
