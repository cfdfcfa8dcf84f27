import DequeModule
import StatementClassifier
import Vocabulary

/// The settings of a session: what its client was told, what it has set itself and takes along from
/// server to server, and what open transactions and messages under way have yet to decide.
///
/// Invariant: a change counts once its transaction has committed; `pending` is empty outside one.
package struct SettingsTracker: Sendable {
    package typealias Reported = ReportedSettings.Value

    /// As the client was told last.
    private(set) var told = ReportedSettings()
    /// As they were when nothing ran last.
    private var resting = ReportedSettings()
    /// Of the startup message: what RESET goes back to.
    private(set) var base = CarriedSettings()
    /// What the session has set for good.
    private(set) var carried = CarriedSettings()
    /// See `CarriedSettings`.
    private(set) var salt: UInt64 = 0
    /// Changes of the open transaction, in order.
    private var pending: [SettingChange] = []
    /// Those of segments that were sent.
    private var sent: Deque<[SettingChange]> = []
    /// The proxy's own settings, with what the open transaction has made of them.
    package private(set) var own = OwnSettings()
    /// What `switchyard.route` is where nothing has set it: the configuration's.
    package var defaultRoute = RouteChoice.auto {
        didSet { refreshOwn() }
    }
    /// One of them was ever set.
    private var usesOwn = false
    /// Counts the changes to `carried`.
    private(set) var version: UInt32 = 1
    /// A part of `pending` was rolled back, and nobody knows which.
    private var pendingIsUncertain = false
    /// Command tags of the segment that is being answered.
    private var sawCommit = false
    private var sawRollback = false

    package init() {}

    /// What the client was told when it logged in, and what its startup message sets.
    mutating func loggedIn(with welcome: ReportedSettings, base: CarriedSettings) {
        told = welcome
        resting = told
        self.base = base
        carried = base
        salt = base.salt
        version &+= 1
        judgeTextRules()
        if !base.isEmpty, OwnSetting.allCases.contains(where: { base.sets($0.rawValue) }) {
            usesOwn = true
        }
        refreshOwn()
    }

    private mutating func refreshOwn() {
        guard usesOwn else { return own.route = defaultRoute }
        let start = OwnSettings(base, route: defaultRoute)
        own = OwnSettings(carried, route: defaultRoute)
        for change in pending { own.apply(change, base: start) }
        for changes in sent { for change in changes { own.apply(change, base: start) } }
    }

    private mutating func noteOwn(_ changes: [SettingChange]) {
        if !usesOwn { usesOwn = changes.contains(where: \.isOwn) }
        if usesOwn { refreshOwn() }
    }

    // MARK: Text

    /// Plain '...' strings take backslashes literally.
    package private(set) var standardConformingStrings = true

    /// No byte of a multi-byte character can be taken for ASCII. False for the encodings that
    /// PostgreSQL accepts from clients only (src/include/mb/pg_wchar.h, `PG_BIG5` and after).
    package private(set) var hasSafeEncoding = true

    /// Names in texts are spelled as catalog facts spell them.
    private(set) var hasUTF8 = true

    private mutating func judgeTextRules() {
        standardConformingStrings = told.value(of: "standard_conforming_strings") != "off"
        let told = told.value(of: "client_encoding") ?? "UTF8"
        // Nearly always, and spelled so.
        let encoding = told == "UTF8" ? told : told.uppercased()
        hasSafeEncoding = encoding == "UTF8" || !Self.unsafeEncodings.contains(encoding)
        hasUTF8 = encoding == "UTF8"
    }

    private static let unsafeEncodings: Set<String> = [
        "BIG5", "GBK", "UHC", "GB18030", "SJIS", "JOHAB", "SHIFT_JIS_2004",
    ]

    // MARK: Reports

    /// What the client was told last of a parameter; nil: it was never reported.
    package func value(of name: String) -> String? { told.value(of: name) }

    /// All that the client was told.
    var reportedSoFar: ReportedSettings { told }

    /// What the client was told since then has never reached it.
    mutating func retold(_ before: ReportedSettings) {
        told = before
        resting = before
        judgeTextRules()
    }

    /// The server has reported a parameter. Returns whether the client is to see it.
    mutating func reported(_ value: Reported) -> Bool {
        guard told.set(value) else { return false }
        judgeTextRules()
        return true
    }

    /// What the client must be told now that it is on a server that has reported these.
    mutating func news(of server: ReportedSettings) -> [Reported] {
        guard told.digest != server.digest else { return [] }
        let news = told.changes(to: server)
        for value in news { _ = reported(value) }
        resting = told
        return news
    }

    /// What was reported since nothing ran last though nothing is known to have set it: a function
    /// did, most likely. Forgets about it.
    mutating func takeUnexplained() -> [Reported] {
        guard told.digest != resting.digest else { return [] }
        defer { resting = told }
        return resting.changes(to: told)
    }

    // MARK: Changes

    /// A segment with these changes was sent.
    mutating func sent(_ changes: [SettingChange]) {
        sent.append(changes)
        noteOwn(changes)
    }

    /// The segment that was announced last never reached a server.
    mutating func unsent() {
        _ = sent.popLast()
        if usesOwn { refreshOwn() }
    }

    /// A segment was sent that takes back what the startup message has set.
    var isResetting: Bool {
        !sent.isEmpty && !base.isEmpty
            && sent.contains { $0.contains(where: CarriedSettings.goesBack) }
    }

    /// A transaction has to decide about changes, or a segment is under way that may make some.
    var isUndecided: Bool { !pending.isEmpty || !sent.isEmpty }

    /// A command was completed, with its tag.
    mutating func completed(commits: Bool, rollsBack: Bool) {
        sawCommit = sawCommit || commits
        sawRollback = sawRollback || rollsBack
    }

    /// Statements may run on a replica after this change, and it on one, too.
    func leadsToReplica(_ change: SettingChange) -> Bool {
        guard change.isOwn else { return false }
        var now = own
        now.apply(change, base: OwnSettings(base, route: defaultRoute))
        return now.route == .replica
    }

    /// What a segment's end has decided.
    enum Outcome: Sendable {
        case nothing
        /// These count now.
        case committed([SettingChange])
        /// Some of these may count.
        case uncertain([SettingChange])
    }

    /// A segment was answered.
    /// - Parameters:
    ///   - hasChanges: its changes were announced by `sent`.
    ///   - isCompound: an error need not have undone all of them.
    mutating func ended(
        hasChanges: Bool, failed: Bool, isCompound: Bool, isIdle: Bool
    ) -> Outcome {
        let changes = hasChanges ? sent.popFirst() ?? [] : []
        defer {
            (sawCommit, sawRollback) = (false, false)
            if usesOwn { refreshOwn() }
        }
        if !isIdle { return endedInBlock(changes, failed: failed) }
        let all = pending + changes
        let wasUncertain = pendingIsUncertain
        pending = []
        pendingIsUncertain = false
        if all.isEmpty { return .nothing }
        if failed { return isCompound ? .uncertain(all) : .nothing }
        if sawRollback { return changes.isEmpty && !sawCommit ? .nothing : .uncertain(all) }
        return wasUncertain ? .uncertain(all) : .committed(all)
    }

    private mutating func endedInBlock(_ changes: [SettingChange], failed: Bool) -> Outcome {
        if sawCommit && !pending.isEmpty {
            // COMMIT AND CHAIN.
            let all = pending
            pending = changes
            return changes.isEmpty && !pendingIsUncertain ? .committed(all) : .uncertain(all)
        }
        if sawRollback && !(pending.isEmpty && changes.isEmpty) { pendingIsUncertain = true }
        if !failed { pending += changes }
        return .nothing
    }

    /// These count now.
    mutating func commit(_ changes: [SettingChange]) {
        for change in changes { carried.apply(change, base: base) }
        salt = carried.salt
        version &+= 1
        resting = told
        noteOwn(changes)
    }

    /// A transaction is over that no server has seen anything of.
    mutating func endedUnsent(commits: Bool) {
        guard !pending.isEmpty else { return }
        let changes = pending
        pending = []
        if commits { commit(changes) } else { refreshOwn() }
    }

    /// What the open transaction sees, or would see on a server that holds `held`.
    func current(on held: CarriedSettings) -> (client: CarriedSettings, server: CarriedSettings) {
        var (client, server) = (carried, held)
        for change in pending {
            client.apply(change, base: base)
            server.apply(change, base: CarriedSettings())
        }
        return (client, server)
    }

    /// These were set again, or ahead of any server, in the open transaction.
    mutating func repaired(_ changes: [SettingChange]) {
        pending += changes
        noteOwn(changes)
    }

    /// Whether another change would be too much to carry.
    var isFull: Bool { carried.byteCount > Limits.carriedSettingsBytes }

    /// The transaction that is open has set what other sessions' transactions have not.
    var isPending: Bool { !pending.isEmpty }

    /// The session left its server connection.
    /// - Parameter keepsPending: its transaction goes on elsewhere.
    mutating func detached(keepsPending: Bool = false) {
        if !keepsPending { pending = [] }
        pendingIsUncertain = false
        sent.removeAll()
        (sawCommit, sawRollback) = (false, false)
        if usesOwn { refreshOwn() }
    }
}
