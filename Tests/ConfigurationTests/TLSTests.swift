import Testing
import Vocabulary

@testable import Configuration

/// What is said of TLS in a file, towards clients and towards servers.
struct TLSTests {
    private static let node = #""name": "a", "host": "h", "role": "primary""#

    private func text(listen: String = "{}", cluster: String = "{}", node: String = "{}") -> String
    {
        """
        { "listen": { "tls": \(listen) }, "clusters": { "m": {
          "tls": \(cluster), "nodes": [{ \(Self.node), "tls": \(node) }] } } }
        """
    }

    private func said(
        listen: String = "{}", cluster: String = "{}", node: String = "{}"
    ) -> [String] {
        problems(text(listen: listen, cluster: cluster, node: node)).map {
            String($0.split(separator: ": ", maxSplits: 1)[1])
        }
    }

    private func listen(_ tls: String) throws -> ProxyConfiguration.ListenTLS {
        try load(text(listen: tls)).configuration.listen.tls
    }

    private func server(
        cluster: String = "{}", node: String = "{}"
    ) throws -> ProxyConfiguration.ServerTLS {
        let configuration = try load(text(cluster: cluster, node: node)).configuration
        return try #require(configuration.clusters.first?.nodes.first).tls
    }

    @Test func listenerDefaults() throws {
        #expect(try listen("{}").mode == .disable)
        let tls = try listen(#"{ "certificate": "c.pem", "key": "k.pem" }"#)
        #expect(tls.mode == .prefer)
        #expect(tls.minimumVersion == .tls12)
        #expect(tls.certificate == "c.pem")
        #expect(tls.key == "k.pem")
        #expect(
            try listen(#"{ "mode": "disable", "certificate": "c", "key": "k" }"#).mode == .disable)
    }

    @Test func listenerProblems() {
        let pair = #""certificate": "c", "key": "k""#
        let cases = [
            (#"{ "mode": "require" }"#, "mode require needs a certificate"),
            (#"{ "certificate": "c" }"#, "a certificate without its private key"),
            (#"{ "key": "k" }"#, "a private key without its certificate"),
            (
                "{ \"mode\": \"verify-full\", \(pair) }",
                "mode verify-full needs the authorities of clients' certificates"
            ),
            (#"{ "mode": "verify" }"#, "unknown mode \"verify\""),
            ("{ \"minimumVersion\": \"TLSv1.1\", \(pair) }", "unknown version \"TLSv1.1\""),
            ("{ \"clientCA\": \"\", \(pair) }", "this is empty"),
            ("{ \"cert\": \"c\" }", "unknown key \"cert\""),
        ]
        for (tls, problem) in cases {
            #expect(said(listen: tls).contains { $0.contains(problem) }, "\(tls)")
        }
        #expect(said(listen: "{ \(pair), \"clientCA\": \"a\", \"mode\": \"verify-ca\" }") == [])
    }

    @Test func serverDefaultsAreLibpqs() throws {
        let tls = try server()
        #expect(tls == ProxyConfiguration.ServerTLS())
        #expect(tls.mode == .prefer)
        #expect(tls.negotiation == .postgres)
    }

    @Test func nodesInheritKeyByKey() throws {
        let tls = try server(
            cluster: """
                { "mode": "verify-ca", "rootCertificate": "r", "certificate": "c", "key": "k" }
                """,
            node: #"{ "mode": "verify-full", "minimumVersion": "TLSv1.3" }"#)
        #expect(tls.mode == .verifyFull)
        #expect(tls.rootCertificate == "r")
        #expect(tls.certificate == "c")
        #expect(tls.minimumVersion == .tls13)
    }

    @Test func rootCertificatesAreThereToBeUsed() throws {
        #expect(try server(cluster: #"{ "mode": "require" }"#).effectiveMode == .require)
        let verified = try server(cluster: #"{ "mode": "require", "rootCertificate": "r" }"#)
        #expect(verified.effectiveMode == .verifyCA)
    }

    @Test func serverProblems() {
        let cases = [
            (#"{ "mode": "verify-full" }"#, "needs the authorities of servers' certificates"),
            (#"{ "certificate": "c" }"#, "a certificate without its private key"),
            (
                #"{ "sslnegotiation": "direct" }"#,
                "weak sslmode \"prefer\" may not be used with sslnegotiation=direct"
            ),
            (
                #"{ "mode": "allow", "rootCertificate": "r" }"#,
                "under mode allow a server's certificate is not checked"
            ),
        ]
        for (tls, problem) in cases {
            #expect(said(cluster: tls).contains { $0.contains(problem) }, "\(tls)")
            #expect(said(node: tls).contains { $0.contains(problem) }, "\(tls)")
        }
        let direct = #"{ "mode": "require", "sslnegotiation": "direct" }"#
        #expect(said(cluster: direct) == [])
        // A node that falls back behind what it inherits.
        #expect(
            said(cluster: direct, node: #"{ "mode": "prefer" }"#).contains {
                $0.contains("weak sslmode \"prefer\"")
            })
    }
}
