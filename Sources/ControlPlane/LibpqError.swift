/// Why libpq could not do what was asked; one line, without secrets.
package struct LibpqError: Error, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// No connection came about, or it has broken: a new one is needed.
        case connection
        /// The server answered a query with an error; the connection is usable.
        case query
        /// It was not done in time; the connection is closed.
        case timeout
    }

    package var kind: Kind
    package var message: String
    /// The server's SQLSTATE, when it sent one.
    package var sqlState: String?

    package init(_ kind: Kind, _ message: String, sqlState: String? = nil) {
        self.kind = kind
        self.message = message
        self.sqlState = sqlState
    }

    package var description: String { message }

    /// Nobody listens there: the server does not run. Other failures may be the network's fault.
    package var isRefusal: Bool { kind == .connection && message == LibpqMessage.refusal }
}

/// Makes one line that reads well within a sentence of what libpq says in several.
enum LibpqMessage {
    /// In characters; what a server says may be long.
    private static let longest = 200

    /// Of a connection to a port where nobody listens.
    static let refusal = "connection refused"

    /// Drops "connection to server at ... failed: ", "FATAL:" and "ERROR:", and all but the first
    /// line. Of several addresses that were tried, the last one's failure remains.
    static func oneLine(_ text: String) -> String {
        let lines = text.split(whereSeparator: \.isNewline).filter { !isHint($0) }
        var line = lines.last(where: { isFailure($0) }) ?? lines.first ?? "no reason given"
        if isFailure(line), let end = line.firstRange(of: " failed: ") {
            line = line[end.upperBound...]
        }
        for prefix in ["FATAL:", "ERROR:", "PANIC:"] where line.hasPrefix(prefix) {
            line = line.dropFirst(prefix.count)
        }
        let words = line.split(separator: " ").joined(separator: " ")
        guard words.count <= longest else { return words.prefix(longest) + "..." }
        return words == "Connection refused" ? refusal : words
    }

    private static func isFailure(_ line: Substring) -> Bool {
        line.hasPrefix("connection to server ") && line.contains(" failed: ")
    }

    /// Indented lines are libpq's advice ("Is the server running on that host ...").
    private static func isHint(_ line: Substring) -> Bool { line.hasPrefix("\t") }
}
