import Testing
import Vocabulary

@testable import Configuration

/// Holds `config/switchyard.schema.json` to what the loader does.
struct SchemaTests {
    private let schema: JSONNode

    init() throws {
        let (root, problems) = JSONParser.parse(
            Array(try ConfigFiles.read("switchyard.schema.json").utf8))
        #expect(problems == [])
        schema = try #require(root)
    }

    private func definition(_ section: Section) -> JSONNode? {
        section == .root ? schema : schema["$defs"]?[section.rawValue]
    }

    private func properties(_ section: Section) -> [JSONNode.Member] {
        guard case .object(let members)? = definition(section)?["properties"]?.value else {
            return []
        }
        return members
    }

    @Test func sameKeys() {
        for section in Section.allCases {
            #expect(properties(section).map(\.key).sorted() == section.keys.sorted(), "\(section)")
            #expect(definition(section)?["additionalProperties"]?.value == .boolean(false))
        }
    }

    @Test func everyDefinitionIsASection() {
        guard case .object(let members)? = schema["$defs"]?.value else {
            Issue.record("no definitions")
            return
        }
        let sections = Section.allCases.filter { $0 != .root }.map(\.rawValue)
        // `password` is a string or a `secret`, so it is no section of its own.
        #expect(members.map(\.key).sorted() == (sections + ["password"]).sorted())
    }

    @Test func everyKeyIsDescribed() {
        for section in Section.allCases {
            for property in properties(section) {
                #expect(property.value["description"] != nil, "\(section).\(property.key)")
            }
        }
    }

    /// The bounds of every number, tried on the loader: one more or less is refused.
    @Test func sameBounds() throws {
        var count = 0
        for section in Section.allCases {
            for property in properties(section)
            where property.value["type"]?.value
                == .string("integer")
            {
                let least = try #require(property.value["minimum"]?.integer)
                let most = try #require(property.value["maximum"]?.integer)
                for (value, isFine) in [
                    (least, true), (most, true), (least - 1, false), (most + 1, false),
                ] {
                    let path = ".\(property.key): \(value) is out of range"
                    let refused = problems(Self.text(section, property.key, value)).contains {
                        $0.contains(path) || $0.contains(" \(path.dropFirst())")
                    }
                    #expect(refused != isFine, "\(section).\(property.key): \(value)")
                }
                count += 1
            }
        }
        #expect(count >= 14)
    }

    /// A configuration with `key` of `section` set to `value`.
    private static func text(_ section: Section, _ key: String, _ value: Int) -> String {
        let member = "\"\(key)\": \(value)"
        let node = #""name": "a", "host": "h", "role": "primary""#
        func file(node more: String = "", cluster: String = "", root: String = "") -> String {
            "{ \"clusters\": { \"m\": { \"nodes\": [{ \(node)\(more) }]\(cluster) } }\(root) }"
        }
        switch section {
        case .root: return file(root: ", \(member)")
        case .node: return file(node: ", \(member)")
        case .health: return file(cluster: ", \"health\": { \(member) }")
        case .lag: return file(cluster: ", \"lag\": { \(member) }")
        case .listen, .pooling, .peers, .healing:
            return file(root: ", \"\(section)\": { \(member) }")
        case .peer:
            let more = key == "id" ? "" : ", \"id\": 2"
            return file(
                root:
                    ", \"peers\": { \"id\": 1, \"hosts\": [{ \"host\": \"h\"\(more), \(member) }] }"
            )
        case .authQuery: return file(cluster: ", \"authQuery\": { \(member) }")
        case .whenUnproven: return file(root: ", \"whenUnproven\": { \(member) }")
        case .user: return file(root: ", \"users\": { \"u\": { \(member) } }")
        case .database: return file(root: ", \"databases\": { \"d\": { \(member) } }")
        case .shadow:
            return file(root: ", \"databases\": { \"d\": { \"shadow\": { \(member) } } }")
        case .cluster: return file(cluster: ", \(member)")
        case .balancing, .monitor, .secret, .rule, .identity, .admin, .log, .listenTLS, .serverTLS,
            .functions:
            return file()
        }
    }

    /// The defaults the schema shows are those of a configuration that says nothing.
    @Test func sameDefaults() throws {
        let loaded = try load(
            #"{ "clusters": { "m": { "nodes": [{ "name": "a", "host": "h", "role": "primary" }] } } }"#
        )
        let rows = loaded.configuration.effectiveSettings
        let places: [(Section, String)] = [
            (.root, ""), (.listen, "listen."), (.peers, "peers."), (.cluster, "clusters.m."),
            (.node, "clusters.m.nodes[a]."), (.balancing, "clusters.m.balancing."),
            (.monitor, "clusters.m.monitor."), (.health, "clusters.m.health."),
            (.pooling, "databases.*.pooling."), (.healing, "healing."), (.log, "log."),
            (.listenTLS, "listen.tls."), (.serverTLS, "clusters.m.nodes[a].tls."),
        ]
        var compared = 0
        for (section, prefix) in places {
            for property in properties(section) {
                guard let expected = property.value["default"].flatMap(Self.shown),
                    let row = rows.first(where: { $0.path == prefix + property.key })
                else { continue }
                #expect(row.value == expected, "\(row.path)")
                compared += 1
            }
        }
        #expect(compared >= 20)
    }

    private static func shown(_ node: JSONNode) -> String? {
        switch node.value {
        case .string(let text), .number(let text): text
        case .boolean(let value): "\(value)"
        case .null: "none"
        case .array, .object: nil
        }
    }

    @Test func sameWords() {
        func words(_ section: Section, _ key: String) -> [String] {
            guard
                case .array(let values)? = definition(section)?["properties"]?[key]?["enum"]?.value
            else { return [] }
            return values.compactMap(Self.shown)
        }
        typealias Configuration = ProxyConfiguration
        #expect(words(.balancing, "algorithm") == ConfigurationLoader.builtInAlgorithms)
        #expect(words(.node, "role") == Configuration.NodeRole.allCases.map(\.rawValue))
        #expect(words(.pooling, "mode") == Configuration.PoolMode.allCases.map(\.rawValue))
        #expect(
            words(.rule, "method") == Configuration.AuthenticationMethod.allCases.map(\.rawValue))
        #expect(words(.rule, "type") == Configuration.ConnectionType.allCases.map(\.rawValue))
        #expect(
            words(.rule, "clientCertificate")
                == Configuration.ClientCertificate.allCases.map(\.rawValue))
        for section in [Section.listenTLS, .serverTLS] {
            #expect(words(section, "mode") == SSLMode.allCases.map(\.rawValue))
            #expect(words(section, "minimumVersion") == TLSVersion.allCases.map(\.rawValue))
        }
        #expect(
            words(.serverTLS, "sslnegotiation") == SSLNegotiation.allCases.map(\.rawValue))
        #expect(words(.log, "level") == Configuration.LogLevel.allCases.map(\.rawValue))
        #expect(words(.log, "format") == Configuration.LogFormat.allCases.map(\.rawValue))
    }
}
