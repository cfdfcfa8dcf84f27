import ControlPlane
import Routing
import Synchronization
import Vocabulary

/// The proof boards of all clusters, and what each database has had acknowledged: for all workers.
final class ProofDirectory: Sendable {
    /// When a write to one database was last acknowledged to any client of this process.
    final class Mark: Sendable {
        private let nanoseconds = Atomic<UInt64>(0)

        init() {}

        /// Reads must see what was acknowledged up to this instant.
        func raise(to now: MonotonicInstant) {
            nanoseconds.max(now.nanoseconds, ordering: .releasing)
        }

        /// nil: nothing was acknowledged yet.
        var instant: MonotonicInstant? {
            let last = nanoseconds.load(ordering: .acquiring)
            return last == 0 ? nil : MonotonicInstant(nanoseconds: last)
        }
    }

    private struct Database: Hashable {
        let cluster: String
        let name: String
    }

    private let boards = Mutex<[String: ProofBoard]>([:])
    private let marks = Mutex<[Database: Mark]>([:])

    /// That of a cluster; it stays the same for the life of the process.
    func board(of cluster: String) -> ProofBoard {
        boards.withLock { boards in
            if let known = boards[cluster] { return known }
            let fresh = ProofBoard()
            boards[cluster] = fresh
            return fresh
        }
    }

    /// That of a database as the servers name it.
    func mark(of database: String, in cluster: String) -> Mark {
        marks.withLock { marks in
            let key = Database(cluster: cluster, name: database)
            if let known = marks[key] { return known }
            let fresh = Mark()
            marks[key] = fresh
            return fresh
        }
    }
}
