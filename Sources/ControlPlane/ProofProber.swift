import Configuration
import Dispatch
import Synchronization
import Vocabulary

/// Asks one node for its place in the WAL, over a connection of its own that is kept open. Each
/// question blocks this node's own queue, never another's.
final class ProofProber: Sendable {
    /// What a node has answered, and how its timeline came about, if it was asked for that.
    struct Finding: Sendable {
        var answer: ProofDuty.Answer
        var history: TimelineHistory?
    }

    private struct Link {
        var connection: LibpqConnection?
        /// Connections so far.
        var count: UInt64 = 0
        /// Of the timeline that was asked for last, over this connection.
        var history: TimelineHistory?
    }

    let queue: DispatchQueue
    private let target: LibpqTarget
    /// Only `queue` locks it: the lock is what lets the compiler see that.
    private let link = Mutex(Link())

    /// How long a server waits for its replay before it answers all the same.
    private static let waitMilliseconds = 100

    init(_ node: ProxyConfiguration.Node, of cluster: ProxyConfiguration.Cluster) {
        target = LibpqTarget(node, monitoredBy: cluster.monitor)
        queue = DispatchQueue(label: "switchyard.proof.\(cluster.name).\(node.name)")
    }

    /// Whether it asks this node, in this way, already.
    func isFor(_ node: ProxyConfiguration.Node, of cluster: ProxyConfiguration.Cluster) -> Bool {
        target == LibpqTarget(node, monitoredBy: cluster.monitor)
    }

    /// Asks; on `queue` only. A connection that fails in any way is closed: whatever comes after
    /// may be another server.
    func ask(
        _ question: ProofDuty.Question, timeoutMilliseconds: Int
    ) -> Result<Finding, LibpqError> {
        dispatchPrecondition(condition: .onQueue(queue))
        return link.withLock { link in
            do throws(LibpqError) {
                return .success(try Self.ask(question, &link, target, timeoutMilliseconds))
            } catch {
                link.connection = nil
                link.history = nil
                return .failure(error)
            }
        }
    }

    /// Closes the connection once a running question has ended.
    func close() {
        queue.async { [self] in link.withLock { $0.connection = nil } }
    }

    private static func ask(
        _ question: ProofDuty.Question, _ link: inout Link, _ target: LibpqTarget, _ timeout: Int
    ) throws(LibpqError) -> Finding {
        let connection: LibpqConnection
        if let kept = link.connection {
            connection = kept
        } else {
            connection = try LibpqConnection(target, timeoutMilliseconds: timeout)
            link.connection = connection
            link.count += 1
            link.history = nil
        }
        if let position = question.awaits,
            connection.serverVersion >= ProofQuestion.versionThatWaits
        {
            _ = try connection.query(
                ProofQuestion.wait(for: position, milliseconds: waitMilliseconds),
                timeoutMilliseconds: timeout + waitMilliseconds)
        }
        // Before the question leaves: what was acknowledged by now is within the answer.
        let asked = ClusterMonitor.now
        let sql = question.role == .primary ? ProofQuestion.primary : ProofQuestion.replica
        let rows = try connection.query(sql, timeoutMilliseconds: timeout)
        guard question.role == .primary else {
            let place = try ProofQuestion.replicaPlace(of: rows)
            return Finding(answer: .init(place: place, asked: asked, connection: link.count))
        }
        let (place, geometry) = try ProofQuestion.primaryPlace(of: rows)
        if link.history?.timeline != place.timeline {
            link.history = TimelineHistory(
                of: place.timeline,
                file: try historyFile(of: place.timeline, connection, timeout), geometry: geometry)
        }
        return Finding(
            answer: .init(place: place, asked: asked, connection: link.count),
            history: link.history)
    }

    /// How a timeline came about; nil: from nothing, or the server does not show that.
    private static func historyFile(
        of timeline: Timeline, _ connection: LibpqConnection, _ timeout: Int
    ) throws(LibpqError) -> String? {
        guard timeline.rawValue > 1 else { return nil }
        do throws(LibpqError) {
            let rows = try connection.query(
                ProofQuestion.history(of: timeline), timeoutMilliseconds: timeout)
            return rows.rows.first?.first ?? nil
        } catch {
            guard error.kind == .query else { throw error }
            return nil
        }
    }
}
