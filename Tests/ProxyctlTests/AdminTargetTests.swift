import Configuration
import Testing

@testable import proxyctl

@Suite struct AdminTargetTests {
    private func configuration(
        admins: [String], users: [ProxyConfiguration.User] = [], host: String = "10.1.1.1"
    ) -> ProxyConfiguration {
        var configuration = ProxyConfiguration()
        configuration.listen.host = host
        configuration.listen.port = 7000
        configuration.adminUsers = admins
        configuration.users = users
        return configuration
    }

    @Test func isTheFirstAdminWithAPlainPassword() {
        let verifier = "md5" + String(repeating: "0", count: 32)
        let target = AdminTarget(
            configuration(
                admins: ["a", "b", "c"],
                users: [
                    .init(name: "a", password: verifier), .init(name: "b", password: nil),
                    .init(name: "c", password: "open"),
                ]))
        #expect(target?.user == "c")
        #expect(target?.password == "open")
        #expect(target?.host == "10.1.1.1")
        #expect(target?.port == 7000)
    }

    @Test func leavesThePasswordToLibpqOtherwise() {
        let target = AdminTarget(
            configuration(
                admins: ["a"],
                users: [.init(name: "a", password: OperatorConfiguration.absentSecret)]))
        #expect(target?.user == "a")
        #expect(target?.password == nil)
    }

    @Test func nobodyIsNoTarget() { #expect(AdminTarget(configuration(admins: [])) == nil) }

    @Test(arguments: [("0.0.0.0", "127.0.0.1"), ("*", "127.0.0.1"), ("::", "::1"), ("db", "db")])
    func everyInterfaceBecomesThisHost(listen: String, host: String) {
        #expect(AdminTarget(configuration(admins: ["a"], host: listen))?.host == host)
    }

    @Test func optionBeatsEnvironmentBeatsUsualPlaces() {
        let place = ConfigurationOption.path
        #expect(place("a", "b", { _ in true }) == "a")
        #expect(place(nil, "b", { _ in true }) == "b")
        #expect(place(nil, "", { $0.hasPrefix("/etc") }) == "/etc/switchyard/switchyard.json")
        #expect(place(nil, nil, { _ in false }) == "config/switchyard.json")
    }
}

@Suite struct ExplainRequestTests {
    @Test func everythingIsQuoted() {
        #expect(
            ExplainRequest.command("select 'it''s' $1 $$", database: "my'db", user: nil)
                == "EXPLAIN ROUTE 'select ''it''''s'' $1 $$' DATABASE 'my''db'")
        #expect(
            ExplainRequest.command("x", database: nil, user: "u") == "EXPLAIN ROUTE 'x' USER 'u'")
    }
}

@Suite struct LibpqTextTests {
    @Test func adviceIsDropped() {
        let text =
            "connection to server at \"a\", port 1 failed: Connection refused\n"
            + "\tIs the server running on that host and accepting TCP/IP connections?\n"
        #expect(
            LibpqText.oneLine(text)
                == "connection to server at \"a\", port 1 failed: Connection refused")
        #expect(LibpqText.oneLine("") == "no reason given")
    }
}
