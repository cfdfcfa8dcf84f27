import Testing
import Vocabulary

@testable import Configuration

/// The words of pg_hba.conf and pg_ident.conf in the file.
struct RuleTests {
    private func text(_ more: String) -> String {
        #"{ "clusters": { "m": { "nodes": [{ "name": "a", "host": "h", "role": "primary" }] } }, "#
            + #""listen": { "tls": { "mode": "allow", "certificate": "c", "key": "k","#
            + #" "clientCA": "a" } }, "users": { "u": { "password": "p" } }, \#(more) }"#
    }

    private func said(rule: String, more: String = "") -> [String] {
        problems(text("\"authentication\": [{ \(rule) }]\(more)")).map {
            String($0.split(separator: ": ", maxSplits: 1)[1])
        }
    }

    private static let usual = #""database": "all", "user": "all""#

    @Test func everyWord() throws {
        let rules = try load(
            text(
                #"""
                "authentication": [
                  { "type": "local", "database": ["a", "/^b"], "user": "all", "method": "peer",
                    "map": "m" },
                  { "type": "hostssl", "database": "sameuser", "user": ["u", "/^x"],
                    "address": "samenet", "method": "cert", "clientCertificate": "verify-full" },
                  { "type": "host", "database": "replication", "user": "all",
                    "address": "samehost", "method": "reject" } ],
                "identityMaps": { "m": [ { "systemUser": "/^(.*)$", "databaseUser": "\\1" } ] }
                """#)
        ).configuration
        #expect(
            rules.authentication.map(\.summary) == [
                "local database a,/^b, user all: peer map m",
                "hostssl database sameuser, user u,/^x, address samenet: cert"
                    + " clientCertificate verify-full",
                "host database replication, user all, address samehost: reject",
            ])
        #expect(rules.identityMaps.map(\.name) == ["m"])
        let rows = rules.effectiveSettings
        #expect(rows.first { $0.path == "identityMaps.m[0]" }?.value == "/^(.*)$ as \\1")
    }

    @Test(
        arguments: [
            (
                #""address": "all", "method": "cert""#,
                "error: authentication[0].method: method cert needs type hostssl"
            ),
            (
                #""address": "all", "method": "peer""#,
                "error: authentication[0].method: method peer needs type local"
            ),
            (
                #""type": "host", "address": "local", "method": "md5""#,
                "error: authentication[0].address: \"local\" is the Unix-domain socket, not host"
            ),
            (
                #""type": "local", "address": "10.0.0.1", "method": "md5""#,
                "error: authentication[0].address: a rule of type local has no address"
            ),
            (
                #""type": "host", "method": "md5""#,
                "error: authentication[0]: \"address\" is missing; expected an address, \"all\" or"
                    + " \"local\""
            ),
            (
                #""type": "ssl", "address": "all", "method": "md5""#,
                "error: authentication[0].type: unknown type \"ssl\"; expected one of local, host,"
                    + " hostssl, hostnossl"
            ),
            (
                #""address": "all", "method": "md5", "clientCertificate": "verify-ca""#,
                "error: authentication[0].clientCertificate: clientCertificate needs type hostssl"
            ),
            (
                #""type": "hostssl", "address": "all", "method": "cert", "#
                    + #""clientCertificate": "verify-ca""#,
                "error: authentication[0].clientCertificate: method cert goes with verify-full"
                    + " alone"
            ),
            (
                #""address": "all", "method": "md5", "map": "m""#,
                "error: authentication[0].map: map goes with the methods cert and peer alone"
            ),
            (
                #""type": "local", "method": "peer", "map": "n""#,
                "error: authentication[0].map: unknown identity map \"n\"; expected none"
            ),
        ])
    func contradictions(rule: String, problem: String) {
        #expect(said(rule: "\(Self.usual), \(rule)") == [problem])
    }

    @Test(
        arguments: [
            (#""database": "/(", "user": "all""#, "database: \"/(\" has a \"(\" without a \")\""),
            (#""database": [], "user": "all""#, "database: there is no name; expected a database"),
            (#""database": "all", "user": ["u", "+x"]"#, "user[1]: \"+x\" asks for the members"),
            (#""database": "samerole", "user": "all""#, "database: \"samerole\" asks for the"),
            (#""database": "all", "user": 1"#, "user: this is a number; expected a user"),
        ])
    func wrongNames(names: String, problem: String) {
        let lines = said(rule: "\(names), \"address\": \"all\", \"method\": \"md5\"")
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("error: authentication[0].\(problem)") == true)
    }

    @Test func captures() {
        let maps = #""identityMaps": { "m": [ { "systemUser": "x", "databaseUser": "a\\1" } ] }"#
        #expect(
            problems(text(maps)).map { String($0.split(separator: ": ", maxSplits: 1)[1]) } == [
                "error: identityMaps.m[0].databaseUser: \\1 stands for nothing; expected a group in"
                    + " an expression as systemUser"
            ])
    }

    @Test func rulesThatNeedTLS() {
        func said(_ rule: String, tls: String) -> [String] {
            let rule = "{ \(Self.usual), \"address\": \"all\", \(rule) }"
            let usual = #""tls": { "mode": "allow", "certificate": "c", "key": "k","#
            let text = text("\"authentication\": [\(rule)]")
                .replacing(usual, with: tls).replacing(#" "clientCA": "a" }"#, with: "")
            return problems(text).map { String($0.split(separator: ": ", maxSplits: 1)[1]) }
        }
        let disabled = #""port": 1"#
        let plain = #""tls": { "mode": "allow", "certificate": "c", "key": "k" }"#
        let needed =
            "client certificates can only be checked where an authority is named; expected"
            + " listen.tls.clientCA"
        #expect(
            said(#""type": "hostssl", "method": "md5""#, tls: disabled) == [
                "warning: authentication[0].type: no connection is encrypted, since"
                    + " listen.tls.mode is disable: this rule never matches"
            ])
        #expect(said(#""type": "hostssl", "method": "md5""#, tls: plain) == [])
        #expect(
            said(#""type": "hostssl", "method": "cert""#, tls: plain)
                == ["error: authentication[0].method: \(needed)"])
        let demand = #""type": "hostssl", "method": "md5", "clientCertificate": "verify-ca""#
        #expect(
            said(demand, tls: plain) == ["error: authentication[0].clientCertificate: \(needed)"])
    }

    private static func rule(_ words: String) throws -> ProxyConfiguration.AuthenticationRule {
        let parts = words.split(separator: " ").map(String.init)
        var rule = ProxyConfiguration.AuthenticationRule(
            databases: [try NamePattern(parts[1], isDatabase: true)],
            users: [try NamePattern(parts[2], isDatabase: false)], address: parts[3],
            method: .trust)
        rule.type = .init(rawValue: parts[0])
        return rule
    }

    @Test(
        arguments: [
            ("any all all all", "hostssl a u 10.0.0.0/8", true),
            ("any all all all", "local a u local", true),
            ("host all all all", "any a u 10.0.0.1", true),
            ("host all all all", "any a u local", false),
            ("host all all all", "any a u all", false),
            ("hostssl all all all", "host all all all", false),
            ("any all all all", "any replication all all", false),
            ("any replication all all", "any replication u all", true),
            ("any /^app all all", "any app_1 u all", true),
            ("any /^app all all", "any /^app_ u all", false),
            ("any all all samenet", "any all all samehost", true),
            ("any all all local", "local all all local", true),
            ("local all all local", "any all all all", false),
        ])
    func covering(outer: String, inner: String, isCovered: Bool) throws {
        #expect(try Self.rule(outer).covers(try Self.rule(inner)) == isCovered)
    }
}

/// Lookups of users in the file.
struct AuthQueryConfigurationTests {
    private func text(_ cluster: String, _ more: String = "") -> String {
        "{ \"clusters\": { \"m\": { \"nodes\": [{ \"name\": \"a\", \"host\": \"h\","
            + " \"role\": \"primary\" }]\(cluster) } }\(more) }"
    }

    private func said(_ query: String, _ more: String = "") -> [String] {
        problems(text(", \"authQuery\": { \(query) }", more)).map {
            String($0.split(separator: ": ", maxSplits: 1)[1])
        }
    }

    @Test func ofClusterAndDatabase() throws {
        let configuration = try load(
            text(
                #", "authQuery": { "user": "pooler", "password": "hunter2" }"#,
                #", "databases": { "x": { "authQuery": { "user": "other", "cacheSeconds": 0,"#
                    + #" "query": "SELECT a, b FROM f($1)" } }, "*": {} }"#)
        ).configuration
        let usual = try #require(
            configuration.database(named: "y").flatMap { configuration.authQuery(of: $0) })
        #expect(usual.user == "pooler" && usual.password == "hunter2")
        #expect(usual.database == "postgres" && usual.cacheSeconds == 10)
        let own = try #require(
            configuration.database(named: "x").flatMap { configuration.authQuery(of: $0) })
        #expect(own.user == "other" && own.password == nil && own.cacheSeconds == 0)
        let rows = configuration.effectiveSettings
        #expect(rows.first { $0.path == "clusters.m.authQuery.password" }?.value == "***")
        #expect(rows.first { $0.path == "databases.x.authQuery.user" }?.value == "other")
        var dumped = ""
        dump(configuration, to: &dumped)
        for shown in ["\(rows)", "\(configuration)", dumped] { #expect(!shown.contains("hunter2")) }
    }

    @Test func problemsOfIt() {
        #expect(
            said("") == [
                "error: clusters.m.authQuery: \"user\" is missing; expected the role that may read"
                    + " secrets"
            ])
        #expect(
            said(#""user": "u", "query": "SELECT 1""#) == [
                "error: clusters.m.authQuery.query: the query does not use the user's name;"
                    + " expected $1 in its place"
            ])
        #expect(said(#""user": "u", "cache": 1"#).count == 1)
    }

    /// Whoever is not in the file may be on the servers.
    @Test func namesInRulesMayBeThoseOfOthers() {
        let rules =
            #", "users": { "limited": {} }, "authentication": [{ "database": "all","#
            + #" "user": "bob", "address": "all", "method": "md5" }]"#
        #expect(said(#""user": "u""#, rules) == [])
    }
}
