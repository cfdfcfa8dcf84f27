/// A value of the file on its way into the configuration: what was written, where, and the list to
/// which anything wrong with it goes. Each reading returns nil after it has reported a problem.
struct Setting {
    let node: JSONNode
    let path: ConfigurationPath
    let report: ProblemReport

    // MARK: - Reporting

    func error(_ message: String, expected: String? = nil) {
        report.error(node.position, path, message, expected: expected)
    }

    func warning(_ message: String) { report.warning(node.position, path, message) }

    private func wrongKind(_ expected: String) {
        error("this is \(node.kind)", expected: expected)
    }

    /// Says that `name` is not among `known`, and which of them was probably meant.
    func unknown(_ what: String, _ name: String, known: [String]) {
        let meant = NearestName.find(name, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
        error(
            "unknown \(what) \(ConfigurationPath.quoted(name))\(meant)",
            expected: Self.list(known))
    }

    static func list(_ names: [String]) -> String {
        guard names.count > 1 else { return names.first.map { "\"\($0)\"" } ?? "none" }
        return "one of " + names.prefix(24).joined(separator: ", ")
    }

    // MARK: - Reading

    func boolean() -> Bool? {
        if case .boolean(let value) = node.value { return value }
        wrongKind("true or false")
        return nil
    }

    /// - Parameter what: the unit or kind of number, for messages: `a port`.
    func integer(_ range: ClosedRange<Int>, _ what: String) -> Int? {
        let expected = "\(what) from \(range.lowerBound) to \(range.upperBound)"
        guard case .number(let text) = node.value else {
            wrongKind(expected)
            return nil
        }
        guard let value = node.integer, range.contains(value) else {
            let isWhole = Double(text).map { $0.rounded() == $0 } ?? false
            let problem = isWhole ? "is out of range" : "is not a whole number"
            error("\(text.prefix(32)) \(problem)", expected: expected)
            return nil
        }
        return value
    }

    /// A number from 0 to 1.
    func share() -> Double? {
        let expected = "a number from 0 to 1"
        guard case .number(let text) = node.value else {
            wrongKind(expected)
            return nil
        }
        guard let value = Double(text), (0...1).contains(value) else {
            error("\(text.prefix(32)) is out of range", expected: expected)
            return nil
        }
        return value
    }

    /// A string that is not empty and holds no NUL, which PostgreSQL's protocol cannot carry.
    func name(_ what: String) -> String? {
        guard case .string(let value) = node.value else {
            wrongKind(what)
            return nil
        }
        guard !value.isEmpty, !value.utf8.contains(0) else {
            error(value.isEmpty ? "this is empty" : "this contains a NUL", expected: what)
            return nil
        }
        return value
    }

    func choice<T: RawRepresentable<String> & CaseIterable>(_ type: T.Type, _ what: String) -> T? {
        let known = T.allCases.map(\.rawValue)
        guard let name = name("\(what): \(Self.list(known))") else { return nil }
        if let value = T(rawValue: name) { return value }
        unknown(what, name, known: known)
        return nil
    }

    func elements(_ what: String) -> [Setting]? {
        guard case .array(let nodes) = node.value else {
            wrongKind("an array of \(what)")
            return nil
        }
        return nodes.enumerated().map { index, node in
            Setting(node: node, path: path.index(index), report: report)
        }
    }

    /// The members of an object whose keys are names that the operator chose.
    func entries(_ what: String) -> [(name: String, setting: Setting)]? {
        guard case .object(let members) = node.value else {
            wrongKind("an object of \(what) by name")
            return nil
        }
        return members.compactMap { member in
            let path = path.key(member.key)
            guard !member.key.isEmpty, !member.key.utf8.contains(0) else {
                report.error(member.position, path, "a name that is empty or contains a NUL")
                return nil
            }
            return (member.key, Setting(node: member.value, path: path, report: report))
        }
    }

    /// An object with the keys of `section`; keys it has besides are reported.
    func section(_ section: Section) -> SectionReader? {
        guard case .object(let members) = node.value else {
            wrongKind("an object with " + section.keys.joined(separator: ", "))
            return nil
        }
        for member in members where !section.keys.contains(member.key) {
            let key = Setting(
                node: JSONNode(.null, at: member.position), path: path.key(member.key),
                report: report)
            key.unknown("key", member.key, known: section.keys)
        }
        return SectionReader(section: section, setting: self)
    }
}
