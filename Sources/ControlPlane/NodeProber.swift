import Configuration
import Dispatch
import Synchronization

/// Probes one node, over one connection that is kept open between probes. Each probe blocks this
/// node's own queue, never another's.
final class NodeProber: Sendable {
    let queue: DispatchQueue
    private let name: String
    private let target: LibpqTarget
    /// A connection that is kept, and what its server never says differently.
    private struct Kept {
        let connection: LibpqConnection
        let systemIdentifier: UInt64?
    }

    /// Only `queue` locks it: the lock is what lets the compiler see that.
    private let connection = Mutex<Kept?>(nil)

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
                let identifier = try? fresh.query(
                    NodeProbe.identifierQuery, timeoutMilliseconds: timeoutMilliseconds)
                let kept = Kept(
                    connection: fresh,
                    systemIdentifier: identifier.flatMap { NodeProbe.identifier(of: $0) })
                let result = Self.read(kept, timeoutMilliseconds)
                if case .success = result { connection = kept }
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
        _ kept: Kept, _ timeoutMilliseconds: Int
    ) -> Result<ProbeReading, LibpqError> {
        do throws(LibpqError) {
            let rows = try kept.connection.query(
                NodeProbe.query, timeoutMilliseconds: timeoutMilliseconds)
            var reading = try NodeProbe.reading(of: rows)
            reading.systemIdentifier = kept.systemIdentifier
            return .success(reading)
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
