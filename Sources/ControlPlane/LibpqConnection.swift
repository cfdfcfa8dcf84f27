import CLibpq
import Dispatch
import Glibc

/// A connection over libpq, used by one thread at a time. Calls block, for as long as they are told
/// at the most (name resolution excepted, which libpq cannot bound). Closed when it goes away.
package final class LibpqConnection {
    private let connection: OpaquePointer

    /// Connects and logs in.
    /// - Throws: `LibpqError` of kind `connection` or `timeout`.
    package init(_ target: LibpqTarget, timeoutMilliseconds: Int) throws(LibpqError) {
        let deadline = Deadline(milliseconds: timeoutMilliseconds)
        guard let started = Self.start(target.parameters) else {
            throw LibpqError(.connection, "out of memory")
        }
        connection = started
        // The default writes notices to standard error.
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
        try finishConnecting(target, deadline)
    }

    deinit { PQfinish(connection) }

    /// Runs one statement and waits for its result.
    /// - Parameter parameters: for `$1` and on, in text form; nil: null.
    /// - Throws: `LibpqError`; after one of kind `connection` or `timeout`, drop this connection.
    package func query(
        _ sql: String, _ parameters: [String?] = [], timeoutMilliseconds: Int
    ) throws(LibpqError) -> LibpqRows {
        let deadline = Deadline(milliseconds: timeoutMilliseconds)
        guard send(sql, parameters) else { throw connectionError() }
        var outcome: Result<LibpqRows, LibpqError>?
        while true {
            try waitForResult(deadline, timeoutMilliseconds)
            guard let result = PQgetResult(connection) else { break }
            defer { PQclear(result) }
            outcome = read(result)
            // A COPY would wait for us for ever; nothing here speaks it.
            if isCopy(result) { throw LibpqError(.connection, "COPY is not supported here") }
        }
        guard let outcome else { throw connectionError() }
        return try outcome.get()
    }

    /// Version of the server as `PQserverVersion` gives it: 150004 for 15.4.
    package var serverVersion: Int { Int(PQserverVersion(connection)) }

    // MARK: Connecting

    private static func start(_ parameters: [(name: String, value: String)]) -> OpaquePointer? {
        withCStrings(parameters.map { Optional($0.name) }) { names in
            withCStrings(parameters.map { Optional($0.value) }) { values in
                PQconnectStartParams(names, values, 0)
            }
        }
    }

    private func finishConnecting(
        _ target: LibpqTarget, _ deadline: Deadline
    ) throws(LibpqError) {
        guard PQstatus(connection) != CONNECTION_BAD else { throw loginError(target) }
        // "Behave as if it last returned PGRES_POLLING_WRITING" (libpq, PQconnectStartParams).
        var wants = PGRES_POLLING_WRITING
        while wants != PGRES_POLLING_OK {
            guard wants != PGRES_POLLING_FAILED else { throw loginError(target) }
            guard wait(for: wants == PGRES_POLLING_WRITING ? POLLOUT : POLLIN, until: deadline)
            else {
                throw LibpqError(.timeout, "no connection within \(deadline.milliseconds) ms")
            }
            wants = PQconnectPoll(connection)
        }
    }

    private func loginError(_ target: LibpqTarget) -> LibpqError {
        if target.password == nil && PQconnectionNeedsPassword(connection) != 0 {
            return LibpqError(
                .connection,
                "the server asks user \"\(target.user)\" for a password and none is configured")
        }
        return connectionError()
    }

    // MARK: Querying

    private func send(_ sql: String, _ parameters: [String?]) -> Bool {
        if parameters.isEmpty { return PQsendQuery(connection, sql) == 1 }
        return Self.withCStrings(parameters) { values in
            PQsendQueryParams(
                connection, sql, Int32(clamping: parameters.count), nil, values, nil, nil, 0) == 1
        }
    }

    /// Until `PQgetResult` does not block. A blocking send has already written the whole query.
    private func waitForResult(
        _ deadline: Deadline, _ timeoutMilliseconds: Int
    ) throws(LibpqError) {
        while PQisBusy(connection) == 1 {
            guard wait(for: POLLIN, until: deadline) else {
                throw LibpqError(.timeout, "no answer within \(timeoutMilliseconds) ms")
            }
            guard PQconsumeInput(connection) == 1 else { throw connectionError() }
        }
    }

    private func isCopy(_ result: OpaquePointer) -> Bool {
        [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(PQresultStatus(result))
    }

    private func read(_ result: OpaquePointer) -> Result<LibpqRows, LibpqError> {
        let status = PQresultStatus(result)
        guard status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY
        else {
            let state = PQresultErrorField(result, Int32(UnicodeScalar("C").value))
            let message = PQresultErrorField(result, Int32(UnicodeScalar("M").value))
            let text = (message ?? UnsafeMutablePointer(mutating: PQresultErrorMessage(result)))
                .map { String(cString: $0) }
            let kind: LibpqError.Kind = PQstatus(connection) == CONNECTION_OK ? .query : .connection
            return .failure(
                LibpqError(
                    kind, LibpqMessage.oneLine(text ?? ""),
                    sqlState: state.map { String(cString: $0) }))
        }
        let columns = (0..<PQnfields(result)).map { String(cString: PQfname(result, $0)) }
        let rows = (0..<PQntuples(result)).map { row in
            (0..<PQnfields(result)).map { column in
                PQgetisnull(result, row, column) == 1
                    ? nil : String(cString: PQgetvalue(result, row, column))
            }
        }
        return .success(
            LibpqRows(columns: columns, rows: rows, tag: String(cString: PQcmdStatus(result))))
    }

    private func connectionError() -> LibpqError {
        let text = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
        return LibpqError(.connection, LibpqMessage.oneLine(text))
    }

    // MARK: Waiting

    /// Waits until the socket is ready; false when the deadline came first. The socket may change
    /// while connecting, so it is asked for each time.
    private func wait(for events: Int32, until deadline: Deadline) -> Bool {
        while true {
            var descriptor = pollfd(
                fd: PQsocket(connection), events: Int16(events), revents: 0)
            let ready = poll(&descriptor, 1, deadline.remainingMilliseconds)
            if ready > 0 { return true }
            if ready == 0 || errno != EINTR { return false }
        }
    }

    /// Calls `body` with a null-terminated array of C strings, which live until it returns.
    private static func withCStrings<Value>(
        _ strings: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value
    ) -> Value {
        let copies = strings.map { $0.flatMap { strdup($0) } }
        defer { for copy in copies { free(copy) } }
        let pointers = copies.map { UnsafePointer($0) } + [nil]
        return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
    }
}

/// The end of a time span that began when it was made.
private struct Deadline {
    let milliseconds: Int
    private let end: UInt64

    init(milliseconds: Int) {
        self.milliseconds = milliseconds
        let span = UInt64(clamping: milliseconds).multipliedReportingOverflow(by: 1_000_000)
        let sum = DispatchTime.now().uptimeNanoseconds.addingReportingOverflow(span.partialValue)
        end = span.overflow || sum.overflow ? .max : sum.partialValue
    }

    /// For `poll`: what is left, rounded up; 0 when it is over.
    var remainingMilliseconds: Int32 {
        let now = DispatchTime.now().uptimeNanoseconds
        return now >= end ? 0 : Int32(clamping: (end - now + 999_999) / 1_000_000)
    }
}
