import Testing

@testable import Configuration

/// Users, secrets and rules in the file.
struct AccessTests {
    private static let cluster = """
        "clusters": { "main": { "nodes": [{ "name": "a", "host": "h", "role": "primary" }] } }
        """
    private static let verifier =
        "SCRAM-SHA-256$4096:a63W3uFc8rHz8v53YLCNFg==$OvlvrkzA20/6S8aqV1ncD78Mbm80DuYV918hqURspDE=:"
        + "WuNr36xMYTOz12I7PuL4Iyn8uVU/hIjI+mIp/fNkEpM="

    private func text(_ more: String) -> String { "{ \(Self.cluster), \(more) }" }

    private func said(_ more: String) -> [String] {
        problems(text(more)).map { String($0.split(separator: ": ", maxSplits: 1)[1]) }
    }

    private func password(_ value: String) throws -> String? {
        try load(text("\"users\": { \"u\": { \"password\": \(value) } }")).configuration.users[0]
            .password
    }

    @Test func secretsFromEverywhere() throws {
        #expect(try password("\"p\"") == "p")
        #expect(try password("{ \"env\": \"NAME\" }") == "secret of NAME")
        // The line break at the end of the file is gone.
        #expect(try password("{ \"file\": \"/run/x\" }") == "secret in /run/x")
        #expect(try password("\"\(Self.verifier)\"") == Self.verifier)
    }

    @Test(arguments: ["secret", "secret\n", "secret\r\n", "secret\n\n", "\n"])
    func oneLineBreakIsNotPartOfASecret(content: String) {
        let bytes = Array(
            text("\"users\": { \"u\": { \"password\": { \"file\": \"f\" } } }").utf8)
        let loaded = try? ConfigurationLoader.load(bytes) { _ in content }
        let expected: String? =
            content == "secret\n\n" ? "secret\n" : content == "\n" ? nil : "secret"
        #expect(loaded?.configuration.users.first?.password == expected)
    }

    @Test(arguments: [
        (
            "1", "this is a number; expected a string, {\"env\": \"NAME\"} or {\"file\": \"path\"}"
        ),
        (
            "{}",
            "this names no source; expected a string, {\"env\": \"NAME\"} or {\"file\": \"path\"}"
        ),
        (
            "{ \"env\": \"A\", \"file\": \"b\" }",
            "this names two sources; expected one of env, file"
        ),
        (
            "\"\"",
            "an empty password, which PostgreSQL never accepts; expected a password, or no"
                + " \"password\" at all"
        ),
        ("\"a\\u0000b\"", "a password with a NUL, which PostgreSQL cannot carry"),
        (
            "\"SCRAM-SHA-256$x\"",
            "this begins like a SCRAM verifier, but it needs one more `$`, before its keys;"
                + " expected SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>"
        ),
    ])
    func wrongSecrets(value: String, problem: String) {
        #expect(
            said("\"users\": { \"u\": { \"password\": \(value) } }")
                == ["error: users.u.password: \(problem)"])
    }

    @Test func unavailableSecrets() {
        let bytes = Array(
            text(
                """
                "users": { "a": { "password": { "env": "A" } },
                           "b": { "password": { "file": "b" } } }
                """
            ).utf8)
        #expect {
            try ConfigurationLoader.load(bytes) { source throws(SecretUnavailable) in
                throw SecretUnavailable(source == .file("b") ? "not found" : "not set")
            }
        } throws: { error in
            (error as? ConfigurationFailure)?.problems.map(\.description).map {
                String($0.split(separator: ": ", maxSplits: 1)[1])
            } == [
                "error: users.a.password.env: environment variable A: not set",
                "error: users.b.password.file: file b: not found",
            ]
        }
    }

    @Test func problemsNeverShowASecret() {
        let lines = said(
            """
            "users": { "a": { "password": "SCRAM-SHA-256$hunter2" },
                       "b": { "password": "md5hunter2-hunter2-hunter2-hunter2" },
                       "c": { "password": "md5hunter2hunter2hunter2hunter2hun" },
                       "d": { "password": ["hunter2"] } }
            """)
        #expect(lines.count >= 2)
        #expect(lines.allSatisfy { !$0.contains("hunter2") })
    }

    @Test func configurationsDoNotShowSecrets() throws {
        let configuration = try load(
            """
            { "clusters": { "m": { "nodes": [{ "name": "a", "host": "h", "role": "primary" }],
                                   "monitor": { "password": "hunter2" } } },
              "users": { "u": { "password": "hunter2" } } }
            """
        ).configuration
        var dumped = ""
        dump(configuration, to: &dumped)
        for shown in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(shown.contains("***"))
            #expect(!shown.contains("hunter2"))
        }
    }

    @Test func rulesByDefault() throws {
        #expect(
            try load(text("\"workers\": 1")).configuration.authentication == [.everywhereByScram])
        #expect(
            said("\"authentication\": []")
                == ["warning: authentication: there is no rule: no client can log in"])
    }

    private func rule(
        _ address: String, _ method: String, database: String = "all", user: String = "all"
    ) -> String {
        "{ \"database\": \"\(database)\", \"user\": \"\(user)\", \"address\": \"\(address)\","
            + " \"method\": \"\(method)\" }"
    }

    @Test func wrongRules() {
        #expect(said("\"authentication\": [{}]").count == 4)
        let methods = "one of trust, password, md5, reject, scram-sha-256, cert, peer"
        #expect(
            said("\"authentication\": [\(rule("all", "scram"))]") == [
                "error: authentication[0].method: unknown method \"scram\"; expected \(methods)"
            ])
        #expect(
            said("\"authentication\": [\(rule("10.0.0.0/33", "trust"))]") == [
                "error: authentication[0].address: \"10.0.0.0/33\" is no address; expected \"all\","
                    + " \"local\", \"samehost\", \"samenet\", an address (\"10.0.0.7\", \"::1\") or a"
                    + " network (\"10.0.0.0/8\")"
            ])
        #expect(
            said("\"authentication\": [\(rule("10.0.0.7/8", "trust"))]") == [
                "warning: authentication[0].address: bits of the address behind the prefix length"
                    + " count for nothing"
            ])
    }

    @Test func rulesThatAreNeverReached() {
        let rules = [
            rule("10.0.0.0/8", "md5"), rule("10.1.0.0/16", "trust", database: "app"),
            rule("all", "reject"), rule("local", "trust"),
        ]
        #expect(
            said("\"authentication\": [\(rules.joined(separator: ", "))]") == [
                "warning: authentication[1]: this rule is never reached: authentication[0] matches"
                    + " all it matches",
                "warning: authentication[3]: this rule is never reached: authentication[2] matches"
                    + " all it matches",
            ])
    }

    @Test func namesInRules() {
        let rules = "\"authentication\": [\(rule("all", "md5", database: "shop", user: "ap"))]"
        #expect(said("\"users\": { \"ap\": { \"password\": \"x\" } }, \(rules)") == [])
        let users = #""users": { "app": { "password": "x" } }, "databases": { "shops": {} }"#
        #expect(
            said("\(users), \(rules)") == [
                "warning: authentication[0].database: there is no database \"shop\"; did you mean"
                    + " \"shops\"?",
                "warning: authentication[0].user: there is no user \"ap\"; did you mean \"app\"?",
            ])
    }

    @Test func eachProblemIsSaidOnce() {
        #expect(
            said("\"users\": { \"\": {} }")
                == ["error: users[\"\"]: a name that is empty or contains a NUL"])
        #expect(
            said("\"authentication\": {}")
                == ["error: authentication: this is an object; expected an array of rules"])
        #expect(
            said("\"users\": []")
                == ["error: users: this is an array; expected an object of users by name"])
    }

    @Test func usersWhoCannotLogIn() {
        #expect(
            said(#""users": { "a": {}, "b": { "password": "\#(PasswordFormTests.md5)" } }"#) == [
                "warning: users.a: without a password, and with no rule that trusts this user, it"
                    + " cannot log in",
                "warning: users.b: an md5 hash cannot answer scram-sha-256: where that is asked"
                    + " for, this user cannot log in",
            ])
        let trust = "\"authentication\": [\(rule("local", "trust", user: "a"))]"
        #expect(said("\"users\": { \"a\": {} }, \(trust)") == [])
    }

    @Test func admins() throws {
        let admins = #""admin": { "users": ["dba", "dba"] }"#
        #expect(
            said(admins)
                == [
                    "warning: admin.users[0]: \"dba\" is not in users and no rule trusts it: it cannot"
                        + " log in",
                    "warning: admin.users[1]: this name is given twice",
                ])
        #expect(
            said(
                "\"users\": { \"dba\": { \"password\": \"x\" } }, \"admin\": { \"users\": [\"dba\"] }"
            ) == [])
        let trust =
            "\"authentication\": [\(rule("local", "trust", database: "switchyard", user: "dba"))]"
        #expect(said("\"admin\": { \"users\": [\"dba\"] }, \(trust)") == [])
    }
}
