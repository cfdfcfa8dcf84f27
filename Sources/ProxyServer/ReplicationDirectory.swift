import Synchronization
import Vocabulary

/// How many replication connections there are to each cluster, over all workers.
final class ReplicationDirectory: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    /// One more, if there may be one.
    func enter(cluster: String, limit: Int) -> Bool {
        counts.withLock { counts in
            guard counts[cluster, default: 0] < limit else { return false }
            counts[cluster, default: 0] += 1
            return true
        }
    }

    /// One less.
    func leave(cluster: String) { counts.withLock { $0[cluster, default: 1] -= 1 } }
}
