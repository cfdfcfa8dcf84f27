import StatementClassifier
import Vocabulary

/// A setting that the proxy itself gives a meaning to. To the servers it is a custom setting like
/// any other (PostgreSQL documentation, "Customized Options"): they keep it for the session, and
/// take it back with its transaction.
package enum OwnSetting: String, Sendable, Hashable, CaseIterable {
    /// Where statements run: `primary`, `replica` or `auto`.
    case route = "switchyard.route"
    /// A token: reads see at least what it stands for. Empty: nothing in particular.
    case readAfter = "switchyard.read_after"
    /// A token for all that has been written so far. Can only be shown.
    case lastWrite = "switchyard.last_write"

    /// Whether a name, in lower case, is the proxy's to judge.
    static func owns(_ name: String) -> Bool { name.hasPrefix(SettingStatement.ownPrefix) }

    /// Whether it may be set to this.
    func accepts(_ value: [UInt8]) -> Bool {
        switch self {
        case .route: RouteChoice(spelled: value) != nil
        case .readAfter: value.isEmpty || TimelinePosition(token: value) != nil
        case .lastWrite: false
        }
    }

    /// What a server is asked in the place of SHOW. A server that was never told of the setting
    /// does not know it, and one that has reset it holds an empty text.
    /// - Parameter route: of a session that has said nothing itself.
    func question(route: RouteChoice) -> String {
        switch self {
        case .route, .readAfter:
            let otherwise = self == .route ? route.rawValue : ""
            return """
                SELECT coalesce(nullif(pg_catalog.current_setting('\(rawValue)', true), ''), \
                '\(otherwise)') AS "\(rawValue)"
                """
        case .lastWrite:
            return """
                SELECT pg_catalog.concat(pg_catalog.concat('x', pg_catalog.substr(\
                pg_catalog.pg_walfile_name(position), 1, 8))::bit(32)::bigint, '/', position) \
                AS "\(rawValue)" FROM pg_catalog.pg_current_wal_insert_lsn() AS position
                """
        }
    }
}

/// What the proxy's own settings are for a session at one moment.
package struct OwnSettings: Sendable, Hashable {
    package var route = RouteChoice.auto
    /// What `switchyard.read_after` stands for; nil: nothing is set.
    package var readAfter: TimelinePosition?

    package init() {}

    /// What a session has of them that carries these settings.
    /// - Parameter route: where none is set.
    init(_ carried: CarriedSettings, route: RouteChoice) {
        self.route = route
        for setting in [OwnSetting.route, .readAfter] {
            if let value = carried.ownValue(of: setting) { set(setting, value) }
        }
    }

    /// Takes a change in that the open transaction has made, or will.
    mutating func apply(_ change: SettingChange, base: OwnSettings) {
        switch change {
        case .setConfig(let name, let value, _):
            if let setting = OwnSetting(rawValue: name) { set(setting, value) }
        case .reset(let name), .resetLocal(let name):
            switch OwnSetting(rawValue: name) {
            case .route: route = base.route
            case .readAfter: readAfter = base.readAfter
            case .lastWrite, nil: break
            }
        case .resetAll, .discardAll: self = base
        case .set, .amend, .resetSessionAuthorization: break
        }
    }

    private mutating func set(_ setting: OwnSetting, _ value: [UInt8]) {
        switch setting {
        case .route: if let choice = RouteChoice(spelled: value) { route = choice }
        case .readAfter: readAfter = TimelinePosition(token: value)
        case .lastWrite: break
        }
    }
}

extension SettingChange {
    /// The setting that it is about, if one alone is.
    var name: String? {
        switch self {
        case .set(let name, _, _), .amend(let name, _, _), .setConfig(let name, _, _),
            .reset(let name), .resetLocal(let name):
            name
        case .resetSessionAuthorization, .resetAll, .discardAll: nil
        }
    }

    /// It is about one of the proxy's own settings, or one that would be.
    var isOwn: Bool { name.map(OwnSetting.owns) ?? false }
}
