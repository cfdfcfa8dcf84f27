import Vocabulary

/// What the operator says of functions, whatever the catalog says: the configuration's
/// `functions`. A function that both lists name writes.
package struct FunctionRules: Sendable, Hashable {
    package var readOnly: [NamePattern] = []
    package var write: [NamePattern] = []

    package init(readOnly: [NamePattern] = [], write: [NamePattern] = []) {
        self.readOnly = readOnly
        self.write = write
    }

    package var isEmpty: Bool { readOnly.isEmpty && write.isEmpty }

    /// What is said of a function; nil: nothing.
    enum Word: Sendable { case readOnly, write }

    /// - Parameter schema: nil: not known, the bare name alone counts.
    func word(on name: String, schema: String?) -> Word? {
        func names(_ pattern: NamePattern) -> Bool {
            pattern.matches(user: name)
                || schema.map { pattern.matches(user: "\($0).\(name)") } ?? false
        }
        if write.contains(where: names) { return .write }
        return readOnly.contains(where: names) ? .readOnly : nil
    }
}
