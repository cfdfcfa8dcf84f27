import CLibpq
import Glibc

/// Why the proxy gave no answer.
enum AdminFailure: Error, Equatable {
    /// No connection, or it broke, or nothing came in time.
    case unreachable(String)
    /// The proxy answered with an error: its message, detail and hint.
    case refused(message: String, detail: String?, hint: String?)

    var message: String {
        switch self {
        case .unreachable(let text): text
        case .refused(let message, _, _): message
        }
    }
}

/// A connection to the admin database over libpq. Calls block, ten seconds at the most.
final class AdminConnection {
    private static let timeoutSeconds = 10
    private let connection: OpaquePointer

    /// - Throws: `AdminFailure.unreachable`.
    init(_ target: AdminTarget) throws(AdminFailure) {
        var parameters = [
            "host": target.host, "port": String(target.port), "user": target.user,
            "dbname": "switchyard", "application_name": "proxyctl", "client_encoding": "UTF8",
            "connect_timeout": String(Self.timeoutSeconds), "gssencmode": "disable",
        ]
        parameters["password"] = target.password
        guard let connection = Self.connect(parameters) else {
            throw .unreachable("out of memory")
        }
        self.connection = connection
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
        guard PQstatus(connection) == CONNECTION_OK else { throw lost() }
    }

    deinit { PQfinish(connection) }

    /// Runs one command.
    func run(_ command: String) throws(AdminFailure) -> AdminRows {
        guard PQsendQuery(connection, command) == 1 else { throw lost() }
        var rows = AdminRows(columns: [], rows: [])
        var failure: AdminFailure?
        while let result = try nextResult() {
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_TUPLES_OK: rows = Self.rows(of: result)
            case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: break
            default: failure = self.failure(of: result)
            }
        }
        if let failure { throw failure }
        return rows
    }

    private static func connect(_ parameters: [String: String]) -> OpaquePointer? {
        let list = parameters.map { (strdup($0.key), strdup($0.value)) }
        defer {
            for (key, value) in list {
                free(key)
                free(value)
            }
        }
        let keys = list.map { UnsafePointer($0.0) } + [nil]
        let values = list.map { UnsafePointer($0.1) } + [nil]
        return PQconnectdbParams(keys, values, 0)
    }

    /// The next result of the command, nil after the last.
    private func nextResult() throws(AdminFailure) -> OpaquePointer? {
        while PQisBusy(connection) == 1 {
            var descriptor = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
            let ready = poll(&descriptor, 1, Int32(Self.timeoutSeconds * 1_000))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else {
                throw .unreachable("no answer within \(Self.timeoutSeconds) seconds")
            }
            guard PQconsumeInput(connection) == 1 else { throw lost() }
        }
        return PQgetResult(connection)
    }

    private static func rows(of result: OpaquePointer) -> AdminRows {
        let columns = (0..<PQnfields(result)).map { String(cString: PQfname(result, $0)) }
        let rows = (0..<PQntuples(result)).map { row in
            (0..<PQnfields(result)).map { column in
                PQgetisnull(result, row, column) == 1
                    ? nil : String(cString: PQgetvalue(result, row, column))
            }
        }
        return AdminRows(columns: columns, rows: rows)
    }

    private func failure(of result: OpaquePointer) -> AdminFailure {
        func field(_ code: Unicode.Scalar) -> String? {
            PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
        }
        guard PQstatus(connection) == CONNECTION_OK, let message = field("M") else {
            return lost()
        }
        return .refused(message: message, detail: field("D"), hint: field("H"))
    }

    private func lost() -> AdminFailure {
        let text = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
        return .unreachable(LibpqText.oneLine(text))
    }
}

/// libpq's error messages as one line.
enum LibpqText {
    /// Without libpq's advice, which it indents ("Is the server running on that host ..."); several
    /// failures, one per address that was tried, are joined.
    static func oneLine(_ text: String) -> String {
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("\t") }
        let line = lines.map { $0.split(separator: " ").joined(separator: " ") }
            .joined(separator: "; ")
        return line.isEmpty ? "no reason given" : line
    }
}
