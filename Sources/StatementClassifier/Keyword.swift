/// The words that the rules name. Everything else is `.none` (no keyword) or `.unnamed` (one of
/// PostgreSQL's keywords that no rule names).
enum Keyword: String, CaseIterable {
    case none = ""
    case unnamed = "?"

    // What a statement starts with.
    case abort, alter, analyse, analyze, begin, call, checkpoint, close, cluster, comment, commit
    case copy, create, deallocate, declare, delete, discard, `do`, drop, end, execute, explain
    case fetch, grant, `import`, insert, listen, load, lock, merge, move, notify, prepare, reassign
    case refresh, reindex, release, reset, revoke, rollback, savepoint, security, select, set
    case show, start, table, truncate, unlisten, update, vacuum, values, with

    // What a clause starts with, or is told by.
    case all, and, array, `as`, atomic, binary, by, `case`, chain, characteristics, constraints
    case committed, cross, cube, `default`, deferrable, distinct, `else`, except, exists, first
    case `for`, from, full, function, global, group, grouping, having, hold, ilike, `in`, inner
    case intersect, interval, into, isolation, join, key, left, level, like, limit, local
    case materialized, natural, next, no, none_ = "none", not, null, off, offset, on, only
    case `operator`, or, order, ordinality, outer, partition, passing, plans, prepared, procedure
    case program
    case read, recursive, ref, repeatable, replace, returning, right, role, rollup, second,
        sequences
    case serializable, session, sets, share, similar, snapshot, stdin, stdout, tablesample, temp
    case temporary, then, time, to, transaction, treat, uncommitted, union, using, value, varying
    case verbose
    case when, `where`, window, work, write, zone
    case authorization, `false`, `true`, char, character, national, nchar, bit

    // What asks for the beginning of the transaction.
    case currentDate = "current_date"
    case currentTime = "current_time"
    case currentTimestamp = "current_timestamp"
    case localtime, localtimestamp

    // No keywords of PostgreSQL's, but names that mean something here.
    case pgCatalog = "pg_catalog"
    case informationSchema = "information_schema"
    case bernoulli, system
    /// Columns of a sequence: a standby sees them up to 32 values ahead.
    case lastValue = "last_value"
    case logCount = "log_cnt"
    case isCalled = "is_called"
    /// Functions of one argument that write, and could be called as `x.f`.
    case nextval, currval, setseed
    case loCreat = "lo_creat"
    case loCreate = "lo_create"
    case loUnlink = "lo_unlink"
    case loClose = "lo_close"
    case loTell = "lo_tell"
    case loTell64 = "lo_tell64"
    case loGet = "lo_get"
    case txidStatus = "txid_status"
    case queryToXml = "query_to_xml"

    /// Whether a name that is spelled like this may call a function although no `(` follows it:
    /// PostgreSQL takes `x.f` for `f(x)` where `x` has no column `f`.
    var mayBeCalledAsColumn: Bool {
        switch self {
        case .nextval, .currval, .setseed, .loCreat, .loCreate, .loUnlink, .loClose, .loTell,
            .loTell64, .loGet, .txidStatus, .queryToXml:
            true
        default: false
        }
    }
}

/// How PostgreSQL lets a word be used (documentation, appendix "SQL Key Words"; the most liberal of
/// the versions that the list was made from).
enum WordClass: UInt8 {
    /// Not a keyword.
    case name
    /// May name anything, functions too.
    case unreserved
    /// May name a column but no function: with a parenthesis it is syntax.
    case columnName
    /// May name a function or a type.
    case functionName
    /// Names nothing.
    case reserved
}
