import Testing
import Vocabulary

@testable import Authentication

/// SCRAM-SHA-256-PLUS, both sides against each other and against PostgreSQL's texts
/// (src/backend/libpq/auth-scram.c).
struct ChannelBindingTests {
    private static let hash = [UInt8](1...32)
    private static let right = ServerSecret.plain(bytes("pencil"))

    private func server(_ binding: [UInt8]?) -> ClientAuthentication {
        ClientAuthentication(
            LoginAttempt(user: "plain", database: "app", host: "192.0.2.1"),
            method: .scramSHA256, directory: Samples.directory, salt: Samples.salt,
            nonce: Samples.nonce, channelBinding: binding)
    }

    private func client(_ channel: ServerAuthentication.Channel) -> ServerAuthentication {
        ServerAuthentication(
            user: "plain", secret: Self.right, nonce: [UInt8](repeating: 3, count: 18),
            channel: channel)
    }

    /// Plays the two against each other; what the client says, and how it ends.
    private func play(
        _ server: ClientAuthentication, _ client: ServerAuthentication
    ) throws -> (said: [String], failure: AuthenticationFailure?) {
        var (server, client) = (server, client)
        var said: [String] = []
        var verdict = server.begin()
        while case .ask(let request) = verdict {
            guard case .answer(let body) = try client.receive(request.body) else { break }
            said.append(text(body))
            verdict = server.receive(body)
        }
        guard case .refused(let failure) = verdict else { return (said, nil) }
        return (said, failure)
    }

    @Test func boundToTheSame() throws {
        let (said, failure) = try play(
            server(Self.hash), client(.encrypted(binding: Self.hash)))
        #expect(failure == nil)
        #expect(said.first?.hasPrefix("SCRAM-SHA-256-PLUS\0") == true)
        #expect(said.first?.contains("p=tls-server-end-point,,n=,r=") == true)
    }

    /// Somebody in between has a certificate of his own.
    @Test func boundToAnother() throws {
        var other = Self.hash
        other[31] ^= 1
        let (_, failure) = try play(server(Self.hash), client(.encrypted(binding: other)))
        #expect(
            failure
                == AuthenticationFailure(
                    .invalidAuthorization, "SCRAM channel binding check failed"))
    }

    @Test func withoutTLSThereIsNothingToBindTo() throws {
        let (said, failure) = try play(server(nil), client(.plain))
        #expect(failure == nil)
        #expect(said.first?.hasPrefix("SCRAM-SHA-256\0") == true)
        #expect(said.first?.contains("n,,n=,r=") == true)
    }

    /// The server has not offered it: the client says that it could have.
    @Test func missedByTheServer() throws {
        let (said, failure) = try play(server(nil), client(.encrypted(binding: Self.hash)))
        #expect(failure == nil)
        #expect(said.first?.contains("y,,n=,r=") == true)
    }

    /// A certificate without a hash: neither side says more than that it does not bind.
    @Test func certificateWithoutHash() throws {
        let (said, failure) = try play(
            server(Self.hash), client(.encrypted(binding: nil)))
        #expect(failure == nil)
        #expect(said.first?.contains("n,,n=,r=") == true)
    }

    @Test func theOfferIsNotTakenInClear() {
        var client = client(.plain)
        let offer = AuthenticationRequest.sasl(
            mechanisms: ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"])
        #expect(throws: ServerAuthenticationError.bindingWithoutTLS) {
            try client.receive(offer.body)
        }
    }

    @Test func onlyPlusAndNoHash() {
        var client = client(.encrypted(binding: nil))
        let offer = AuthenticationRequest.sasl(mechanisms: ["SCRAM-SHA-256-PLUS"])
        #expect(throws: ServerAuthenticationError.unsupportedMechanisms(["SCRAM-SHA-256-PLUS"])) {
            try client.receive(offer.body)
        }
    }

    @Test func plusIsRefusedWhereItWasNotOffered() {
        var server = server(nil)
        guard case .ask(.sasl(let mechanisms)) = server.begin() else {
            Issue.record("not SASL")
            return
        }
        #expect(mechanisms == ["SCRAM-SHA-256"])
        let body = bytes("SCRAM-SHA-256-PLUS\0") + [0xFF, 0xFF, 0xFF, 0xFF]
        #expect(
            server.receive(body)
                == .refused(
                    .protocolViolation(
                        "client selected an invalid SASL authentication mechanism")))
    }

    // MARK: - First messages, as PostgreSQL judges them

    private static let noData =
        "The client selected SCRAM-SHA-256-PLUS, but the SCRAM message does not include channel"
        + " binding data."
    private static let unaskedData =
        "The client selected SCRAM-SHA-256 without channel binding, but the SCRAM message includes"
        + " channel binding data."

    @Test(arguments: [
        (ScramServer.ChannelBinding.chosen(hash), "n,,n=,r=a", noData),
        (.chosen(hash), "y,,n=,r=a", noData),
        (.declined, "p=tls-server-end-point,,n=,r=a", unaskedData),
        (.unavailable, "p=tls-server-end-point,,n=,r=a", unaskedData),
        (.chosen(hash), "p", "Expected character \"=\" for attribute \"p\"."),
        (
            .chosen(hash), "p=tls-server-end-point,x,n=,r=a",
            "Unexpected attribute \"'x'\" in client-first-message."
        ),
    ])
    func malformed(binding: ScramServer.ChannelBinding, message: String, detail: String) {
        #expect(throws: AuthenticationFailure.malformedScram(detail)) {
            try self.first(message, binding)
        }
    }

    @Test func downgrade() {
        let failure = AuthenticationFailure(
            .invalidAuthorization, "SCRAM channel binding negotiation error",
            detail: "The client supports SCRAM channel binding but thinks the server does not."
                + "  However, this server does support channel binding.")
        #expect(throws: failure) { try first("y,,n=,r=a", .declined) }
        #expect(throws: Never.self) { try first("n,,n=,r=a", .declined) }
        #expect(throws: Never.self) { try first("y,,n=,r=a", .unavailable) }
    }

    @Test func otherTypes() {
        for (type, shown) in [
            ("tls-unique", "tls-unique"), ("", ""), ("a\u{1}b c", "a?b?c"),
            (String(repeating: "x", count: 40), String(repeating: "x", count: 30)),
        ] {
            #expect(
                throws: AuthenticationFailure.protocolViolation(
                    "unsupported SCRAM channel-binding type \"\(shown)\"")
            ) { try first("p=\(type),,n=,r=a", .chosen(Self.hash)) }
        }
    }

    private func first(_ message: String, _ binding: ScramServer.ChannelBinding) throws {
        let verifier = try #require(ScramVerifier(text: Samples.verifier))
        var server = ScramServer(verifier: verifier, binding: binding, nonce: Samples.nonce)
        _ = try server.receive(bytes(message))
    }
}
