/// What may not be below the purity line, and who may import what above it.
enum PurityRules {
    /// The targets below the line.
    static let pureTargets: Set<String> = [
        "Vocabulary", "Telemetry", "PostgresWire", "StatementClassifier", "Routing", "Pooling",
        "Configuration", "Authentication", "SessionCore",
    ]

    /// Besides one another, all that they may import.
    private static let purePackages: Set<String> = ["DequeModule", "CCrypto"]

    /// Who may import a module that reaches the world.
    private static let owners: [String: Set<String>] = [
        "CSystem": ["NetworkIO"], "COpenSSL": ["NetworkIO"],
        "CLibpq": ["ControlPlane", "proxyctl"],
        "CCrypto": ["Authentication"],
    ]

    /// Words that read a clock or draw a random number.
    private static let impureWords = [
        "ContinuousClock", "SuspendingClock", "DispatchTime", "clock_gettime", "Task.sleep",
        "Date()", "SystemRandomNumberGenerator", ".random(", ".randomElement()", ".shuffled()",
        ".shuffle()",
    ]

    static func imports(_ file: SourceFile) -> [Finding] {
        guard let target = file.target else { return [] }
        return file.imports.compactMap { module, line in
            if let owners = owners[module], !owners.contains(target) {
                let names = owners.sorted().joined(separator: " and ")
                return Finding(path: file.path, line: line, text: "only \(names) imports \(module)")
            }
            guard pureTargets.contains(target), !pureTargets.contains(module),
                !purePackages.contains(module)
            else { return nil }
            return Finding(
                path: file.path, line: line, text: "\(module) is above the purity line")
        }
    }

    static func clocksAndChance(_ file: SourceFile) -> [Finding] {
        guard let target = file.target, pureTargets.contains(target) else { return [] }
        return file.code.enumerated().flatMap { index, line in
            impureWords.filter { contains($0, in: line) }.map {
                Finding(
                    path: file.path, line: index + 1,
                    text: "\($0) below the purity line: instants and chance are passed in")
            }
        }
    }

    /// A word that begins with a letter must not be the tail of a longer one: `validate()`.
    private static func contains(_ word: String, in line: String) -> Bool {
        guard let range = line.range(of: word) else { return false }
        guard word.first?.isLetter == true, range.lowerBound > line.startIndex else { return true }
        let before = line[line.index(before: range.lowerBound)]
        return !before.isLetter && !before.isNumber && before != "_"
    }

    /// The hashes of libcrypto are behind one door.
    static func cryptoFiles(_ files: [SourceFile]) -> [Finding] {
        let users = files.filter { $0.imports.contains { $0.module == "CCrypto" } }
        return users.dropFirst().map {
            Finding(
                path: $0.path, line: 0, text: "CCrypto is imported by \(users[0].path) already")
        }
    }
}
