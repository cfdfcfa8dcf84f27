import Testing
import Vocabulary

@testable import Authentication

/// `cert`, `peer`, certificates on top of a method, and identity maps.
struct IdentityTests {
    private static let map = IdentityMap(
        name: "m",
        entries: [
            .init(systemUser: name("root"), databaseUser: name("plain")),
            .init(systemUser: name("/^(.*)@x$"), databaseUser: name("\\1")),
            .init(systemUser: name("/^(.*)@y$"), databaseUser: name("svc_\\1_ro")),
            .init(systemUser: name("admin"), databaseUser: name("all")),
            .init(systemUser: name("many"), databaseUser: name("/^app_")),
            .init(systemUser: name("/^(q)?z$"), databaseUser: name("a\\1b")),
        ])

    @Test(
        arguments: [
            ("root", "plain", true), ("root", "root", false), ("joe@x", "joe", true),
            ("joe@x", "jim", false), ("joe@xx", "joe", false), ("joe@y", "svc_joe_ro", true),
            ("joe@y", "joe", false), ("admin", "anybody", true), ("many", "app_1", true),
            ("many", "my_app", false), ("all", "anybody", false), ("", "", false),
            ("$@x", "$", true), ("z", "a\\1b", true),
        ])
    func maps(system: String, user: String, isIn: Bool) {
        #expect(Self.map.admits(system, as: user) == isIn)
    }

    private func login(
        _ user: String, _ method: LoginMethod, _ proof: IdentityProof
    ) -> ClientAuthentication {
        ClientAuthentication(
            LoginAttempt(user: user, database: "app", host: "192.0.2.1"), method: method,
            identity: proof, directory: Samples.directory, salt: Samples.salt,
            nonce: Samples.nonce)
    }

    private func certificate(_ name: String, isVerified: Bool = true) -> ClientCertificate {
        ClientCertificate(
            commonName: name, distinguishedName: "CN=\(name)", isVerified: isVerified)
    }

    private func refusal(_ verdict: ClientAuthentication.Verdict) -> String? {
        guard case .refused(let failure) = verdict else { return nil }
        return "\(failure.state) \(failure.message)"
    }

    @Test func certificates() {
        var good = login("plain", .cert, IdentityProof(certificate: certificate("plain")))
        #expect(good.begin() == .granted(final: nil, .plain(bytes("pencil"))))
        let invalid = "28000 connection requires a valid client certificate"
        let failed = "28000 certificate authentication failed for user \"plain\""
        for (proof, text) in [
            (IdentityProof(), invalid),
            (IdentityProof(certificate: certificate("plain", isVerified: false)), invalid),
            (IdentityProof(certificate: certificate("other")), failed),
            (IdentityProof(certificate: certificate("")), failed),
            (IdentityProof(certificate: certificate("plain"), map: Self.map), failed),
        ] {
            var bad = login("plain", .cert, proof)
            #expect(refusal(bad.begin()) == text)
        }
        var mapped = login(
            "plain", .cert, IdentityProof(certificate: certificate("root"), map: Self.map))
        #expect(mapped.begin() == .granted(final: nil, .plain(bytes("pencil"))))
        var unknown = login("ghost", .cert, IdentityProof(certificate: certificate("ghost")))
        #expect(refusal(unknown.begin()) == "28000 role \"ghost\" does not exist")
    }

    @Test func peers() {
        var good = login("plain", .peer, IdentityProof(systemUser: "plain"))
        #expect(good.begin() == .granted(final: nil, .plain(bytes("pencil"))))
        for proof in [IdentityProof(), IdentityProof(systemUser: "other")] {
            var bad = login("plain", .peer, proof)
            #expect(
                refusal(bad.begin()) == "28000 Peer authentication failed for user \"plain\"")
        }
        var mapped = login("plain", .peer, IdentityProof(systemUser: "root", map: Self.map))
        #expect(refusal(mapped.begin()) == nil)
    }

    @Test func certificatesBesidesAPassword() {
        let invalid = "28000 connection requires a valid client certificate"
        for demand in [CertificateDemand.verifyCA, .verifyFull] {
            var none = login("plain", .password, IdentityProof(demand: demand))
            #expect(refusal(none.begin()) == invalid)
            let proof = IdentityProof(certificate: certificate("other"), demand: demand)
            var other = login("plain", .password, proof)
            #expect(other.begin() == .ask(.cleartextPassword))
            let verdict = other.receive(bytes("pencil") + [0])
            let refused = "28P01 password authentication failed for user \"plain\""
            #expect(refusal(verdict) == (demand == .verifyFull ? refused : nil))
            var own = login(
                "plain", .password,
                IdentityProof(certificate: certificate("plain"), demand: demand))
            _ = own.begin()
            #expect(refusal(own.receive(bytes("pencil") + [0])) == nil)
        }
        // A rule that rejects says so, certificate or not.
        var rejected = login("plain", .reject, IdentityProof(demand: .verifyFull))
        #expect(refusal(rejected.begin())?.contains("pg_hba.conf rejects") == true)
    }

    @Test func refusalsOfReplication() {
        for (method, text) in [
            (nil, "no pg_hba.conf entry for replication connection from host \"h\", user \"u\""),
            (.reject, "pg_hba.conf rejects replication connection for host \"h\", user \"u\""),
        ] as [(LoginMethod?, String)] {
            let attempt = LoginAttempt(
                user: "u", database: "u", host: "h", isEncrypted: true, isPhysicalReplication: true)
            var login = ClientAuthentication(
                attempt, method: method, directory: Samples.directory, salt: Samples.salt,
                nonce: Samples.nonce)
            #expect(refusal(login.begin()) == "28000 \(text), SSL encryption")
        }
    }
}
