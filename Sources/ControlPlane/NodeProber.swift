import Configuration
import Dispatch
import Synchronization

/// Probes one node, over one connection that is kept open between probes. Each probe blocks this
/// node's own queue, never another's.
final class NodeProber: Sendable {
    let queue: DispatchQueue
    private let name: String
    private let target: LibpqTarget
    /// Only `queue` locks it: the lock is what lets the compiler see that.
    private let connection = Mutex<LibpqConnection?>(nil)

    init(_ node: ProxyConfiguration.Node, of cluster: ProxyConfiguration.Cluster) {
        name = node.name
        target = LibpqTarget(node, monitoredBy: cluster.monitor)
        queue = DispatchQueue(label: "switchyard.probe.\(cluster.name).\(node.name)")
    }

    /// Whether it probes this node, in this way, already.
    func isFor(_ node: ProxyConfiguration.Node, of cluster: ProxyConfiguration.Cluster) -> Bool {
        name == node.name && target == LibpqTarget(node, monitoredBy: cluster.monitor)
    }

    /// One probe; on `queue` only. A kept connection that turns out broken says nothing of the node
    /// (it may have restarted since): a new one is tried at once.
    func probe(timeoutMilliseconds: Int) -> Result<ProbeReading, LibpqError> {
        dispatchPrecondition(condition: .onQueue(queue))
        return connection.withLock { connection in
            if let kept = connection {
                let result = Self.read(kept, timeoutMilliseconds)
                guard case .failure(let error) = result, error.kind != .query else { return result }
                connection = nil
                if error.kind == .timeout { return result }
            }
            do throws(LibpqError) {
                let fresh = try LibpqConnection(target, timeoutMilliseconds: timeoutMilliseconds)
                let result = Self.read(fresh, timeoutMilliseconds)
                if case .success = result { connection = fresh }
                return result
            } catch {
                return .failure(error)
            }
        }
    }

    /// Closes the connection once a running probe has ended.
    func close() {
        queue.async { [self] in connection.withLock { $0 = nil } }
    }

    private static func read(
        _ connection: LibpqConnection, _ timeoutMilliseconds: Int
    ) -> Result<ProbeReading, LibpqError> {
        do throws(LibpqError) {
            let rows = try connection.query(
                NodeProbe.query, timeoutMilliseconds: timeoutMilliseconds)
            return .success(try NodeProbe.reading(of: rows))
        } catch {
            return .failure(error)
        }
    }
}

extension LibpqTarget {
    /// How the monitor logs in to a node.
    init(_ node: ProxyConfiguration.Node, monitoredBy monitor: ProxyConfiguration.Monitor) {
        self.init(
            host: node.host, port: node.port, user: monitor.user, password: monitor.password,
            database: monitor.database, applicationName: "switchyard monitor")
        tls = node.tls
    }
}
