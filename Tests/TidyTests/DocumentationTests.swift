import Foundation
import Testing

/// The documentation says what is so.
@Suite struct DocumentationTests {
    private static let catalog = "Sources/ProxyServer/Documentation.docc"

    private func page(_ name: String) throws -> String {
        try #require(Tree.text(of: "\(Self.catalog)/\(name).md"))
    }

    /// `section.key` and its default as JSON text ("" if it has none) for every key of the schema.
    private func schemaKeys() throws -> [(key: String, fallback: String)] {
        let text = try #require(Tree.text(of: "config/switchyard.schema.json"))
        let root = try JSONSerialization.jsonObject(with: Data(text.utf8))
        let schema = try #require(root as? [String: Any])
        let definitions = try #require(schema["$defs"] as? [String: [String: Any]])
        func keys(of part: [String: Any], _ prefix: String) -> [(String, String)] {
            let properties = part["properties"] as? [String: [String: Any]] ?? [:]
            return properties.sorted { $0.key < $1.key }.map { name, value in
                (prefix + name, fallback(of: value))
            }
        }
        return keys(of: schema, "")
            + definitions.sorted { $0.key < $1.key }.flatMap { keys(of: $1, $0 + ".") }
    }

    private func fallback(of value: [String: Any]) -> String {
        switch value["default"] {
        case let text as String: text
        case let flag as Bool where value["type"] as? String == "boolean": "\(flag)"
        case let number as Int: "\(number)"
        case is NSNull: "null"
        default: ""
        }
    }

    @Test func everyKeyOfTheSchemaIsExplained() throws {
        let rows = try page("Configuration").split(separator: "\n").filter { $0.hasPrefix("| `") }
        let keys = try schemaKeys()
        #expect(keys.count > 40)
        for (key, fallback) in keys {
            let row = rows.first { $0.hasPrefix("| `\(key)` |") }
            let cells = try #require(row, "\(key) is not explained").split(separator: "|")
            #expect(cells.count == 4, "\(key)")
            guard !fallback.isEmpty else { continue }
            #expect(cells[2].contains("`\(fallback)`"), "\(key) is \(fallback) by default")
        }
        let known = Set(keys.map(\.key))
        for row in rows {
            let key = String(row.split(separator: "`")[1])
            #expect(known.contains(key), "\(key) is explained, but does not exist")
        }
    }

    @Test func everyReportAndColumnIsExplained() throws {
        let operations = try page("Operations")
        let reports = Tree.sources.filter {
            $0.path.contains("/Admin/") && $0.lines.contains { $0.contains("AdminReporting {") }
        }
        #expect(reports.count > 5)
        let columns = reports.flatMap(\.lines).flatMap(quotedColumns)
        #expect(columns.count > 60)
        for column in Set(columns) {
            #expect(operations.contains("`\(column)`"), "the column \(column) is not explained")
        }
        let command = try #require(Tree.sources.first { $0.name == "AdminCommand.swift" })
        let cases = try #require(command.lines.first { $0.contains("case status, ") })
        for name in cases.split(whereSeparator: { $0 == "," || $0 == " " }).dropFirst() {
            #expect(operations.contains("### SHOW \(name.uppercased())\n"), "\(name)")
        }
    }

    /// The names in `AdminColumn("name"`.
    private func quotedColumns(_ line: String) -> [String] {
        line.split(separator: "AdminColumn(\"").dropFirst().map { String($0.prefix { $0 != "\"" }) }
    }

    /// Each text of the proxy's own, as far as it is the same every time.
    @Test func everyErrorIsExplained() throws {
        let operations = try page("Operations")
        let path = "Sources/SessionCore/Session/ErrorReply.swift"
        let text = try #require(Tree.text(of: path))
        let pattern = #/Self\(\s*[^,"]+,\s*\.\w+,\s*"(?<text>[^"\\]{4,})/#
        let texts = text.matches(of: pattern).map { $0.output.text }
        #expect(texts.count > 15)
        for text in texts {
            let begin = text.prefix { $0 != "," }.trimmingCharacters(in: .whitespaces)
            #expect(operations.contains("`\(begin)"), "the error \"\(begin)\" is not explained")
        }
    }

    @Test func filesThatAreNamedExist() throws {
        let pages = ["LifeOfAQuery", "Balancing", "Routing", "Configuration", "Operations"]
        var count = 0
        for name in pages {
            for path in try page(name).split(separator: "`").filter({ $0.hasSuffix(".swift") }) {
                let path = path.hasPrefix("Sources/") ? String(path) : "Sources/\(path)"
                #expect(Tree.text(of: path) != nil, "\(name) names \(path)")
                count += 1
            }
        }
        #expect(count > 20)
    }

    @Test func linksLeadSomewhere() throws {
        let readme = try #require(Tree.text(of: "README.md"))
        for link in readme.split(separator: "](").dropFirst().map({ $0.prefix { $0 != ")" } }) {
            guard !link.hasPrefix("https://") else { continue }
            #expect(Tree.text(of: String(link)) != nil, "README links to \(link)")
        }
        for page in ["ProxyServer", "Routing", "Configuration", "Operations", "Balancing"] {
            for link in try self.page(page).split(separator: "<doc:").dropFirst() {
                let name = link.prefix { $0 != ">" }
                let places = [name[...], "Decisions/\(name)"]
                let exists = places.contains { Tree.text(of: "\(Self.catalog)/\($0).md") != nil }
                #expect(exists, "\(page) links to \(name)")
            }
        }
    }

    @Test func everyTargetIsOnTheMap() throws {
        let readme = try #require(Tree.text(of: "README.md"))
        for target in Set(Tree.sources.compactMap(\.target)) {
            #expect(readme.contains("`\(target)`"), "\(target) is not on the map")
        }
    }
}
