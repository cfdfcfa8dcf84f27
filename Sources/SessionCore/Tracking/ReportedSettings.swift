/// The settings that servers report (PostgreSQL documentation, "Asynchronous Operations": the
/// parameters marked GUC_REPORT) and their values.
///
/// Invariant: what speaks of one node and not of the session is not among them.
package struct ReportedSettings: Sendable {
    /// A reported parameter.
    package struct Value: Sendable, Hashable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package private(set) var values: [Value] = []
    /// Equal for equal values, in whatever order they came.
    private(set) var digest = 0

    package init() {}

    package init(_ values: [Value]) {
        for value in values { _ = set(value) }
    }

    /// Of one node, whoever is connected to it: clients are told once, at login.
    private static let ofNode: Set<String> = [
        "in_hot_standby", "server_version", "server_encoding", "integer_datetimes",
    ]

    /// Whether a parameter says something of the session.
    static func isOfSession(_ name: String) -> Bool { !ofNode.contains(name) }

    /// What is known of a parameter; nil: never reported.
    func value(of name: String) -> String? { values.first { $0.name == name }?.value }

    /// A report came. Returns whether it says something new.
    mutating func set(_ fresh: Value) -> Bool {
        guard Self.isOfSession(fresh.name) else { return false }
        if let index = values.firstIndex(where: { $0.name == fresh.name }) {
            guard values[index].value != fresh.value else { return false }
            digest ^= values[index].hashValue
            values[index] = fresh
        } else {
            values.append(fresh)
        }
        digest ^= fresh.hashValue
        return true
    }

    /// The values in which another differs from these.
    func changes(to other: ReportedSettings) -> [Value] {
        other.values.filter { value(of: $0.name) != $0.value }
    }
}
