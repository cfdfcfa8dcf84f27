import StatementClassifier

/// What a statement surely does to its session, by its parse tree.
enum OracleEffects {
    /// Notes a statement that is neither a query nor a write of rows.
    static func note(_ kind: String, _ body: [String: Any], into judgement: inout OracleJudgement) {
        switch kind {
        case "TransactionStmt": judgement.transaction = verb(body)
        case "VariableSetStmt": setting(body, into: &judgement)
        case "ListenStmt": judgement.effects.insert(.listen)
        case "UnlistenStmt":
            if body["conditionname"] == nil { judgement.effects.insert(.unlistenAll) }
        case "PrepareStmt": judgement.effects.insert(.sqlPrepared)
        case "LoadStmt": judgement.effects.insert(.load)
        case "DeallocateStmt":
            if body["name"] == nil { judgement.effects.insert(.deallocateAll) }
        case "ClosePortalStmt":
            if body["portalname"] == nil { judgement.effects.insert(.closeAll) }
        case "DiscardStmt":
            switch body["target"] as? String {
            case "DISCARD_ALL", nil: judgement.effects.insert(.discardAll)
            case "DISCARD_TEMP": judgement.effects.insert(.discardTemporary)
            default: break
            }
        case "CreateStmt", "ViewStmt", "CreateSeqStmt":
            let relation = body["relation"] ?? body["view"] ?? body["sequence"]
            if (relation as? [String: Any])?["relpersistence"] as? String == "t" {
                judgement.effects.insert(.temporaryObject)
            }
        case "DeclareCursorStmt":
            // CURSOR_OPT_HOLD (src/include/nodes/parsenodes.h)
            if (body["options"] as? Int ?? 0) & 0x20 != 0 { judgement.effects.insert(.holdCursor) }
        default: break
        }
    }

    /// Notes calls and targets inside a query that runs.
    static func noteExpression(_ kind: String, _ node: Any, into judgement: inout OracleJudgement) {
        guard let fields = node as? [String: Any] else { return }
        if kind == "FuncCall" {
            let name = (fields["funcname"] as? [[String: Any]])?.last?["String"] as? [String: Any]
            switch (name?["sval"] ?? name?["str"]) as? String {
            case "nextval", "setval": judgement.effects.insert(.sequence)
            case "pg_advisory_lock", "pg_try_advisory_lock":
                judgement.effects.insert(.advisoryLock)
            default: break
            }
        } else if kind == "intoClause" {
            let relation = fields["rel"] as? [String: Any]
            if relation?["relpersistence"] as? String == "t" {
                judgement.effects.insert(.temporaryObject)
            }
        }
    }

    private static func setting(_ body: [String: Any], into judgement: inout OracleJudgement) {
        let name = (body["name"] as? String)?.lowercased()
        switch body["kind"] as? String {
        case "VAR_RESET_ALL": judgement.effects.insert(.resetAll)
        case "VAR_SET_MULTI" where name == "transaction": judgement.transaction = .other
        case "VAR_SET_MULTI" where name == "transaction snapshot": judgement.transaction = .other
        default:
            guard body["is_local"] as? Bool != true else { return }
            let isRole = name == "role" || name == "session_authorization"
            if !isRole { judgement.effects.insert(.setting) }
        }
    }

    private static func verb(_ body: [String: Any]) -> TransactionVerb {
        let isChained = body["chain"] as? Bool == true
        switch body["kind"] as? String {
        case "TRANS_STMT_BEGIN", "TRANS_STMT_START", nil:
            return modes(body["options"] as? [[String: Any]] ?? []).map(TransactionVerb.begin)
                ?? .other
        case "TRANS_STMT_COMMIT": return isChained ? .other : .commit
        case "TRANS_STMT_ROLLBACK": return isChained ? .other : .rollback
        default: return .other
        }
    }

    /// Nil if a mode is given twice.
    private static func modes(_ options: [[String: Any]]) -> TransactionModes? {
        var modes = TransactionModes()
        var seen: Set<String> = []
        for option in options {
            guard let element = option["DefElem"] as? [String: Any],
                let name = element["defname"] as? String, seen.insert(name).inserted
            else { return nil }
            let constant = (element["arg"] as? [String: Any])?["A_Const"] as? [String: Any]
            let number = (constant?["ival"] as? [String: Any])?["ival"] as? Int ?? 0
            let word = (constant?["sval"] as? [String: Any])?["sval"] as? String
            switch name {
            case "transaction_read_only": modes.access = number == 1 ? .readOnly : .readWrite
            case "transaction_deferrable": modes.isDeferrable = number == 1
            case "transaction_isolation":
                switch word {
                case "serializable": modes.isolation = .serializable
                case "repeatable read": modes.isolation = .repeatableRead
                case "read committed": modes.isolation = .readCommitted
                case "read uncommitted": modes.isolation = .readUncommitted
                default: return nil
                }
            default: return nil
            }
        }
        return modes
    }
}
