import Vocabulary

extension VerdictReason {
    /// Who asks for a replica may overrule this: it is caution, or a difference between the nodes
    /// that may be just what is asked about. What surely writes, locks, leaves something behind in
    /// the session or is not understood stays on the primary.
    package var yieldsToChoice: Bool {
        switch self {
        case .plainRead, .emptyQuery: true
        // It may write; a replica refuses that by itself.
        case .unknownFunction, .runsText, .foreignOperator, .unknownSampling, .declaredVolatile,
            .reachesVolatile, .foreignTable, .catalogInDoubt:
            true
        // Each node has its own answer.
        case .showsSetting, .readsSetting, .transactionState, .recoveryState, .nodeState,
            .nodeView, .sessionState:
            true
        case .malformed, .unknownStatement, .tooLong, .ambiguousQuoting, .unsafeEncoding,
            .unicodeName, .writesRows, .changesSchema, .changesPrivileges, .maintenance, .copiesIn,
            .copiesToServer, .transactionControl, .changesSetting, .discards, .notification,
            .cursor, .sqlPrepared, .callsProcedure, .anonymousBlock, .locksTable, .loadsLibrary,
            .explainsNoRead, .writingQuery, .locksRows, .selectsInto, .temporaryObject,
            .volatileFunction, .advancesSequence, .readsSequence, .setsConfiguration,
            .advisoryLock, .largeObject, .unknownSyntax, .declaredWrite, .unloggedTable:
            false
        }
    }
}

extension VerdictReason {
    /// A READ ONLY transaction that begins with it cannot run on a replica either.
    package var isForPrimaryAlone: Bool {
        self == .unloggedTable || self == .foreignTable || self == .declaredWrite
    }
}

extension StatementVerdict {
    /// It may run on a replica for somebody who asks for one.
    package var yieldsToChoice: Bool { isOnlyCaution && effects.isEmpty }

    /// It may run on a replica for a client that has chosen so.
    package func isRead(for choice: RouteChoice) -> Bool {
        switch choice {
        case .auto: route == .replica
        case .primary: false
        case .replica: route == .replica || yieldsToChoice
        }
    }

    /// Proven a plain read that leaves nothing behind: run twice, it is as if run once.
    package var isProvenRead: Bool {
        route == .replica && effects.isEmpty && transaction == .none
            && (reason == .plainRead || reason == .emptyQuery)
    }
}
