import Testing

@testable import Authentication

struct ScramServerTests {
    /// The example of RFC 7677, section 3.
    enum RFC {
        static let salt = Base64.decode("W22ZaJ0SNY7soEsUEjb6gQ==".utf8) ?? []
        static let verifier = ScramVerifier(password: bytes("pencil"), salt: salt)
        static let nonce = bytes("%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0")
        static let first = bytes("n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
        static let final = bytes(
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    }

    private func challenged(doomed: Bool = false) throws -> ScramServer {
        var server = ScramServer(
            verifier: RFC.verifier, isDoomed: doomed, printableNonce: RFC.nonce)
        let challenge = bytes(
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                + "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
        #expect(try server.receive(RFC.first) == .challenge(challenge))
        return server
    }

    @Test func exampleOfTheRFC() throws {
        var server = try challenged()
        guard case .proven(let final, let keys) = try server.receive(RFC.final) else {
            Issue.record("refused")
            return
        }
        #expect(text(final) == "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
        #expect(
            keys == ScramKeys(password: bytes("pencil"), salt: RFC.salt, iterations: 4_096))
    }

    @Test func doomedFailsInSpiteOfTheProof() throws {
        var server = try challenged(doomed: true)
        #expect(try server.receive(RFC.final) == .unproven)
    }

    @Test(arguments: 0..<32)
    func anyFlippedBitOfTheProofFails(index: Int) throws {
        var server = try challenged()
        var proof = try #require(
            Base64.decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=".utf8))
        proof[index] ^= UInt8(1 << (index % 8))
        let message = text(RFC.final).split(separator: "p=")[0] + "p=" + text(Base64.encode(proof))
        #expect(try server.receive(bytes(String(message))) == .unproven)
    }

    @Test func isOverAfterTheFinalMessage() throws {
        var server = try challenged()
        _ = try server.receive(RFC.final)
        #expect(throws: AuthenticationFailure.self) { try server.receive(RFC.final) }
    }

    @Test(arguments: [
        ("", "The message is empty."),
        ("n,,n=,r=a\0", "Message length does not match input length."),
        ("x,,n=,r=a", "Unexpected channel-binding flag \"'x'\"."),
        ("\u{1},,n=,r=a", "Unexpected channel-binding flag \"0x01\"."),
        ("n", "Comma expected, but found character \"0x00\"."),
        ("nn,n=,r=a", "Comma expected, but found character \"'n'\"."),
        ("n,x,n=,r=a", "Unexpected attribute \"'x'\" in client-first-message."),
        (
            "p=tls-server-end-point,,n=,r=a",
            "The client selected SCRAM-SHA-256 without channel binding, but the SCRAM message"
                + " includes channel binding data."
        ),
        ("n,,r=a", "Expected attribute \"n\" but found \"'r'\"."),
        ("n,,n=", "Expected attribute \"r\" but found \"0x00\"."),
        ("n,,n", "Expected character \"=\" for attribute \"n\"."),
        ("n,,n=,r=a,7=x", "Attribute expected, but found invalid character \"'7'\"."),
    ])
    func malformedFirstMessage(message: String, detail: String) {
        var server = ScramServer(verifier: RFC.verifier, nonce: Samples.nonce)
        #expect(throws: AuthenticationFailure.malformedScram(detail)) {
            try server.receive(bytes(message))
        }
    }

    @Test func refusedFirstMessage() {
        let cases = [
            ("n,a=me,n=,r=x", "client uses authorization identity, but it is not supported"),
            ("n,,m=x,n=,r=x", "client requires an unsupported SCRAM extension"),
        ]
        for (message, expected) in cases {
            var server = ScramServer(verifier: RFC.verifier, nonce: Samples.nonce)
            #expect(throws: AuthenticationFailure(.featureNotSupported, expected)) {
                try server.receive(bytes(message))
            }
        }
        var server = ScramServer(verifier: RFC.verifier, nonce: Samples.nonce)
        #expect(
            throws: AuthenticationFailure.protocolViolation(
                "non-printable characters in SCRAM nonce")
        ) { try server.receive(bytes("n,,n=,r=a\u{e9}")) }
    }

    private static let nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    private static let proof = "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="

    @Test(arguments: [
        ("", "malformed SCRAM message", "The message is empty."),
        (
            "c=eSws,r=\(nonce),\(proof)",
            "unexpected SCRAM channel-binding attribute in client-final-message", nil
        ),
        ("c=biws,r=\(nonce)x,\(proof)", "invalid SCRAM response", "Nonce does not match."),
        ("c=biws,r=x,\(proof)", "invalid SCRAM response", "Nonce does not match."),
        (
            "c=biws,r=\(nonce)", "malformed SCRAM message",
            "Attribute expected, but found end of string."
        ),
        (
            "c=biws,r=\(nonce),p=abc", "malformed SCRAM message",
            "Malformed proof in client-final-message."
        ),
        (
            "c=biws,r=\(nonce),p=AAAA", "malformed SCRAM message",
            "Malformed proof in client-final-message."
        ),
        (
            "c=biws,r=\(nonce),\(proof),x=1", "malformed SCRAM message",
            "Garbage found at the end of client-final-message."
        ),
    ])
    func malformedFinalMessage(message: String, error: String, detail: String?) throws {
        var server = try challenged()
        #expect(throws: AuthenticationFailure.protocolViolation(error, detail: detail)) {
            try server.receive(bytes(message))
        }
    }

    /// `y,,`: the client knows channel binding and has seen that the proxy does not offer it.
    /// Unknown extensions are ignored, but signed.
    @Test(arguments: [("", true), (",x=1,y=2", true), (",x=unsigned", false)])
    func aClientThatCouldBindIsWelcome(extensions: String, isSigned: Bool) throws {
        var server = ScramServer(verifier: RFC.verifier, printableNonce: RFC.nonce)
        guard case .challenge(let challenge) = try server.receive(bytes("y,,n=,r=abc")) else {
            Issue.record("no challenge")
            return
        }
        let keys = ScramKeys(password: bytes("pencil"), salt: RFC.salt, iterations: 4_096)
        let start = bytes("c=eSws,r=abc") + RFC.nonce
        let whole = start + bytes(extensions)
        let signed = bytes("n=,r=abc,") + challenge + bytes(",") + (isSigned ? whole : start)
        let signature = Hashes.hmacSHA256(key: keys.storedKey, signed)
        let proof = zip(keys.clientKey, signature).map { $0 ^ $1 }
        let verdict = try server.receive(whole + bytes(",p=") + Base64.encode(proof))
        #expect((verdict != .unproven) == isSigned)
    }
}
