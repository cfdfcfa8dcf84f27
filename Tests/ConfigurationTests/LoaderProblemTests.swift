import Testing

@testable import Configuration

/// What the loader says of files that are not right. Each text is the smallest that shows one
/// thing; `{nodes}` stands for a good cluster.
struct LoaderProblemTests {
    private static let nodes =
        #""nodes": [{ "name": "a", "host": "h", "port": 5432, "role": "primary" }]"#
    private static let cluster = "\"clusters\": { \"main\": { \(nodes) } }"

    /// The problems of a file with a good cluster and `more` beside it, without their places.
    private func said(_ more: String) -> [String] {
        problems("{ \(Self.cluster), \(more) }").map {
            String($0.split(separator: ": ", maxSplits: 1)[1])
        }
    }

    private func said(ofNodes nodes: String) -> [String] {
        problems("{ \"clusters\": { \"main\": { \"nodes\": [\(nodes)] } } }").map {
            String($0.split(separator: ": ", maxSplits: 1)[1])
        }
    }

    @Test func allProblemsAtOnceWithTheirPlaces() {
        let text = """
            {
              "listen": { "hots": "127.0.0.1", "port": 70000 },
              "clusters": {
                "main": {
                  "nodes": [
                    { "name": "pg1", "host": "10.0.0.1", "role": "primary" },
                    { "name": "pg2", "host": "10.0.0.2", "port": "5433", "role": "replca" }
                  ],
                  "balancing": { "algorithm": "round_robin" }
                }
              },
              "databases": { "app": { "cluster": "mian" } },
              "pooling": { "size": 5, "minIdle": 6, },
              "log": { "level": "verbose" }
            }
            """
        let roles = "one of primary, replica, auto"
        let algorithms =
            "one of random, roundRobin, weightedRandom, weighted, leastConnections, lowestLatency,"
            + " leastLag"
        let levels = "one of trace, debug, info, warning, error"
        let path = "clusters.main.nodes[1]"
        #expect(
            problems(text) == [
                "2:15: error: listen.hots: unknown key \"hots\"; did you mean \"host\"?; expected"
                    + " one of host, port, unixSocketDirectory, reusePort, tls",
                "2:44: error: listen.port: 70000 is out of range; expected a port from 1 to 65535",
                "7:54: error: \(path).port: this is a string; expected a port from 1 to 65535",
                "7:70: error: \(path).role: unknown role \"replca\"; did you mean \"replica\"?;"
                    + " expected \(roles)",
                "9:35: error: clusters.main.balancing.algorithm: unknown algorithm"
                    + " \"round_robin\"; did you mean \"roundRobin\"?; expected \(algorithms)",
                "12:38: error: databases.app.cluster: unknown cluster \"mian\"; did you mean"
                    + " \"main\"?; expected \"main\"",
                "13:38: error: pooling.minIdle: minIdle, 6, is more than size, 5; expected minIdle"
                    + " at most size",
                "13:39: error: pooling: a comma before `}`; expected no comma after the last one",
                "14:21: error: log.level: unknown level \"verbose\"; expected \(levels)",
            ])
    }

    @Test func theRoot() {
        #expect(problems("[]")[0].hasPrefix("1:1: error: this is an array; expected an object"))
        #expect(
            problems("{}") == [
                "1:1: error: \"clusters\" is missing; expected an object with at least one cluster"
            ])
        #expect(
            problems("{ \"clusters\": {} }") == [
                "1:15: error: clusters: there is no cluster; expected at least one"
            ])
        #expect(said(#""$schema": "./switchyard.schema.json""#) == [])
        #expect(said(#""$schema": 1"#).count == 1)
    }

    @Test(arguments: [
        (#""host": "*""#, #"host: "*" is not an address; expected "0.0.0.0" or "::" for all"#),
        (#""host": "a b""#, #"host: "a b" is no host; expected a host name or an address"#),
        (#""host": """#, "host: this is empty; expected a host name or an address"),
        (#""host": null"#, "host: this is null; expected a host name or an address"),
        (#""port": 0"#, "port: 0 is out of range; expected a port from 1 to 65535"),
        (#""port": 1.5"#, "port: 1.5 is not a whole number; expected a port from 1 to 65535"),
        (
            #""unixSocketDirectory": "tmp""#,
            #"unixSocketDirectory: a relative path; expected a path that begins with "/""#
        ),
        (
            #""unixSocketDirectory": "/\#(String(repeating: "x", count: 100))""#,
            "unixSocketDirectory: the path of the socket would be 115 bytes long; expected at most"
                + " 107"
        ),
    ])
    func listening(member: String, problem: String) {
        #expect(said("\"listen\": { \(member) }") == ["error: listen.\(problem)"])
    }

    @Test(arguments: ["1", "1024", "\"auto\""])
    func workers(value: String) { #expect(said("\"workers\": \(value)") == []) }

    @Test(arguments: ["0", "1025", "\"4\"", "null", "true", "-1"])
    func wrongWorkers(value: String) { #expect(said("\"workers\": \(value)").count == 1) }

    @Test func rolesOfNodes() {
        let replica = #"{ "name": "b", "host": "h", "port": 1, "role": "replica" }"#
        let primary = #"{ "name": "c", "host": "h", "port": 2, "role": "primary" }"#
        let another = #"{ "name": "d", "host": "h", "port": 3, "role": "primary" }"#
        #expect(
            said(ofNodes: "") == [
                "error: clusters.main.nodes: there is no primary; expected one node with"
                    + " \"role\": \"primary\", or nodes with \"role\": \"auto\""
            ])
        #expect(said(ofNodes: replica).count == 1)
        #expect(said(ofNodes: "\(replica), \(primary)") == [])
        #expect(
            said(ofNodes: "\(primary), \(another)") == [
                "error: clusters.main.nodes[1].role: a second primary besides \"c\"; expected one"
                    + " primary in a cluster"
            ])
        let auto = #"{ "name": "e", "host": "h", "port": 4, "role": "auto" }"#
        #expect(said(ofNodes: auto) == [])
        #expect(said(ofNodes: "\(auto), \(replica)") == [])
        #expect(
            said(ofNodes: "\(primary), \(auto)") == [
                "error: clusters.main.nodes[1].role: \"c\" is said to be the primary; expected"
                    + " \"auto\" for that one too, or \"replica\" here"
            ])
    }

    @Test(arguments: [
        (
            #""maxBytes": 8000000, "resumeBytes": 9000000"#,
            "resumeBytes: 9000000 is more than the bound"
        ),
        (#""resumeMillis": 5"#, "resumeMillis: there is no bound to come back below"),
        (#""maxMillis": 0"#, "maxMillis: 0 is out of range"),
        (#""maxLag": 1"#, "maxLag: unknown key"),
    ])
    func lag(members: String, problem: String) throws {
        let node = #"{ "name": "a", "host": "h", "role": "primary" }"#
        let text = "{ \"clusters\": { \"m\": { \"nodes\": [\(node)], \"lag\": { \(members) } } } }"
        let found = problems(text)
        #expect(found.count == 1)
        #expect(found.first?.contains("clusters.m.lag.\(problem)") ?? false, "\(found)")
    }

    @Test func nodesAreDistinct() {
        let first = #"{ "name": "a", "host": "Pg", "role": "primary" }"#
        #expect(
            said(ofNodes: first + #", { "name": "a", "host": "pg2", "role": "replica" }"#) == [
                "error: clusters.main.nodes[1].name: another node of this cluster is named \"a\";"
                    + " expected a name of its own"
            ])
        #expect(
            said(
                ofNodes: first
                    + #", { "name": "b", "host": "pg", "port": 5432, "role": "replica" }"#)
                == [
                    "error: clusters.main.nodes[1].port: node \"a\" has the same host and port,"
                        + " pg:5432; expected another server"
                ])
    }

    @Test(arguments: ["localhost", "127.0.0.1", "::1", "0.0.0.0"])
    func aNodeIsNotTheProxyItself(host: String) {
        let node =
            "{ \"name\": \"a\", \"host\": \"\(host)\", \"port\": 6432, \"role\": \"primary\" }"
        #expect(
            said(ofNodes: node) == [
                "error: clusters.main.nodes[0].port: \(host):6432 is where the proxy itself"
                    + " listens; expected a PostgreSQL server"
            ])
    }

    @Test func weights() {
        let primary = #"{ "name": "a", "host": "h", "port": 1, "role": "primary", "weight": 2 }"#
        let replica = #"{ "name": "b", "host": "h", "port": 2, "role": "replica", "weight": 0 }"#
        #expect(
            said(ofNodes: "\(primary), \(replica)") == [
                "warning: clusters.main.nodes: every replica has weight 0: a weighted algorithm"
                    + " finds none for reads",
                "warning: clusters.main.nodes[0].weight: the weight of a primary counts for"
                    + " nothing",
            ])
        let negative = #"{ "name": "a", "host": "h", "role": "replica", "weight": -1 }"#
        #expect(
            said(ofNodes: negative) == [
                "error: clusters.main.nodes: there is no primary; expected one node with"
                    + " \"role\": \"primary\", or nodes with \"role\": \"auto\"",
                "error: clusters.main.nodes[0].weight: -1 is out of range; expected a share of"
                    + " reads from 0 to 10000",
            ])
    }

    @Test func missingKeysOfANode() {
        #expect(
            said(ofNodes: "{}") == [
                "error: clusters.main.nodes[0]: \"name\" is missing; expected a name for logs and"
                    + " status",
                "error: clusters.main.nodes[0]: \"host\" is missing; expected a host name, an"
                    + " address or a socket folder",
                "error: clusters.main.nodes[0]: \"role\" is missing; expected \"primary\","
                    + " \"replica\" or \"auto\"",
            ])
    }

    @Test func probeTimes() {
        func health(_ members: String) -> [String] {
            problems("{ \"clusters\": { \"m\": { \(Self.nodes), \"health\": { \(members) } } } }")
        }
        #expect(health(#""intervalMillis": 20000"#) == [])
        #expect(health(#""intervalMillis": 9"#).count == 1)
        #expect(health(#""intervalMillis": 2000, "maxBackoffMillis": 1000"#).count == 1)
    }

    @Test func databases() {
        #expect(
            said(#""databases": { "switchyard": {} }"#) == [
                "error: databases.switchyard: the name \"switchyard\" is that of the admin"
                    + " database; expected another name"
            ])
        #expect(
            said(#""databases": {}"#) == [
                "warning: databases: there is no database: only the admin database can be reached"
            ])
        #expect(
            said(#""databases": { "my.shop": { "cluster": 1 } }"#)[0].contains(
                #"databases["my.shop"].cluster: this is a number"#))
        let two = "\"clusters\": { \"a\": { \(Self.nodes) }, \"b\": { \(Self.nodes) } }"
        #expect(
            problems("{ \(two) }") == [
                "1:1: error: \"databases\" is missing; expected the cluster of each database"
            ])
        #expect(problems("{ \(two), \"databases\": { \"x\": {} } }").count == 1)
    }

    @Test func poolingIsInherited() throws {
        let loaded = try load(
            """
            { \(Self.cluster), "pooling": { "size": 30, "minIdle": 3, "mode": "session" },
              "databases": { "a": { "pooling": { "size": 5 } }, "b": {} } }
            """)
        let small = try #require(loaded.configuration.pooling(of: "a"))
        #expect(small.size == 5)
        #expect(small.minIdle == 3)
        #expect(small.mode == .session)
        #expect(loaded.configuration.pooling(of: "b")?.size == 30)
        #expect(
            said(
                #""pooling": { "minIdle": 9 }, "databases": { "a": { "pooling": { "size": 5 } } }"#)
                == [
                    "error: databases.a.pooling.size: minIdle, 9, is more than size, 5; expected"
                        + " minIdle at most size"
                ])
    }
}
