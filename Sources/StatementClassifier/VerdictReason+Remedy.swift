extension VerdictReason {
    /// What would let the statement run on a replica, or be judged at all; nil: nothing, as it is
    /// for the primary by what it does.
    package var remedy: String? {
        switch self {
        case .unknownFunction:
            "if it only reads: declare it in functions.readOnly of the database"
        case .declaredVolatile, .reachesVolatile:
            "if it only reads: mark the function STABLE, or declare it in functions.readOnly"
        case .declaredWrite: "take it out of functions.write"
        case .unloggedTable: "make the table logged: ALTER TABLE ... SET LOGGED"
        case .catalogInDoubt: "nothing but a moment's patience"
        case .volatileFunction: "if it only reads here: declare it in functions.readOnly"
        case .locksRows: "leave the locking clause out, if the rows need not be locked"
        case .malformed: "close the quote, the comment or the parenthesis"
        case .tooLong: "send a shorter text, with parameters in place of literals"
        case .ambiguousQuoting: "set standard_conforming_strings to on, or write E'...'"
        case .unsafeEncoding: "set client_encoding to UTF8"
        case .unicodeName: "write the name without U&"
        case .sqlPrepared: "prepare it by the protocol (Parse) instead of in SQL"
        case .foreignOperator: "if it only reads: declare its function in functions.readOnly"
        case .cursor: "read without a cursor, or in a READ ONLY transaction"
        case .callsProcedure, .anonymousBlock:
            "a function that only reads can be called by SELECT"
        case .explainsNoRead: "explain a plain read"
        case .unknownSyntax, .unknownStatement: "write it as a plain SELECT"
        case .plainRead, .emptyQuery, .writesRows, .changesSchema, .changesPrivileges,
            .maintenance, .copiesIn, .copiesToServer, .transactionControl, .changesSetting,
            .showsSetting, .discards, .notification, .locksTable, .loadsLibrary, .writingQuery,
            .selectsInto, .temporaryObject, .advancesSequence, .readsSequence,
            .setsConfiguration, .readsSetting, .advisoryLock, .largeObject, .transactionState,
            .recoveryState, .sessionState, .nodeState, .nodeView, .runsText, .unknownSampling,
            .foreignTable:
            nil
        }
    }

    /// It speaks of something that a reading statement holds: there may be more of the kind in it.
    var isOfContent: Bool { rawValue >= VerdictReason.writingQuery.rawValue }
}
