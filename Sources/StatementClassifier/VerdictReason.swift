/// Why a statement got its route. The text is what an operator reads in `proxyctl explain`.
package enum VerdictReason: UInt8, Sendable, Hashable, CaseIterable {
    // Runs anywhere.
    case plainRead
    case emptyQuery

    // Not understood.
    case malformed
    case unknownStatement
    case tooLong
    case ambiguousQuoting
    case unsafeEncoding
    case unicodeName

    // What kind of statement it is.
    case writesRows
    case changesSchema
    case changesPrivileges
    case maintenance
    case copiesIn
    case copiesToServer
    case transactionControl
    case changesSetting
    case showsSetting
    case discards
    case notification
    case cursor
    case sqlPrepared
    case callsProcedure
    case anonymousBlock
    case locksTable
    case loadsLibrary
    case explainsNoRead

    // What a reading statement holds.
    case writingQuery
    case locksRows
    case selectsInto
    case temporaryObject
    case unknownFunction
    case volatileFunction
    case advancesSequence
    case readsSequence
    case setsConfiguration
    case readsSetting
    case advisoryLock
    case largeObject
    case transactionState
    case recoveryState
    case sessionState
    case nodeState
    case nodeView
    case runsText
    case foreignOperator
    case unknownSampling
    case unknownSyntax

    // What the catalog knows of the names in it.
    case declaredVolatile
    case reachesVolatile
    case declaredWrite
    case unloggedTable
    case foreignTable
    case catalogInDoubt

    /// One line, lower case, no full stop.
    package var text: String {
        textOfUnderstanding ?? textOfKind ?? textOfContent ?? textOfCatalog ?? "a plain read"
    }

    /// The text of reasons that speak of the string as a whole.
    private var textOfUnderstanding: String? {
        switch self {
        case .plainRead: "a plain read"
        case .emptyQuery: "an empty query"
        case .malformed: "the text is malformed: a quote, comment or parenthesis is not closed"
        case .unknownStatement: "the statement is not known to be a read"
        case .tooLong: "the text is longer than is examined"
        case .ambiguousQuoting:
            "a backslash in '...' while standard_conforming_strings is off"
        case .unsafeEncoding: "bytes of a client encoding that may hide quotes"
        case .unicodeName: "a U&\"...\" name may spell any name"
        default: nil
        }
    }

    /// The text of reasons that speak of the kind of statement.
    private var textOfKind: String? {
        switch self {
        case .writesRows: "the statement writes rows"
        case .changesSchema: "the statement changes the schema"
        case .changesPrivileges: "the statement changes privileges or ownership"
        case .maintenance: "a maintenance command"
        case .copiesIn: "COPY FROM writes rows"
        case .copiesToServer: "COPY to a file or program acts on the server itself"
        case .transactionControl: "transaction control"
        case .changesSetting: "the statement changes a setting of the session"
        case .showsSetting: "settings may differ between primary and replica"
        case .discards: "the statement discards state of the session"
        case .notification: "notifications pass through the primary only"
        case .cursor: "a cursor lives in one server session"
        case .sqlPrepared: "SQL PREPARE and EXECUTE live in one server session"
        case .callsProcedure: "a procedure may write"
        case .anonymousBlock: "a DO block may write"
        case .locksTable: "the statement locks a table"
        case .loadsLibrary: "the statement loads a library into the server session"
        case .explainsNoRead: "EXPLAIN of a statement that is not a plain read"
        default: nil
        }
    }

    /// The text of reasons that speak of what a reading statement holds.
    private var textOfContent: String? {
        switch self {
        case .writingQuery: "a part of the query writes"
        case .locksRows: "the query locks rows"
        case .selectsInto: "SELECT INTO creates a table"
        case .temporaryObject: "temporary objects live in one server session"
        case .unknownFunction: "a function that is not known to be harmless on a replica"
        case .volatileFunction: "a function that acts on the server"
        case .advancesSequence: "the function advances or sets a sequence"
        case .readsSequence: "the state of a sequence is exact on the primary only"
        case .setsConfiguration: "set_config changes a setting"
        case .readsSetting: "the setting may differ between primary and replica"
        case .advisoryLock: "advisory locks are held on the primary"
        case .largeObject: "large objects are worked on at the primary"
        case .transactionState: "transaction identifiers and snapshots differ on a replica"
        case .recoveryState: "recovery and write-ahead log differ on a replica"
        case .sessionState: "the function speaks of one server session"
        case .nodeState: "the function speaks of one server, not of the data"
        case .nodeView: "the view speaks of one server, not of the data"
        case .runsText: "the function runs a query that is passed as text"
        case .foreignOperator: "an operator that is not PostgreSQL's own"
        case .unknownSampling: "a sampling method that is not PostgreSQL's own"
        case .unknownSyntax: "the form of the statement is not known well enough"
        default: nil
        }
    }

    /// The text of reasons that the catalog gives.
    private var textOfCatalog: String? {
        switch self {
        case .declaredVolatile: "a function that is declared VOLATILE may write"
        case .reachesVolatile: "what the statement names reaches code that may write"
        case .declaredWrite: "the configuration says that the function writes"
        case .unloggedTable: "replicas do not have the rows of unlogged tables"
        case .foreignTable: "a foreign table is another server's"
        case .catalogInDoubt: "the schema has just changed and is being looked at again"
        default: nil
        }
    }
}
