import Testing
import Vocabulary

@testable import Authentication

/// Logins of clients, method by method, against PostgreSQL's answers.
struct ClientAuthenticationTests {
    private static let right = ServerSecret.plain(bytes("pencil"))
    private static let wrong = ServerSecret.plain(bytes("pencils"))

    @Test(
        arguments: [LoginMethod.password, .md5, .scramSHA256], ["plain", "verified", "ascii_md5"])
    func rightPasswordEnters(method: LoginMethod, user: String) throws {
        let login = try Login(user, method, secret: Self.right)
        if method == .scramSHA256, user == "ascii_md5" {
            // An md5 hash cannot serve SCRAM, as in PostgreSQL.
            #expect(login.failure?.state == .invalidPassword)
            #expect(
                login.failure?.logDetail
                    == "User \"ascii_md5\" does not have a valid SCRAM secret.")
        } else {
            #expect(login.failure == nil)
            #expect(login.granted != nil)
        }
    }

    @Test(arguments: [LoginMethod.password, .md5, .scramSHA256])
    func wrongPasswordsAllLookAlike(method: LoginMethod) throws {
        let reasons = [
            "plain": "Password does not match for user \"plain\".",
            "nobody": "User \"nobody\" has no password assigned.",
            "stranger": "Role \"stranger\" does not exist.",
        ]
        var kinds: Set<[Int32]> = []
        for (user, reason) in reasons {
            let login = try Login(user, method, secret: Self.wrong)
            kinds.insert(login.kinds)
            #expect(
                login.failure
                    == AuthenticationFailure(
                        .invalidPassword, "password authentication failed for user \"\(user)\"",
                        logDetail: reason))
        }
        #expect(kinds.count == 1)
    }

    @Test(arguments: [LoginMethod.password, .md5, .scramSHA256], ["nobody", "stranger"])
    func noPasswordOpensAnAccountWithoutOne(method: LoginMethod, user: String) throws {
        for password in ["pencil", "x", String(repeating: "\u{1}", count: 32)] {
            let login = try Login(user, method, secret: .plain(bytes(password)))
            #expect(login.granted == nil)
            #expect(login.failure?.state == .invalidPassword)
        }
    }

    @Test func whatIsLearnedServesTheServers() throws {
        #expect(try Login("plain", .scramSHA256, secret: Self.right).granted == Self.right)
        #expect(try Login("plain", .md5, secret: Self.right).granted == Self.right)
        #expect(try Login("verified", .password, secret: Self.right).granted == Self.right)
        let hash = UserSecret(Samples.md5)
        #expect(
            try Login("ascii_md5", .md5, secret: Self.right).granted == ServerSecret(hash))
        let learned = try #require(
            try Login("verified", .scramSHA256, secret: Self.right).granted)
        guard case .scram(let keyring) = learned else {
            Issue.record("no keys")
            return
        }
        #expect(keyring.iterations == 4_096)
        // With the keys alone one can log in wherever the verifier is the same.
        #expect(try Login("verified", .scramSHA256, secret: learned).granted == learned)
    }

    @Test func trustAsksNothing() {
        var known = Samples.login("nobody", .trust)
        #expect(known.begin() == .granted(final: nil, .none))
        var plain = Samples.login("plain", .trust)
        #expect(plain.begin() == .granted(final: nil, Self.right))
        var stranger = Samples.login("stranger", .trust)
        #expect(
            stranger.begin()
                == .refused(
                    AuthenticationFailure(
                        .invalidAuthorization, "role \"stranger\" does not exist")))
    }

    @Test func rulesRefuse() {
        var unmatched = Samples.login("plain", nil)
        #expect(
            unmatched.begin()
                == .refused(
                    AuthenticationFailure(
                        .invalidAuthorization,
                        "no pg_hba.conf entry for host \"192.0.2.1\", user \"plain\","
                            + " database \"app\", no encryption")))
        var rejected = Samples.login("plain", .reject)
        #expect(
            rejected.begin()
                == .refused(
                    AuthenticationFailure(
                        .invalidAuthorization,
                        "pg_hba.conf rejects connection for host \"192.0.2.1\", user \"plain\","
                            + " database \"app\", no encryption")))
    }

    @Test(arguments: [
        (LoginMethod.password, [], "invalid password packet size"),
        (.password, bytes("pencil"), "invalid password packet size"),
        (.password, bytes("pen\0cil\0"), "invalid password packet size"),
        (.password, [0], "empty password returned by client"),
        (.md5, [0], "empty password returned by client"),
        (.scramSHA256, [], "invalid string in message"),
        (.scramSHA256, bytes("SCRAM-SHA-256\0"), "insufficient data left in message"),
        (
            .scramSHA256, bytes("SCRAM-SHA-256-PLUS\0") + [255, 255, 255, 255],
            "client selected an invalid SASL authentication mechanism"
        ),
        (
            .scramSHA256, bytes("SCRAM-SHA-256\0") + [0, 0, 0, 5] + bytes("n,,n"),
            "insufficient data left in message"
        ),
        (
            .scramSHA256, bytes("SCRAM-SHA-256\0") + [0, 0, 0, 1] + bytes("n,,n"),
            "invalid message format"
        ),
        (
            .scramSHA256, bytes("SCRAM-SHA-256\0") + [255, 255, 255, 255, 1],
            "invalid message format"
        ),
        (.scramSHA256, [UInt8](repeating: 65, count: 1_025), "invalid message length"),
    ])
    func malformedAnswer(method: LoginMethod, body: [UInt8], error: String) {
        var login = Samples.login("plain", method)
        _ = login.begin()
        guard case .refused(let failure) = login.receive(body) else {
            Issue.record("not refused")
            return
        }
        #expect(failure.message == error)
        let isEmptyPassword = error.hasPrefix("empty")
        #expect(failure.state == (isEmptyPassword ? .invalidPassword : .protocolViolation))
    }

    @Test func anInitialResponseMayComeLater() {
        var login = Samples.login("plain", .scramSHA256)
        _ = login.begin()
        let choice = bytes("SCRAM-SHA-256\0") + [255, 255, 255, 255]
        #expect(login.receive(choice) == .ask(.saslContinue([])))
        guard case .ask(.saslContinue(let challenge)) = login.receive(bytes("n,,n=,r=abc")) else {
            Issue.record("no challenge")
            return
        }
        #expect(text(challenge).hasPrefix("r=abc"))
    }

    @Test func anotherMessageEndsTheLogin() {
        var password = Samples.login("plain", .password)
        _ = password.begin()
        #expect(
            password.receive(unexpectedType: UInt8(ascii: "Q"))
                == .refused(
                    .protocolViolation("expected password response, got message type 81")))
        var scram = Samples.login("plain", .scramSHA256)
        _ = scram.begin()
        #expect(
            scram.receive(unexpectedType: UInt8(ascii: "X"))
                == .refused(.protocolViolation("expected SASL response, got message type 88")))
    }

    @Test func isOverAfterTheVerdict() {
        var login = Samples.login("plain", .password)
        _ = login.begin()
        #expect(login.receive(bytes("pencil\0")) == .granted(final: nil, Self.right))
        guard case .refused = login.receive(bytes("pencil\0")) else {
            Issue.record("a second answer was taken")
            return
        }
    }
}
