/// What a reload would change, in lines for people. Holds no secret.
package struct ConfigurationChanges: Hashable, Sendable {
    /// Settings that only a restart can change; a reload leaves them as they were.
    package let needingRestart: [String]
    /// Everything else.
    package let applied: [String]

    /// Of the settings that nothing but the start of the process reads.
    private static let fixed = [
        "listen.host", "listen.port", "listen.unixSocketDirectory", "listen.reusePort", "workers",
        "peers.id", "peers.directory", "coreDumps",
    ]

    package init(from old: ProxyConfiguration, to new: ProxyConfiguration) {
        var needingRestart: [String] = []
        var applied: [String] = []
        for (path, line) in Self.differences(from: old, to: new) {
            if Self.fixed.contains(path) {
                needingRestart.append(line)
            } else {
                applied.append(line)
            }
        }
        self.needingRestart = needingRestart
        self.applied = applied
    }

    package var isEmpty: Bool { needingRestart.isEmpty && applied.isEmpty }

    /// - Returns: per difference, the path it is about and the line that tells it.
    private static func differences(
        from old: ProxyConfiguration, to new: ProxyConfiguration
    ) -> [(path: String, line: String)] {
        let before = Side(old)
        let after = Side(new)
        var lines: [(String, String)] = []
        for setting in after.shown where !before.has(setting, in: after) {
            if before.lacksEntry(of: setting) {
                lines.append((setting.entry, "\(setting.entry): added"))
            } else if let was = before.value[setting.path] {
                let change = was == setting.value ? "changed" : "\(was) -> \(setting.value)"
                lines.append((setting.path, "\(setting.path): \(change)"))
            } else {
                lines.append((setting.path, "\(setting.path): added: \(setting.value)"))
            }
        }
        for setting in before.shown where after.value[setting.path] == nil {
            let gone = after.lacksEntry(of: setting) ? setting.entry : setting.path
            lines.append((gone, "\(gone): removed"))
        }
        return lines.reduce(into: []) { distinct, line in
            if distinct.last?.1 != line.1 { distinct.append(line) }
        }
    }

    /// One of the two configurations, ready to be compared.
    private struct Side {
        let shown: [EffectiveSetting]
        let value: [String: String]
        /// With secrets; stays in here.
        private let whole: [String: String]
        private let entries: Set<String>

        init(_ configuration: ProxyConfiguration) {
            shown = SettingsList(configuration).settings
            value = Self.byPath(shown)
            whole = Self.byPath(SettingsList(configuration, showsSecrets: true).settings)
            entries = Set(shown.map(\.entry))
        }

        private static func byPath(_ settings: [EffectiveSetting]) -> [String: String] {
            Dictionary(
                settings.map { ($0.path, $0.value) }, uniquingKeysWith: { first, _ in first })
        }

        /// Whether the setting is the same here as on the `other` side, where it is from.
        func has(_ setting: EffectiveSetting, in other: Side) -> Bool {
            whole[setting.path] != nil && whole[setting.path] == other.whole[setting.path]
        }

        func lacksEntry(of setting: EffectiveSetting) -> Bool { !entries.contains(setting.entry) }
    }
}
