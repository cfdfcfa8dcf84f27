/// A PostgreSQL type that the admin database answers with.
package enum AdminType: UInt32, Sendable, Hashable {
    case bool = 16
    case int8 = 20
    case int4 = 23
    case text = 25
    case void = 2278

    /// `typlen` of pg_type: bytes of the binary form; -1: it varies.
    package var length: Int16 {
        switch self {
        case .bool: 1
        case .int8: 8
        case .int4, .void: 4
        case .text: -1
        }
    }
}

/// Name and type of a column.
package struct AdminColumn: Sendable, Hashable {
    package var name: String
    package var type: AdminType

    package init(_ name: String, _ type: AdminType = .text) {
        self.name = name
        self.type = type
    }
}

/// One field of a row.
package enum AdminValue: Sendable, Hashable {
    case null
    case text(String)
    case integer(Int64)
    case bool(Bool)

    /// A counter or a size; the greatest int8 stands for whatever is greater.
    package static func count(_ value: UInt64) -> Self { .integer(Int64(clamping: value)) }

    /// A number of things.
    package static func count(_ value: Int) -> Self { .integer(Int64(value)) }

    /// A text, or null in place of an empty or missing one.
    package static func optional(_ value: String?) -> Self {
        guard let value, !value.isEmpty else { return .null }
        return .text(value)
    }

    /// A counter, or null when it is not known.
    package static func optional(_ value: UInt64?) -> Self { value.map(count) ?? .null }

    /// As PostgreSQL's text output shows it; nil: null.
    package var text: String? {
        switch self {
        case .null: nil
        case .text(let value): value
        case .integer(let value): String(value)
        case .bool(let value): value ? "t" : "f"
        }
    }
}

/// An answer of the admin database. Every row has one value per column.
package struct AdminTable: Sendable, Hashable {
    package var columns: [AdminColumn]
    package var rows: [[AdminValue]]

    package init(columns: [AdminColumn], rows: [[AdminValue]] = []) {
        self.columns = columns
        self.rows = rows
    }
}
