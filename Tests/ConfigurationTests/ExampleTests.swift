import Foundation
import Testing

@testable import Configuration

/// The files in `config/`, and the example that the documentation promises to work.
struct ExampleTests {
    @Test func completeExampleLoadsWithoutWarnings() throws {
        let loaded = try load(ConfigFiles.read("switchyard.json"))
        #expect(loaded.warnings == [])
        let main = try #require(loaded.configuration.cluster(named: "main"))
        #expect(main.nodes.map(\.name) == ["pg1", "pg2", "pg3"])
        #expect(main.nodes.map(\.isPrimary) == [true, false, false])
        #expect(main.nodes.map(\.weight) == [1, 2, 1])
        #expect(main.monitor.password == "secret of MONITOR_PASSWORD")
        #expect(loaded.configuration.database(named: "shop")?.serverName == "shop_production")
        #expect(loaded.configuration.database(named: "other")?.name == "*")
        #expect(loaded.configuration.users.map(\.name) == ["app", "postgres", "reporting"])
        #expect(loaded.configuration.adminUsers == ["postgres"])
    }

    @Test func contractExampleLoads() throws {
        let loaded = try load(Self.contract)
        let configuration = loaded.configuration
        #expect(configuration.listen.port == 6432)
        #expect(configuration.workers == nil)
        #expect(configuration.databases.map(\.name) == ["app", "*"])
        #expect(configuration.users.first { $0.name == "app" }?.password == "app")
        #expect(configuration.authentication.map(\.method) == [.scramSHA256])
        #expect(configuration.pooling(of: "app")?.size == 20)
        #expect(loaded.warnings.map(\.path) == ["users.reporting", "admin.users[0]"])
    }

    // swift-format-ignore
    static let contract = """
        {
          "listen": { "host": "127.0.0.1", "port": 6432, "unixSocketDirectory": null },
          "workers": "auto",
          "clusters": {
            "main": {
              "nodes": [
                { "name": "pg1", "host": "127.0.0.1", "port": 5432, "role": "primary" },
                { "name": "pg2", "host": "127.0.0.1", "port": 5433, "role": "replica", "weight": 2 },
                { "name": "pg3", "host": "127.0.0.1", "port": 5434, "role": "replica", "weight": 1 }
              ],
              "balancing": { "algorithm": "roundRobin" },
              "fallbackToPrimary": true,
              "monitor": { "user": "postgres", "password": { "env": "MONITOR_PASSWORD" }, "database": "postgres" }
            }
          },
          "databases": { "app": { "cluster": "main" }, "*": { "cluster": "main" } },
          "users": { "app": { "password": "app" }, "reporting": {} },
          "authentication": [ { "database": "all", "user": "all", "address": "127.0.0.1/32", "method": "scram-sha-256" } ],
          "pooling": { "mode": "transaction", "size": 20 },
          "admin": { "users": ["postgres"] },
          "log": { "level": "info", "format": "text" }
        }
        """
}

extension ProxyConfiguration {
    func pooling(of database: String) -> Pooling? { self.database(named: database)?.pooling }
}

/// The files that people copy.
enum ConfigFiles {
    static func read(_ name: String, from test: String = #filePath) throws -> String {
        let root = URL(fileURLWithPath: test).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appendingPathComponent("config/\(name)")
        return try String(contentsOf: file, encoding: .utf8)
    }
}

/// Loads `text`, with every environment variable set and every file there.
func load(_ text: String) throws(ConfigurationFailure) -> LoadedConfiguration {
    try ConfigurationLoader.load(Array(text.utf8)) { source in
        switch source {
        case .environment(let name): "secret of \(name)"
        case .file(let path): "secret in \(path)\n"
        }
    }
}

/// What is said of `text`, each as one line.
func problems(_ text: String) -> [String] {
    do {
        return try load(text).warnings.map(\.description)
    } catch {
        return error.problems.map(\.description)
    }
}
