/// The settings that servers report (PostgreSQL documentation, "Asynchronous Operations": the
/// parameters marked GUC_REPORT), as the client was told them at login and as they are now.
package struct SettingsTracker: Sendable {
    /// A reported parameter.
    package struct Reported: Sendable, Hashable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    private var atLogin: [Reported] = []
    private var changed: [Reported] = []

    package init() {}

    /// What the client was told when it logged in.
    package mutating func loggedIn(with reported: [Reported]) {
        atLogin = reported
        judgeTextRules()
    }

    /// The server session's settings are not what they were at login.
    package var differs: Bool { !changed.isEmpty }

    /// Plain '...' strings take backslashes literally.
    package private(set) var standardConformingStrings = true

    /// No byte of a multi-byte character can be taken for ASCII. False for the encodings that
    /// PostgreSQL accepts from clients only (src/include/mb/pg_wchar.h, `PG_BIG5` and after).
    package private(set) var hasSafeEncoding = true

    /// ParameterStatus came. Returns whether the client is to see it: `in_hot_standby` speaks of
    /// one node, not of the cluster the client is connected to.
    mutating func reported(name: String, value: String) -> Bool {
        guard name != "in_hot_standby" else { return false }
        changed.removeAll { $0.name == name }
        let before = atLogin.first { $0.name == name }
        if before?.value != value { changed.append(Reported(name: name, value: value)) }
        judgeTextRules()
        return true
    }

    /// The session left its server connection, whose settings were put back.
    mutating func detached() {
        guard !changed.isEmpty else { return }
        changed.removeAll()
        judgeTextRules()
    }

    /// What the client was told last of a parameter; nil: never reported.
    package func value(of name: String) -> String? {
        (changed.first { $0.name == name } ?? atLogin.first { $0.name == name })?.value
    }

    private mutating func judgeTextRules() {
        standardConformingStrings = value(of: "standard_conforming_strings") != "off"
        let encoding = value(of: "client_encoding")?.uppercased() ?? "UTF8"
        hasSafeEncoding = !Self.unsafeEncodings.contains(encoding)
    }

    private static let unsafeEncodings: Set<String> = [
        "BIG5", "GBK", "UHC", "GB18030", "SJIS", "JOHAB", "SHIFT_JIS_2004",
    ]
}
