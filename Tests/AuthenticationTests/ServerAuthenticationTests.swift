import Testing

@testable import Authentication

/// The proxy's logins to servers. The recorded bytes are those of psql and PostgreSQL 15.
struct ServerAuthenticationTests {
    private static let pencil = ServerSecret.plain(bytes("pencil"))

    private func login(
        _ secret: ServerSecret = pencil, keyring: ScramKeyring? = nil, nonce: [UInt8] = [1, 2, 3],
        user: String = "ascii_scr"
    ) -> ServerAuthentication {
        ServerAuthentication(user: user, secret: secret, keyring: keyring, nonce: nonce)
    }

    private func request(_ code: UInt8, _ data: [UInt8] = []) -> [UInt8] { [0, 0, 0, code] + data }

    @Test func trust() throws {
        var login = login(.none)
        #expect(try login.receive(request(0)) == .authenticated)
        #expect(throws: ServerAuthenticationError.self) { try login.receive(request(0)) }
    }

    @Test func password() throws {
        var login = login()
        #expect(try login.receive(request(3)) == .answer(bytes("pencil\0")))
        #expect(try login.receive(request(0)) == .authenticated)
    }

    @Test(arguments: [pencil, .md5(bytes(String(Samples.md5.dropFirst(3))))])
    func md5(secret: ServerSecret) throws {
        var login = login(secret, user: "ascii_md5")
        #expect(
            try login.receive(request(5, [0xDE, 0xA8, 0xBF, 0x5C]))
                == .answer(bytes("md560799313b76acd458cd54df2df8f0c0b\0")))
        #expect(try login.receive(request(0)) == .authenticated)
    }

    private enum Recorded {
        static let nonce = Base64.decode("dulkL0meinXpks0RSOX95f9j".utf8) ?? []
        static let offer = bytes("SCRAM-SHA-256\0\0")
        static let greeting =
            bytes("SCRAM-SHA-256\0") + [0, 0, 0, 0x20] + bytes("n,,n=,r=dulkL0meinXpks0RSOX95f9j")
        static let challenge = bytes(
            "r=dulkL0meinXpks0RSOX95f9j5YBTHmSPNr6C0q6j4X/ibfC+,s=a63W3uFc8rHz8v53YLCNFg==,i=4096")
        static let answer = bytes(
            "c=biws,r=dulkL0meinXpks0RSOX95f9j5YBTHmSPNr6C0q6j4X/ibfC+,"
                + "p=spuWFCtrbZdzJqt6ziDmf4WfqTWMS8J23Tay2oNN70M=")
        static let final = bytes("v=wfznXMW+4kk2DusNhefCFvFWpP/m79hICUinV47ynNw=")
    }

    @Test func recordedScram() throws {
        var login = login(nonce: Recorded.nonce)
        #expect(try login.receive(request(10, Recorded.offer)) == .answer(Recorded.greeting))
        #expect(try login.receive(request(11, Recorded.challenge)) == .answer(Recorded.answer))
        #expect(try login.receive(request(12, Recorded.final)) == .wait)
        #expect(try login.receive(request(0)) == .authenticated)
        #expect(login.keyring?.iterations == 4_096)
    }

    /// The proxy in PostgreSQL's place gives psql the same challenge and the same proof of itself.
    @Test func recordedScramFromTheOtherSide() throws {
        let verifier = try #require(ScramVerifier(text: Samples.verifier))
        let nonce = try #require(Base64.decode("5YBTHmSPNr6C0q6j4X/ibfC+".utf8))
        var server = ScramServer(verifier: verifier, nonce: nonce)
        #expect(
            try server.receive(bytes("n,,n=,r=dulkL0meinXpks0RSOX95f9j"))
                == .challenge(Recorded.challenge))
        guard case .proven(let final, _) = try server.receive(Recorded.answer) else {
            Issue.record("refused")
            return
        }
        #expect(final == Recorded.final)
    }

    @Test func keptKeysSpareTheCostAndWork() throws {
        // A wrong password beside the right keys: whoever used the password would fail.
        let verifier = try #require(ScramVerifier(text: Samples.verifier))
        let keys = ScramKeys(password: bytes("pencil"), salt: verifier.salt, iterations: 4_096)
        let keyring = ScramKeyring(salt: verifier.salt, iterations: 4_096, keys: keys)
        var login = login(.plain(bytes("unused")), keyring: keyring, nonce: Recorded.nonce)
        _ = try login.receive(request(10, Recorded.offer))
        #expect(try login.receive(request(11, Recorded.challenge)) == .answer(Recorded.answer))
        // Keys of another salt do not serve, and are not used.
        let stale = ScramKeyring(salt: [1], iterations: 4_096, keys: keys)
        var renewed = self.login(keyring: stale, nonce: Recorded.nonce)
        _ = try renewed.receive(request(10, Recorded.offer))
        #expect(try renewed.receive(request(11, Recorded.challenge)) == .answer(Recorded.answer))
        var stuck = self.login(.scram(stale), nonce: Recorded.nonce)
        _ = try stuck.receive(request(10, Recorded.offer))
        #expect(throws: ServerAuthenticationError.verifiersDiffer) {
            try stuck.receive(request(11, Recorded.challenge))
        }
    }

    @Test(arguments: [
        (UInt8(2), "Kerberos V5"), (6, "SCM credential"), (7, "GSSAPI"), (9, "SSPI"),
        (99, "an unknown kind (99) of"),
    ])
    func unsupportedMethods(code: UInt8, name: String) {
        var login = login()
        #expect(throws: ServerAuthenticationError.unsupportedMethod(name)) {
            try login.receive(request(code))
        }
    }

    @Test func secretsThatDoNotServe() throws {
        let keys = ScramKeyring(
            salt: [1], iterations: 1, keys: ScramKeys(clientKey: [1], serverKey: [2]))
        let cases: [(ServerSecret, [UInt8], ServerAuthenticationError)] = [
            (.none, request(3), .passwordMissing(method: "password")),
            (.none, request(5, [1, 2, 3, 4]), .passwordMissing(method: "md5")),
            (
                .none, request(10, bytes("SCRAM-SHA-256\0\0")),
                .passwordMissing(method: "SCRAM-SHA-256")
            ),
            (
                .md5(bytes("x")), request(3),
                .secretUnsuitable(method: "password", stored: "an md5 hash")
            ),
            (
                .md5(bytes("x")), request(10, bytes("SCRAM-SHA-256\0\0")),
                .secretUnsuitable(method: "SCRAM-SHA-256", stored: "an md5 hash")
            ),
            (
                .scram(keys), request(3),
                .secretUnsuitable(method: "password", stored: "a SCRAM verifier")
            ),
            (
                .scram(keys), request(5, [1, 2, 3, 4]),
                .secretUnsuitable(method: "md5", stored: "a SCRAM verifier")
            ),
        ]
        for (secret, body, error) in cases {
            var login = login(secret)
            #expect(throws: error) { try login.receive(body) }
        }
    }

    @Test func mechanisms() throws {
        var several = login()
        let both = bytes("OAUTHBEARER\0SCRAM-SHA-256\0\0")
        guard case .answer = try several.receive(request(10, both)) else {
            Issue.record("no answer")
            return
        }
        var other = login()
        #expect(throws: ServerAuthenticationError.unsupportedMechanisms(["OAUTHBEARER"])) {
            try other.receive(request(10, bytes("OAUTHBEARER\0\0")))
        }
        var none = login()
        #expect(throws: ServerAuthenticationError.unsupportedMechanisms([])) {
            try none.receive(request(10))
        }
    }

    /// What a server that is not who it should be, or does not know the protocol, may send.
    @Test(arguments: [
        "", "x", "r=AQID", "r=AQID,s=AAAA,i=1", "r=other,s=AAAA,i=1", "r=AQIDx,s=,i=1",
        "r=AQIDx,s=A,i=1", "r=AQIDx,s=AAAA,i=0", "r=AQIDx,s=AAAA,i=x", "r=AQIDx,s=AAAA,i=-5",
        "r=AQIDx,s=AAAA,i=99999999999999999999", "r=AQIDx,s=AAAA", "r=AQIDx,i=1,s=AAAA",
        "r=AQIDx\0,s=AAAA,i=1", "s=AAAA,r=AQIDx,i=1",
    ])
    func malformedChallenges(challenge: String) throws {
        var login = login()
        _ = try login.receive(request(10, Recorded.offer))
        #expect {
            try login.receive(request(11, bytes(challenge)))
        } throws: { error in
            guard case .malformed = error as? ServerAuthenticationError else { return false }
            return true
        }
    }

    @Test func costlyChallenges() throws {
        var login = login()
        _ = try login.receive(request(10, Recorded.offer))
        #expect(throws: ServerAuthenticationError.tooManyIterations(1_000_001)) {
            try login.receive(request(11, bytes("r=AQIDx,s=AAAA,i=1000001")))
        }
    }

    @Test(arguments: [
        (UInt8(12), "v=AAAA", ServerAuthenticationError.serverNotGenuine),
        (12, "v=wgznXMW+4kk2DusNhefCFvFWpP/m79hICUinV47ynNw=", .serverNotGenuine),
        (12, "v=!", .malformed("a signature that is not base64")),
        (12, "e=invalid-proof", .exchangeFailed("invalid-proof")),
        (0, "", .serverNotGenuine),
        (11, "r=x", .malformed("a second SCRAM challenge")),
        (3, "", .malformed("cleartext password within SCRAM")),
    ])
    func endings(code: UInt8, data: String, error: ServerAuthenticationError) throws {
        var login = login(nonce: Recorded.nonce)
        _ = try login.receive(request(10, Recorded.offer))
        _ = try login.receive(request(11, Recorded.challenge))
        #expect(throws: error) { try login.receive(request(code, bytes(data))) }
        #expect(login.keyring == nil)
    }

    @Test func messagesOutOfTurn() throws {
        var short = login()
        #expect(throws: ServerAuthenticationError.malformed("shorter than its code")) {
            try short.receive([0, 0, 0])
        }
        var early = login()
        #expect(throws: ServerAuthenticationError.self) {
            try early.receive(request(11, Recorded.challenge))
        }
        var twice = login()
        _ = try twice.receive(request(3))
        #expect(throws: ServerAuthenticationError.malformed("md5 in place of the result")) {
            try twice.receive(request(5, [1, 2, 3, 4]))
        }
        var salt = login()
        #expect(throws: ServerAuthenticationError.malformed("an md5 salt")) {
            try salt.receive(request(5, [1, 2, 3]))
        }
        var skipped = login()
        _ = try skipped.receive(request(10, Recorded.offer))
        #expect(throws: ServerAuthenticationError.serverNotGenuine) {
            try skipped.receive(request(0))
        }
    }
}
