import Testing

@testable import Configuration

struct EffectiveSettingTests {
    private static let text = """
        { "clusters": { "main": {
            "nodes": [{ "name": "pg1", "host": "h", "role": "primary", "port": 5433 }],
            "monitor": { "password": "hunter2" } } },
          "listen": { "port": 7000 }, "workers": 2,
          "databases": { "my.shop": { "pooling": { "size": 5 } } },
          "users": { "app": { "password": "hunter2" }, "other": {} },
          "admin": { "users": ["app", "dba"] } }
        """

    @Test func rows() throws {
        let rows = try load(Self.text).configuration.effectiveSettings
        func row(_ path: String) -> EffectiveSetting? { rows.first { $0.path == path } }
        #expect(row("listen.port")?.value == "7000")
        #expect(row("listen.port")?.isDefault == false)
        #expect(row("listen.host")?.value == "127.0.0.1")
        #expect(row("listen.host")?.isDefault == true)
        #expect(row("listen.unixSocketDirectory")?.value == "none")
        #expect(row("workers")?.value == "2")
        #expect(row("clusters.main.nodes[pg1].port")?.value == "5433")
        #expect(row("clusters.main.nodes[pg1].role")?.isDefault == false)
        #expect(row("clusters.main.monitor.password")?.value == "***")
        #expect(row("databases[\"my.shop\"].pooling.size")?.value == "5")
        #expect(row("databases[\"my.shop\"].pooling.minIdle")?.isDefault == true)
        #expect(row("users.app.password")?.value == "***")
        #expect(row("users.other.password")?.value == "none")
        #expect(row("admin.users")?.value == "app, dba")
        #expect(
            row("authentication[0]")?.value
                == "database all, user all, address all: scram-sha-256")
        #expect(row("authentication[0]")?.isDefault == true)
        #expect(Set(rows.map(\.path)).count == rows.count)
        #expect(!"\(rows)".contains("hunter2"))
    }
}
