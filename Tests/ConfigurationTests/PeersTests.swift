import Testing

@testable import Configuration

/// `peers`, and what is said of processes that do not find each other.
struct PeersTests {
    private func root(_ more: String) -> String {
        """
        { "clusters": { "m": { "nodes": [{ "name": "a", "host": "h", "role": "primary" }] } },
          \(more) }
        """
    }

    @Test func everythingIsTaken() throws {
        let loaded = try load(
            root(
                """
                "listen": { "reusePort": true },
                "peers": { "id": 2, "directory": "/run/s", "hosts": [
                    { "id": 1, "host": "10.0.0.1" }, { "id": 2, "host": "b", "port": 5 }] }
                """))
        let peers = loaded.configuration.peers
        #expect(loaded.configuration.listen.reusePort)
        #expect(peers.id == 2)
        #expect(peers.directory == "/run/s")
        #expect(peers.hosts == [.init(id: 1, host: "10.0.0.1"), .init(id: 2, host: "b", port: 5)])
        #expect(loaded.warnings == [])
    }

    @Test(arguments: [
        (
            #""id": 32"#,
            "error: peers.id: 32 is out of range; expected the number of a host from 0 to 31"
        ),
        (
            #""directory": "run""#,
            "error: peers.directory: a relative path; expected a path that begins with \"/\""
        ),
        (
            #""hosts": [{ "id": 1, "host": "h" }]"#,
            "error: peers.hosts: this host has no number among them; expected \"id\" beside \"hosts\""
        ),
        (
            #""id": 0, "hosts": [{ "id": 1, "host": "h" }, { "id": 1, "host": "i" }]"#,
            "error: peers.hosts[1]: 1 is the number of another host as well"
        ),
        (
            #""id": 0, "hosts": [{ "host": "h" }]"#,
            "error: peers.hosts[0]: \"id\" is missing; expected the number of the host"
        ),
    ])
    func said(member: String, problem: String) {
        let said = problems(root("\"peers\": { \(member) }"))
        #expect(said.map { String($0.drop { $0 != "e" }) } == [problem])
    }

    @Test func processesThatDoNotFindEachOtherAreWarnedOf() throws {
        let loaded = try load(root(#""listen": { "reusePort": true }"#))
        #expect(loaded.warnings.count == 1)
        #expect(loaded.warnings.first?.description.contains("a cancel may come") == true)
    }
}
