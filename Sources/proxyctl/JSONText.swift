/// A JSON value, written with its keys in the order they were given.
enum JSONText: Equatable {
    case null
    case number(Int64)
    case text(String)
    case list([JSONText])
    case object([(String, JSONText)])

    static func optional(_ value: String?) -> Self { value.map(text) ?? .null }

    static func optional(_ value: Int64?) -> Self { value.map(number) ?? .null }

    static func == (a: Self, b: Self) -> Bool { a.written() == b.written() }

    /// Indented by two spaces a level; an object without nested values stays on its line.
    func written(indent: Int = 0) -> String {
        switch self {
        case .null: "null"
        case .number(let value): String(value)
        case .text(let value): Self.quoted(value)
        case .list(let items):
            Self.block("[", items.map { $0.written(indent: indent + 2) }, "]", indent)
        case .object(let members):
            Self.block(
                "{", members.map { "\(Self.quoted($0)): \($1.written(indent: indent + 2))" }, "}",
                indent, isFlat: indent > 0 && members.allSatisfy { $1.isScalar })
        }
    }

    private var isScalar: Bool {
        switch self {
        case .null, .number, .text: true
        case .list, .object: false
        }
    }

    private static func block(
        _ open: String, _ parts: [String], _ close: String, _ indent: Int, isFlat: Bool = false
    ) -> String {
        if parts.isEmpty { return open + close }
        if isFlat { return "\(open) \(parts.joined(separator: ", ")) \(close)" }
        let margin = String(repeating: " ", count: indent)
        let body = parts.map { "\(margin)  \($0)" }.joined(separator: ",\n")
        return "\(open)\n\(body)\n\(margin)\(close)"
    }

    /// RFC 8259, section 7.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension StatusReport {
    /// The object of `status --json`. Keys are only ever added; what is unknown is null.
    var json: JSONText {
        .object([
            ("verdict", .text(verdict.rawValue)), ("findings", .list(findings.map { .text($0) })),
            ("version", .optional(version)), ("uptimeSeconds", .optional(uptimeSeconds)),
            ("workers", .optional(workers)), ("clients", .optional(clients)),
            ("nodes", .list(nodes.map(\.json))), ("pools", .list(pools.map(\.json))),
        ])
    }
}

extension StatusReport.Node {
    fileprivate var json: JSONText {
        .object([
            ("cluster", .text(cluster)), ("node", .text(name)), ("host", .optional(host)),
            ("port", .optional(port)), ("role", .text(role)), ("state", .text(state)),
            ("sinceSeconds", .number(sinceSeconds)), ("lagBytes", .optional(lagBytes)),
            ("lagMillis", .optional(lagMilliseconds)), ("inUse", .number(inUse)),
            ("idle", .number(idle)), ("waiting", .number(waiting)), ("reads", .number(reads)),
            ("writes", .number(writes)), ("errors", .number(errors)), ("heals", .number(heals)),
            ("reason", .optional(reason)),
            ("timeline", .optional(timeline)),
        ])
    }
}

extension StatusReport.Pool {
    fileprivate var json: JSONText {
        .object([
            ("cluster", .text(cluster)), ("node", .text(node)), ("database", .text(database)),
            ("user", .text(user)), ("mode", .text(mode)), ("size", .number(size)),
            ("inUse", .number(inUse)), ("idle", .number(idle)), ("opening", .number(opening)),
            ("waiting", .number(waiting)), ("maxWaitMillis", .number(maxWaitMilliseconds)),
        ])
    }
}
