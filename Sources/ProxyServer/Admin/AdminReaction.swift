import Vocabulary

/// A command whose answer must be gathered elsewhere.
package struct AdminRequest: Sendable, Hashable {
    package var command: AdminCommand
    /// Names this request in `AdminSession.provide`; never used again within the session.
    package var token: UInt64
}

/// The answer to a request.
package enum AdminAnswer: Sendable, Hashable {
    /// Rows in the columns of the command: `AdminReport.table(_:)`, `ExplainedRoute.table`.
    case table(AdminTable)
    /// Done, with nothing to show: RELOAD.
    case done
    case failed(AdminError)
}

/// What follows from something that happened to a session.
package struct AdminReaction: Sendable, Hashable {
    /// Complete messages for the client, possibly none.
    package var output: [UInt8] = []
    /// To be answered by `AdminSession.provide`; there is at most one at a time.
    package var request: AdminRequest?
    /// Close the connection once the output is sent.
    package var isEnd = false
}

/// The status byte of ReadyForQuery.
enum AdminTransaction: UInt8, Sendable, Hashable {
    case idle = 0x49  // I
    case open = 0x54  // T
    case failed = 0x45  // E
}

/// The result formats of a Bind: none for all text, one for all columns, or one for each.
struct AdminFormats: Sendable, Hashable {
    static let text = AdminFormats(codes: [])

    private let codes: [Int16]

    private init(codes: [Int16]) { self.codes = codes }

    /// - Throws: for an unknown code, or a number of codes that fits no rule.
    init(codes: [Int16], columns: Int) throws(AdminError) {
        if let unknown = codes.first(where: { $0 != 0 && $0 != 1 }) {
            throw AdminError(SQLState("22023"), "unsupported format code: \(unknown)")
        }
        guard codes.count <= 1 || codes.count == columns else {
            throw AdminError(
                .protocolViolation,
                "bind message has \(codes.count) result formats but query has \(columns) columns")
        }
        self.codes = codes
    }

    func isBinary(_ column: Int) -> Bool {
        switch codes.count {
        case 0: false
        case 1: codes[0] == 1
        default: codes.indices.contains(column) && codes[column] == 1
        }
    }
}
