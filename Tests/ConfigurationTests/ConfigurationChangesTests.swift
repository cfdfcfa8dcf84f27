import Testing

@testable import Configuration

struct ConfigurationChangesTests {
    private func text(
        port: Int = 6432, nodes: String = "", size: Int = 20, users: String = "", more: String = ""
    ) -> String {
        """
        { "listen": { "port": \(port) },
          "clusters": { "main": { "nodes": [
              { "name": "pg1", "host": "h", "role": "primary" }\(nodes) ] } },
          "pooling": { "size": \(size) },
          "databases": { "app": {} },
          "users": { "app": { "password": "hunter2" }\(users) }\(more) }
        """
    }

    private func changes(from old: String, to new: String) throws -> ConfigurationChanges {
        ConfigurationChanges(from: try load(old).configuration, to: try load(new).configuration)
    }

    @Test func nothing() throws {
        #expect(try changes(from: text(), to: text()).isEmpty)
    }

    @Test func whatNeedsARestart() throws {
        let found = try changes(
            from: text(),
            to: text(port: 7000, more: ", \"workers\": 3"))
        #expect(found.needingRestart == ["listen.port: 6432 -> 7000", "workers: auto -> 3"])
        #expect(found.applied == [])
    }

    @Test func whatDoesNot() throws {
        let replica = #", { "name": "pg2", "host": "h", "port": 5433, "role": "replica" }"#
        let found = try changes(
            from: text(users: ", \"old\": {}"), to: text(nodes: replica, size: 30))
        #expect(found.needingRestart == [])
        #expect(
            found.applied == [
                "clusters.main.nodes[pg2]: added", "databases.app.pooling.size: 20 -> 30",
                "users.old: removed",
            ])
    }

    @Test func secretsChangeUnseen() throws {
        let other = text().replacing("hunter2", with: "hunter3")
        let found = try changes(from: text(), to: other)
        #expect(found.applied == ["users.app.password: changed"])
        #expect(!"\(found)".contains("hunter"))
        let removed = text().replacing(#""password": "hunter2""#, with: "")
        #expect(
            try changes(from: text(), to: removed).applied == ["users.app.password: *** -> none"])
    }

    @Test func rules() throws {
        let one =
            #", "authentication": [{ "database": "all", "user": "all", "address": "all", "method": "md5" }]"#
        let two = one.replacing(
            "}]",
            with:
                "}, { \"database\": \"x\", \"user\": \"all\", \"address\": \"local\", \"method\": \"trust\" }]"
        )
        #expect(
            try changes(from: text(more: one), to: text(more: two)).applied == [
                "authentication[1]: added: database x, user all, address local: trust"
            ])
        #expect(
            try changes(from: text(more: two), to: text(more: one)).applied == [
                "authentication[1]: removed"
            ])
    }
}
