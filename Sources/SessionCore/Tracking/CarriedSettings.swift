import StatementClassifier
import Vocabulary

/// What a session has set, as statements that set it again on another server connection.
///
/// Invariant: one entry of a name; the names are those of `SettingChange`. The statements change
/// nothing but the setting they are for, and have no backslash, whose meaning is itself a setting.
package struct CarriedSettings: Sendable, Equatable {
    private struct Entry: Sendable, Equatable {
        var name: String
        var statement: [UInt8]
    }

    private var entries: [Entry] = []

    package init() {}

    package var isEmpty: Bool { entries.isEmpty }

    /// Whether the session has set this itself.
    func sets(_ name: String) -> Bool { statement(of: name) != nil }

    /// Transactions are SERIALIZABLE unless they say otherwise, which no replica can offer.
    var isSerializable: Bool {
        guard let statement = statement(of: "default_transaction_isolation") else { return false }
        return String(decoding: statement, as: UTF8.self).lowercased().contains("serializable")
    }

    /// Transactions are READ COMMITTED unless they say otherwise; nil: the session has not set
    /// that.
    var isReadCommitted: Bool? {
        guard let statement = statement(of: "default_transaction_isolation") else { return nil }
        let words = String(decoding: statement, as: UTF8.self).lowercased()
        return words.contains("read committed") || words.contains("read uncommitted")
    }

    /// The value of one of the proxy's own settings; nil: it is not set.
    func ownValue(of setting: OwnSetting) -> [UInt8]? {
        guard let statement = statement(of: setting.rawValue) else { return nil }
        // Written by `statement(_:_:)` below: these are always set by value.
        let head = Self.statement(setting.rawValue, []).count - 1
        guard statement.count > head else { return nil }
        var value: [UInt8] = []
        var index = head
        while index < statement.count - 1 {
            value.append(statement[index])
            index += statement[index] == UInt8(ascii: "'") ? 2 : 1
        }
        return value
    }

    /// Bytes of all statements.
    var byteCount: Int { entries.reduce(0) { $0 + $1.statement.count } }

    // MARK: Changes

    /// Takes a change in that has been committed.
    /// - Parameter base: what the session began with, which RESET goes back to.
    mutating func apply(_ change: SettingChange, base: CarriedSettings) {
        switch change {
        case .set(_, _, true), .amend(_, _, true), .setConfig(_, _, true), .resetLocal: return
        case .set(let name, let statement, _):
            set(name, statement)
            if name == Self.authorization { set(Self.role, nil) }
        case .amend(let name, let statement, _): amend(name, statement, base)
        case .setConfig(Self.dateStyle, let value, _):
            amend(Self.dateStyle, Self.statement(Self.dateStyle, value), base)
        case .setConfig(let name, let value, _): set(name, Self.statement(name, value))
        case .reset(let name): set(name, base.statement(of: name))
        case .resetSessionAuthorization:
            for name in [Self.authorization, Self.role] { set(name, base.statement(of: name)) }
        case .resetAll:
            let kept = entries.filter { Self.isAuthority($0.name) }
            entries = base.entries.filter { !Self.isAuthority($0.name) } + kept
        case .discardAll: self = base
        }
    }

    /// The new text may name a part of the value: the rest is what it was before.
    private mutating func amend(_ name: String, _ statement: [UInt8], _ base: CarriedSettings) {
        var whole = self.statement(of: name) ?? base.statement(of: name) ?? Self.reset(name)
        guard !whole.hasSuffix(statement) else { return }
        whole += Array("; ".utf8) + statement
        set(name, whole)
    }

    /// Whether a change can be said again elsewhere, word by word.
    static func canCarry(_ change: SettingChange) -> Bool {
        switch change {
        case .set(_, let statement, _), .amend(_, let statement, _):
            statement.count <= Limits.carriedSettingBytes
                && !statement.contains(UInt8(ascii: "\\"))
        case .setConfig(let name, let value, _):
            name.utf8.count + value.count <= Limits.carriedSettingBytes
                && !value.contains(UInt8(ascii: "\\")) && !value.contains(0)
        case .reset, .resetLocal, .resetSessionAuthorization, .resetAll, .discardAll: true
        }
    }

    /// Whether a change brings back what the session began with.
    static func goesBack(_ change: SettingChange) -> Bool {
        switch change {
        case .set, .amend, .setConfig: false
        case .reset, .resetLocal, .resetSessionAuthorization, .resetAll, .discardAll: true
        }
    }

    private mutating func set(_ name: String, _ statement: [UInt8]?) {
        let index = entries.firstIndex { $0.name == name }
        switch (index, statement) {
        case (let index?, let statement?): entries[index].statement = statement
        case (let index?, nil): entries.remove(at: index)
        case (nil, let statement?): entries.append(Entry(name: name, statement: statement))
        case (nil, nil): break
        }
    }

    private func statement(of name: String) -> [UInt8]? {
        entries.first { $0.name == name }?.statement
    }

    // MARK: Statements

    private static let authorization = "session_authorization"
    private static let role = "role"
    private static let dateStyle = "datestyle"
    private static func isAuthority(_ name: String) -> Bool {
        name == authorization || name == role
    }

    /// Whose value is a list of names that SET would take for one (src/backend/utils/misc/guc.c,
    /// `GUC_LIST_QUOTE`).
    private static let nameLists: Set<String> = [
        "search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries",
        "shared_preload_libraries", "unix_socket_directories",
    ]

    /// Sets a parameter by its value.
    private static func statement(_ name: String, _ value: [UInt8]) -> [UInt8] {
        let quoted = quote(value, UInt8(ascii: "'"))
        if nameLists.contains(name) {
            return Array("SELECT pg_catalog.set_config('\(name)', ".utf8) + quoted
                + Array(", false)".utf8)
        }
        return Array("SET ".utf8) + Self.name(name) + Array(" TO ".utf8) + quoted
    }

    private static func reset(_ name: String) -> [UInt8] {
        Array("RESET ".utf8) + Self.name(name)
    }

    /// A name of one part or, of an extension's, several.
    private static func name(_ name: String) -> [UInt8] {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return Array(
            parts.map { quote(Array($0.utf8), UInt8(ascii: "\"")) }.joined(separator: [46]))
    }

    private static func quote(_ text: [UInt8], _ mark: UInt8) -> [UInt8] {
        var quoted = [mark]
        for byte in text {
            if byte == mark { quoted.append(mark) }
            quoted.append(byte)
        }
        quoted.append(mark)
        return quoted
    }

    /// The statements that make a server session that has these settings have others: who the user
    /// is comes last, since another might not be allowed the rest.
    package func difference(to wanted: CarriedSettings) -> [[UInt8]] {
        if entries.isEmpty && wanted.entries.isEmpty || self == wanted { return [] }
        var statements: [[UInt8]] = []
        if sets(Self.authorization) {
            statements.append(Array("RESET SESSION AUTHORIZATION".utf8))
        } else if sets(Self.role) {
            statements.append(Array("RESET ROLE".utf8))
        }
        for entry in entries where !Self.isAuthority(entry.name) && !wanted.sets(entry.name) {
            statements.append(Self.reset(entry.name))
        }
        // Texts are read in the encoding that they were sent in.
        let changed = wanted.entries.filter {
            !Self.isAuthority($0.name) && statement(of: $0.name) != $0.statement
        }
        statements += changed.filter { $0.name == "client_encoding" }.map(\.statement)
        statements += changed.filter { $0.name != "client_encoding" }.map(\.statement)
        for name in [Self.authorization, Self.role] {
            if let statement = wanted.statement(of: name) { statements.append(statement) }
        }
        return statements
    }

    /// The changes that give these settings what others have besides.
    func additions(to wanted: CarriedSettings) -> [SettingChange] {
        wanted.entries.filter { statement(of: $0.name) != $0.statement }.map {
            .set(name: $0.name, statement: $0.statement, isLocal: false)
        }
    }

    // MARK: Meaning

    /// What the session has said of where names are looked up.
    var pathChoice: CatalogShelf.Choice {
        if sets(Self.role) || sets(Self.authorization) { return .otherUser }
        return statement(of: "search_path").map { .statement($0) } ?? .standard
    }

    /// Settings that cannot change what a statement's text means, and are set often.
    private static let meaningless: Set<String> = [
        "application_name", "statement_timeout", "lock_timeout", "client_min_messages",
        "idle_in_transaction_session_timeout", "extra_float_digits", "work_mem",
        "synchronous_commit", "role", "session_authorization", OwnSetting.route.rawValue,
        OwnSetting.readAfter.rawValue,
    ]

    /// Differs where the same text may be parsed into something else: constants are read when a
    /// statement is prepared, in the time zone and style of that moment.
    var salt: UInt64 {
        let telling = entries.filter { !Self.meaningless.contains($0.name) }
        guard !telling.isEmpty else { return 0 }
        var hasher = Hasher()
        for entry in telling.sorted(by: { $0.name < $1.name }) {
            hasher.combine(entry.name)
            hasher.combine(entry.statement)
        }
        return UInt64(bitPattern: Int64(hasher.finalize())) | 1
    }
}

extension [UInt8] {
    fileprivate func hasSuffix(_ suffix: [UInt8]) -> Bool {
        count >= suffix.count && self[(count - suffix.count)...].elementsEqual(suffix)
    }
}

extension CarriedSettings {
    /// What sets them again, for checks.
    package var statements: Set<String> {
        Set(entries.map { String(decoding: $0.statement, as: UTF8.self) })
    }
}
