import Testing

@testable import Authentication

/// However a value with a secret is printed, the secret does not show.
struct RedactionTests {
    private func shown(_ value: Any) -> [String] {
        var dumped = ""
        dump(value, to: &dumped)
        return ["\(value)", String(reflecting: value), String(describing: [value]), dumped]
    }

    @Test func nothingShows() throws {
        let secret = UserSecret("hunter2")
        let keys = ScramKeys(clientKey: bytes("hunter2"), serverKey: bytes("hunter2"))
        let keyring = ScramKeyring(salt: [1], iterations: 1, keys: keys)
        let verifier = try #require(ScramVerifier(text: Samples.verifier))
        var login = Samples.login("verified", .scramSHA256)
        let verdict = ClientAuthentication.Verdict.granted(final: nil, .plain(bytes("hunter2")))
        _ = login.begin()
        let values: [Any] = [
            secret, keys, keyring, verifier, ServerSecret.plain(bytes("hunter2")),
            ServerSecret.scram(keyring), Samples.directory, login, verdict,
            ScramServer(verifier: verifier, nonce: [1]),
            ScramClient(password: bytes("hunter2"), keyring: keyring, nonce: [1]),
            ServerAuthentication(user: "u", secret: .plain(bytes("hunter2")), nonce: [1]),
            ServerAuthentication.Verdict.answer(bytes("hunter2")),
            try #require(Samples.directory.account(of: "plain")),
        ]
        // As text, as the bytes of an array, and as they are encoded in a verifier.
        let traces = ["hunter2", "104, 117, 110, 116, 101, 114", "112, 101, 110, 99", "Ovlvrk"]
        for value in values {
            for text in shown(value) {
                #expect(text.contains("***"))
                for trace in traces { #expect(!text.contains(trace), "\(type(of: value))") }
            }
        }
    }

    @Test func failuresHoldNoSecret() throws {
        let login = try Login("plain", .password, secret: .plain(bytes("hunter2")))
        let failure = try #require(login.failure)
        for text in shown(failure) { #expect(!text.contains("hunter2")) }
    }
}
