import Testing

@testable import ControlPlane

@Suite("libpq messages")
struct LibpqMessageTests {
    @Test(
        "one line remains, fit for a sentence",
        arguments: [
            (
                "connection to server at \"127.0.0.1\", port 5433 failed: Connection refused\n"
                    + "\tIs the server running on that host and accepting TCP/IP connections?\n",
                "connection refused"
            ),
            (
                "connection to server at \"::1\", port 5433 failed: Connection refused\n"
                    + "\tIs the server running on that host and accepting TCP/IP connections?\n"
                    + "connection to server at \"127.0.0.1\", port 5433 failed: "
                    + "FATAL:  the database system is starting up\n",
                "the database system is starting up"
            ),
            (
                "connection to server on socket \"/tmp/.s.PGSQL.5432\" failed: "
                    + "No such file or directory\n\tIs the server running locally?\n",
                "No such file or directory"
            ),
            (
                "could not translate host name \"db\" to address: Name or service not known\n",
                "could not translate host name \"db\" to address: Name or service not known"
            ),
            (
                "FATAL:  terminating connection due to administrator command\n"
                    + "server closed the connection unexpectedly\n",
                "terminating connection due to administrator command"
            ),
            ("ERROR:  division by zero", "division by zero"),
            (String(repeating: "x", count: 500), String(repeating: "x", count: 200) + "..."),
            ("", "no reason given"),
            ("\n\t\n", "no reason given"),
        ])
    func oneLine(text: String, expected: String) {
        #expect(LibpqMessage.oneLine(text) == expected)
    }

    @Test("a target never shows its password")
    func secret() {
        let target = LibpqTarget(
            host: "db", port: 5432, user: "u", password: "hunter2", database: "d",
            applicationName: "a")
        #expect("\(target)" == "u@db:5432/d")
        #expect(!String(reflecting: target).contains("hunter2"))
    }

    @Test("a password is passed on only when there is one")
    func parameters() {
        var target = LibpqTarget(
            host: "/run/pg", port: 1, user: "u", database: "d", applicationName: "a")
        #expect(!target.parameters.contains { $0.name == "password" })
        #expect(target.parameters.contains { $0.name == "host" && $0.value == "/run/pg" })
        target.password = "x"
        #expect(target.parameters.contains { $0.name == "password" && $0.value == "x" })
    }
}
