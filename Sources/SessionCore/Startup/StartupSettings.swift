import PostgresWire
import StatementClassifier

/// The settings of a startup message, in two parts: those that a server session can be given at any
/// time, and those that a server must be told when the connection is opened.
package struct StartupSettings: Sendable {
    /// What can be set at any time.
    package private(set) var carried = CarriedSettings()
    /// What cannot, as it is to be sent to servers.
    package private(set) var fixed: [StartupParameters.Setting] = []

    package init(_ settings: [StartupParameters.Setting]) {
        // As in PostgreSQL, `options` come first and the others may overrule them
        // (src/backend/utils/init/postinit.c, `process_startup_options`).
        for setting in settings where setting.name == "options" { addOptions(setting) }
        for setting in settings where setting.name != "options" {
            add(setting.name, setting.value, as: setting)
        }
    }

    /// Why the proxy's own settings cannot be as a startup message has them; nil: they can.
    package static func refusal(of settings: [StartupParameters.Setting]) -> ErrorReply? {
        for setting in settings {
            let pairs =
                setting.name == "options"
                ? pairs(setting.value) ?? [] : [(setting.name, setting.value)]
            for (name, value) in pairs where OwnSetting.owns(name.lowercased()) {
                let refusal =
                    OwnSetting(rawValue: name.lowercased())
                    .map { $0.refusal(of: Array(value.utf8)) } ?? .unknownSetting(name)
                if var refusal {
                    refusal.severity = .fatal
                    return refusal
                }
            }
        }
        return nil
    }

    /// Settings that count only when the connection is opened (`PGC_BACKEND`,
    /// `PGC_SU_BACKEND`, and libraries to be loaded then).
    private static let fixedNames: Set<String> = [
        "ignore_system_indexes", "post_auth_delay", "jit_debugging_support",
        "jit_profiling_support", "log_connections", "log_disconnections",
        "local_preload_libraries", "session_preload_libraries",
    ]

    private mutating func add(
        _ name: String, _ value: String, as setting: StartupParameters.Setting
    ) {
        let change = SettingChange.setConfig(
            name: name.lowercased(), value: Array(value.utf8), isLocal: false)
        if Self.fixedNames.contains(name.lowercased()) || !CarriedSettings.canCarry(change) {
            fixed.append(setting)
        } else {
            carried.apply(change, base: CarriedSettings())
        }
    }

    /// Words as a server's command line has them. Where one is not `-c name=value` or
    /// `--name=value`, all of them are the server's to judge.
    private mutating func addOptions(_ setting: StartupParameters.Setting) {
        guard let pairs = Self.pairs(setting.value) else { return fixed.append(setting) }
        let isFixed = pairs.contains { Self.fixedNames.contains($0.name.lowercased()) }
        if isFixed { return fixed.append(setting) }
        for (name, value) in pairs { add(name, value, as: setting) }
    }

    private static func pairs(_ options: String) -> [(name: String, value: String)]? {
        var pairs: [(name: String, value: String)] = []
        var words = Self.words(options)[...]
        while let word = words.popFirst() {
            let assignment: Substring
            if word == "-c" {
                guard let next = words.popFirst() else { return nil }
                assignment = next[...]
            } else if word.hasPrefix("-c") || word.hasPrefix("--") {
                assignment = word.dropFirst(2)
            } else {
                return nil
            }
            guard let equals = assignment.firstIndex(of: "="), equals > assignment.startIndex
            else { return nil }
            // On a command line a dash stands for an underscore.
            let name = assignment[..<equals].map { $0 == "-" ? "_" : $0 }
            pairs.append((String(name), String(assignment[assignment.index(after: equals)...])))
        }
        return pairs
    }

    /// Words between white space; a backslash takes the next character as it is
    /// (src/backend/utils/init/postinit.c, `pg_split_opts`).
    private static func words(_ options: String) -> [String] {
        var words: [String] = []
        var word: String?
        var isEscaped = false
        for character in options.unicodeScalars {
            if isEscaped {
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character.properties.isWhitespace {
                if let whole = word { words.append(whole) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let word { words.append(word) }
        return words
    }
}
