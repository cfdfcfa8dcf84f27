import Configuration
import Dispatch
import StatementClassifier

/// Reads a database's catalogs. Blocks; all in one snapshot, so that what refers to something and
/// what is referred to fit together.
package enum CatalogProbe {
    /// What was read.
    package struct Reading: Sendable {
        package let contents: CatalogContents
        /// Another one whenever anything that counts is changed.
        package let fingerprint: String
    }

    /// Of `fingerprint`: too much to be kept.
    package static let tooLarge = "the database's catalogs are too large"

    /// Reads everything, unless nothing has changed; then nil.
    /// - Parameter fingerprint: of what was read last.
    /// - Throws: `LibpqError`; also where the server is in recovery, as what it has may be old.
    package static func read(
        _ target: LibpqTarget, unless fingerprint: String?, timeoutMilliseconds: Int,
        largest: Int
    ) throws(LibpqError) -> Reading? {
        let connection = try LibpqConnection(target, timeoutMilliseconds: timeoutMilliseconds)
        let session = CatalogSession(connection, timeoutMilliseconds: timeoutMilliseconds)
        _ = try session.ask(CatalogQueries.opening(timeoutMilliseconds: timeoutMilliseconds))
        guard let stamp = try session.ask(CatalogQueries.fingerprint).first?.first ?? nil else {
            throw LibpqError(.query, "the catalog has no fingerprint")
        }
        guard stamp.hasPrefix("false:") else {
            throw LibpqError(.query, "the server is in recovery, so it is not the primary")
        }
        if stamp == fingerprint { return nil }
        var reader = CatalogReader(session: session, largest: largest)
        try reader.readAll()
        _ = try session.ask(CatalogQueries.closing)
        return Reading(contents: reader.contents, fingerprint: stamp)
    }
}

extension LibpqTarget {
    /// How a database's catalog is read.
    package init(
        _ node: ProxyConfiguration.Node, readingCatalogOf database: String,
        as monitor: ProxyConfiguration.Monitor
    ) {
        self.init(
            host: node.host, port: node.port, user: monitor.user, password: monitor.password,
            database: database, applicationName: "switchyard catalog")
        tls = node.tls
    }
}

/// A connection on which a catalog is read, with the time that is left.
struct CatalogSession {
    private let connection: LibpqConnection
    private let end: UInt64

    init(_ connection: LibpqConnection, timeoutMilliseconds: Int) {
        self.connection = connection
        end = DispatchTime.now().uptimeNanoseconds + UInt64(timeoutMilliseconds) * 1_000_000
    }

    /// The rows of one query.
    func ask(_ sql: String, _ parameters: [String] = []) throws(LibpqError) -> [[String?]] {
        let now = DispatchTime.now().uptimeNanoseconds
        guard now < end else { throw LibpqError(.timeout, "the catalog was not read in time") }
        return try connection.query(
            sql, parameters, timeoutMilliseconds: Int(clamping: (end - now) / 1_000_000 + 1)
        ).rows
    }
}
