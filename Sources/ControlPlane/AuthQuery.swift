import Configuration
import Dispatch
import Synchronization

/// Asks a cluster for the secret of a user, over one connection that is kept. Each question blocks
/// this object's own queue, one after the other, and nobody else.
///
/// Nothing of a client's but its name ever gets to that connection: not its startup parameters, and
/// the name only as the value of a parameter.
package final class AuthQuery: Sendable {
    /// What the cluster says of a user.
    package enum Finding: Sendable, Equatable {
        /// `secret` nil: it has no password, or one that has expired.
        case user(secret: String?)
        case nobody
    }

    private struct Connected {
        let target: LibpqTarget
        let connection: LibpqConnection
    }

    private let settings: ProxyConfiguration.AuthQuery
    private let queue: DispatchQueue
    /// Only `queue` locks it: the lock is what lets the compiler see that.
    private let connected = Mutex<Connected?>(nil)

    package init(_ settings: ProxyConfiguration.AuthQuery, label: String) {
        self.settings = settings
        queue = DispatchQueue(label: "switchyard.authquery.\(label)")
    }

    /// Looks up a user on the first of `nodes` that can be reached.
    /// - Parameters:
    ///   - isWanted: called when the question's turn has come; false: it has become needless.
    ///   - done: called on this object's queue, unless the question was needless.
    package func ask(
        _ user: String, of nodes: @escaping @Sendable () -> [ProxyConfiguration.Node],
        isWanted: @escaping @Sendable () -> Bool,
        done: @escaping @Sendable (Result<Finding, LibpqError>) -> Void
    ) {
        queue.async { [self] in
            guard isWanted() else { return }
            done(find(user, nodes()))
        }
    }

    /// Closes the connection once the questions before have been answered.
    package func close() {
        queue.async { [self] in connected.withLock { $0 = nil } }
    }

    // MARK: On the queue

    private func find(
        _ user: String, _ nodes: [ProxyConfiguration.Node]
    ) -> Result<Finding, LibpqError> {
        connected.withLock { connected in
            let end = Self.now + settings.timeoutMillis
            var failure = LibpqError(.connection, "the cluster has no node that is up")
            for node in nodes {
                do throws(LibpqError) {
                    return .success(try find(user, on: node, &connected, until: end))
                } catch {
                    connected = error.kind == .query ? connected : nil
                    failure = LibpqError(
                        error.kind, "node \(node.name): \(error.message)", sqlState: error.sqlState)
                    if error.kind == .query || Self.now >= end { break }
                }
            }
            return .failure(failure)
        }
    }

    private func find(
        _ user: String, on node: ProxyConfiguration.Node, _ connected: inout Connected?,
        until end: Int
    ) throws(LibpqError) -> Finding {
        let target = LibpqTarget(node, asking: settings)
        if let kept = connected, kept.target == target {
            do throws(LibpqError) {
                return try find(user, kept.connection, until: end)
            } catch {
                // It may have been closed long ago, which says nothing of the node.
                guard error.kind == .connection else { throw error }
                connected = nil
            }
        }
        let connection = try LibpqConnection(
            target, timeoutMilliseconds: max(1, end - Self.now))
        connected = Connected(target: target, connection: connection)
        return try find(user, connection, until: end)
    }

    private func find(
        _ user: String, _ connection: LibpqConnection, until end: Int
    ) throws(LibpqError) -> Finding {
        let rows = try connection.query(
            settings.query, [user], timeoutMilliseconds: max(1, end - Self.now))
        return try Self.finding(user, in: rows)
    }

    private static var now: Int {
        Int(clamping: DispatchTime.now().uptimeNanoseconds / 1_000_000)
    }

    /// Reads the answer: no row, or one of a name and a secret.
    static func finding(_ user: String, in rows: LibpqRows) throws(LibpqError) -> Finding {
        func fault(_ text: String) -> LibpqError { LibpqError(.query, "the auth query \(text)") }
        guard rows.columns.count >= 2 else {
            throw fault("returns \(rows.columns.count) columns, not a name and a secret")
        }
        guard let row = rows.rows.first else { return .nobody }
        guard rows.rows.count == 1 else { throw fault("returns \(rows.rows.count) users for one") }
        guard row[0] == user else { throw fault("returns another user than was asked for") }
        guard let secret = row[1], !secret.isEmpty else { return .user(secret: nil) }
        // What pg_user and pg_roles show; as a password, everybody would know it.
        if secret.allSatisfy({ $0 == "*" }) {
            throw fault("asks a view that hides passwords")
        }
        if case .malformedScram(let cause) = PasswordForm(of: secret) {
            throw fault("returns what begins like a SCRAM verifier, but \(cause)")
        }
        return .user(secret: secret)
    }
}

extension LibpqTarget {
    /// How the auth query logs in to a node.
    init(_ node: ProxyConfiguration.Node, asking settings: ProxyConfiguration.AuthQuery) {
        self.init(
            host: node.host, port: node.port, user: settings.user, password: settings.password,
            database: settings.database, applicationName: "switchyard auth query")
        tls = node.tls
    }
}
