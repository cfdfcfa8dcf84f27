/// The targets of Package.swift and what each depends on, as far as one can read them off its text:
/// `module("Name", [...])`, `.target(name: ...)`, `.executableTarget(name: ...)`.
struct Manifest {
    private(set) var dependencies: [String: Set<String>] = [:]

    init(text: String) {
        let openings = ["module(", ".target(", ".executableTarget("]
        var rest = text[...]
        while let opening = openings.compactMap({ rest.range(of: $0) })
            .min(by: { $0.lowerBound < $1.lowerBound })
        {
            rest = rest[opening.upperBound...]
            let strings = Self.strings(in: Self.upToClose(rest))
            // `func module(_ name:` opens no target: nothing in it is quoted but a prefix of none.
            guard let name = strings.first else { continue }
            dependencies[name] = Set(strings.dropFirst())
        }
    }

    /// Up to the parenthesis that closes what is open.
    private static func upToClose(_ text: Substring) -> Substring {
        var depth = 1
        for index in text.indices {
            if text[index] == "(" { depth += 1 }
            if text[index] == ")" { depth -= 1 }
            if depth == 0 { return text[..<index] }
        }
        return text
    }

    private static func strings(in text: Substring) -> [String] {
        text.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }
}

/// Which way dependencies may point.
enum PackageRules {
    /// Each target may depend on these and on nothing else of the package.
    static let allowed: [String: Set<String>] = [
        "Vocabulary": [],
        "Telemetry": ["Vocabulary"],
        "PostgresWire": ["Vocabulary"],
        "StatementClassifier": ["Vocabulary"],
        "Configuration": ["Vocabulary"],
        "Pooling": ["Vocabulary", "DequeModule", "swift-collections"],
        "Routing": ["Vocabulary", "StatementClassifier"],
        "Authentication": ["Vocabulary", "PostgresWire", "CCrypto"],
        "SessionCore": [
            "Vocabulary", "PostgresWire", "StatementClassifier", "Routing", "Authentication",
            "DequeModule", "swift-collections",
        ],
        "NetworkIO": ["Vocabulary", "CSystem", "COpenSSL"],
        "ControlPlane": [
            "Vocabulary", "StatementClassifier", "Routing", "Configuration", "CLibpq", "Logging",
            "swift-log",
        ],
        "proxyctl": [
            "Vocabulary", "Configuration", "ControlPlane", "CLibpq", "ArgumentParser",
            "swift-argument-parser",
        ],
    ]

    static func directions(_ manifest: Manifest) -> [Finding] {
        allowed.sorted { $0.key < $1.key }.flatMap { name, allowed in
            guard let actual = manifest.dependencies[name] else {
                return [Finding(path: "Package.swift", line: 0, text: "no target \(name)")]
            }
            return actual.subtracting(allowed).sorted().map {
                Finding(
                    path: "Package.swift", line: 0, text: "\(name) must not depend on \($0)")
            }
        }
    }
}
