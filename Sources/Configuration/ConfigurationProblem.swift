/// One thing that is wrong, or doubtful, in a configuration file: where, what, and what was
/// expected in its place. Never contains a secret.
package struct ConfigurationProblem: Hashable, Sendable, CustomStringConvertible {
    package enum Severity: String, Sendable, Hashable {
        /// The configuration cannot be used.
        case error
        /// It can, but probably does not do what its author meant.
        case warning
    }

    package var severity: Severity
    package var position: TextPosition
    /// The JSON path, such as `clusters.main.nodes[1].port`; empty for the file as a whole.
    package var path: String
    package var message: String
    /// What would have been right, in words that follow "expected"; nil where the message says it.
    package var expected: String?

    package init(
        _ severity: Severity, at position: TextPosition, path: String, _ message: String,
        expected: String? = nil
    ) {
        self.severity = severity
        self.position = position
        self.path = path
        self.message = message
        self.expected = expected
    }

    /// One line without the file's name: `12:9: error: listen.port: ...; expected ...`.
    package var description: String {
        let place = path.isEmpty ? "" : "\(path): "
        let wanted = expected.map { "; expected \($0)" } ?? ""
        return "\(position): \(severity.rawValue): \(place)\(message)\(wanted)"
    }
}

/// Why a file is not a configuration: every problem at once, in the order of the file, warnings
/// included. At least one is an error.
package struct ConfigurationFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let problems: [ConfigurationProblem]

    package init(problems: [ConfigurationProblem]) { self.problems = problems }

    package var errors: [ConfigurationProblem] { problems.filter { $0.severity == .error } }
    package var warnings: [ConfigurationProblem] { problems.filter { $0.severity == .warning } }

    package var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}
