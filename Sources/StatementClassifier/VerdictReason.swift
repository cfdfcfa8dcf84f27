/// Why a statement got its route. The text is what an operator reads in `proxyctl explain`.
package enum VerdictReason: UInt8, Sendable, Hashable, CaseIterable {
    case plainRead
    case emptyQuery
    case malformed
    case unknownStatement
    case tooLong

    /// One line, lower case, no full stop.
    package var text: String {
        switch self {
        case .plainRead: "a plain read"
        case .emptyQuery: "an empty query"
        case .malformed: "the text is malformed"
        case .unknownStatement: "the statement is not known to be a read"
        case .tooLong: "the text is longer than is examined"
        }
    }
}
