/// Collects what the parts of the loader find. A class, since every reader of one load writes to
/// the same list; it never leaves that load.
final class ProblemReport {
    private(set) var problems: [ConfigurationProblem] = []
    private var known: Set<ConfigurationProblem> = []

    var hasErrors: Bool { problems.contains { $0.severity == .error } }

    /// In the order of the file; of the same place, in the order they were found.
    var sorted: [ConfigurationProblem] {
        problems.enumerated().sorted { a, b in
            (a.element.position, a.offset) < (b.element.position, b.offset)
        }.map(\.element)
    }

    /// What has been said of the same place before is not said again: some values are read twice.
    func add(_ more: [ConfigurationProblem]) {
        for problem in more where known.insert(problem).inserted { problems.append(problem) }
    }

    func error(
        _ position: TextPosition, _ path: ConfigurationPath, _ message: String,
        expected: String? = nil
    ) {
        add([.init(.error, at: position, path: path.description, message, expected: expected)])
    }

    func warning(_ position: TextPosition, _ path: ConfigurationPath, _ message: String) {
        add([.init(.warning, at: position, path: path.description, message)])
    }
}
