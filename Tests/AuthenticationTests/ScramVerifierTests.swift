import Testing

@testable import Authentication

struct ScramVerifierTests {
    @Test func readsWhatPostgreSQLWrites() throws {
        let verifier = try #require(ScramVerifier(text: Samples.verifier))
        #expect(verifier.iterations == 4_096)
        #expect(verifier.salt.count == 16)
        #expect(
            verifier == ScramVerifier(password: bytes("pencil"), salt: verifier.salt))
        #expect(verifier.matches(password: bytes("pencil")))
        #expect(!verifier.matches(password: bytes("pencils")))
        #expect(!verifier.matches(password: []))
    }

    @Test(arguments: [
        "", "pencil", "SCRAM-SHA-256", "SCRAM-SHA-256$", "SCRAM-SHA-256$4096:AAAA$",
        "SCRAM-SHA-1$4096:AAAA$KEY:KEY", "SCRAM-SHA-256$0:AAAA$KEY:KEY",
        "SCRAM-SHA-256$-1:AAAA$KEY:KEY", "SCRAM-SHA-256$99999999999999999999:AAAA$KEY:KEY",
        "SCRAM-SHA-256$4096:$KEY:KEY", "SCRAM-SHA-256$4096:AAA$KEY:KEY",
        "SCRAM-SHA-256$4096:AAAA$KEY:AAAA", "SCRAM-SHA-256$4096:AAAA$AAAA:KEY",
        "SCRAM-SHA-256$4096:AAAA$KEY", "SCRAM-SHA-256$4096:AAAA$KEY:KEY$",
        "SCRAM-SHA-256$4096:AAAA$KEY:KEY:KEY",
    ])
    func notAVerifier(template: String) {
        let key = "OvlvrkzA20/6S8aqV1ncD78Mbm80DuYV918hqURspDE="
        let parts = template.split(separator: "KEY", omittingEmptySubsequences: false)
        #expect(ScramVerifier(text: parts.joined(separator: key)) == nil)
    }

    @Test func kindsOfSecrets() {
        guard case .scram = UserSecret(Samples.verifier) else {
            Issue.record("no verifier")
            return
        }
        #expect(UserSecret(Samples.md5) == .md5(bytes(String(Samples.md5.dropFirst(3)))))
        #expect(UserSecret("md5abc") == .plain(bytes("md5abc")))
        #expect(UserSecret("SCRAM-SHA-256$x") == .plain(bytes("SCRAM-SHA-256$x")))
        #expect(UserSecret("pencil") == .plain(bytes("pencil")))
    }
}
