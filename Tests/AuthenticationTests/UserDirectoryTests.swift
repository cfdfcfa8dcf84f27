import Testing

@testable import Authentication

struct UserDirectoryTests {
    private static let other = [UInt8](repeating: 8, count: 32)

    @Test func verifiersArePreparedForPlainPasswords() throws {
        let account = try #require(Samples.directory.account(of: "plain"))
        let verifier = try #require(account.verifier)
        #expect(verifier.matches(password: bytes("pencil")))
        #expect(Samples.directory.account(of: "ascii_md5")?.verifier == nil)
        #expect(Samples.directory.account(of: "nobody")?.secret == nil)
        #expect(Samples.directory.account(of: "stranger") == nil)
    }

    @Test func theFirstEntryOfANameCounts() {
        let directory = UserDirectory(
            users: [("dba", "p"), ("dba", nil), ("ops", nil)], mockSecret: Samples.mockSecret)
        #expect(directory.account(of: "dba")?.secret == .plain(bytes("p")))
        #expect(directory.account(of: "ops") != nil)
    }

    @Test func mockVerifiersLookLikeOthers() throws {
        let directory = Samples.directory
        let mock = directory.mockVerifier(of: "stranger")
        #expect(mock == directory.mockVerifier(of: "stranger"))
        #expect(mock.salt != directory.mockVerifier(of: "strangers").salt)
        #expect(mock.salt.count == ScramVerifier.saltBytes)
        #expect(mock.iterations == 4_096)
        // A plain password's salt is the one its name would have without an account, so that a
        // user who comes or goes with a reload cannot be told.
        #expect(
            directory.account(of: "plain")?.verifier?.salt
                == directory.mockVerifier(of: "plain").salt)
        let elsewhere = UserDirectory(users: [], mockSecret: Self.other)
        #expect(elsewhere.mockVerifier(of: "stranger").salt != mock.salt)
    }

    @Test func mockVerifiersHaveTheUsualIterations() {
        let verifier = Samples.verifier.replacing("$4096:", with: "$600:")
        let directory = UserDirectory(
            users: [("a", verifier), ("b", verifier), ("c", Samples.verifier)],
            mockSecret: Samples.mockSecret)
        #expect(directory.mockVerifier(of: "x").iterations == 600)
        #expect(directory.passwordCheckIterations == 600)
        #expect(directory.mostHaveVerifiers)
        let plain = UserDirectory(users: [("a", "p")], mockSecret: Samples.mockSecret)
        #expect(plain.passwordCheckIterations == nil)
        #expect(!plain.mostHaveVerifiers)
    }

    @Test func aReloadKeepsWhatIsUnchanged() throws {
        let before = UserDirectory(
            users: [("kept", "p"), ("changed", "p"), ("gone", "p")], mockSecret: Samples.mockSecret)
        let after = UserDirectory(
            users: [("kept", "p"), ("changed", "q"), ("new", "p")], mockSecret: Samples.mockSecret,
            previous: before)
        #expect(after.account(of: "kept") == before.account(of: "kept"))
        #expect(try #require(after.account(of: "changed")?.verifier).matches(password: bytes("q")))
        #expect(after.account(of: "gone") == nil)
        #expect(after.account(of: "new") != nil)
    }

    /// The number of messages, their lengths and the requests do not tell who exists.
    @Test(arguments: [LoginMethod.password, .md5, .scramSHA256])
    func strangersAreTreatedLikeOthers(method: LoginMethod) throws {
        let wrong = ServerSecret.plain(bytes("wrong"))
        let known = try Login("plain", method, secret: wrong)
        let unknown = try Login("other", method, secret: wrong)
        #expect(known.kinds == unknown.kinds)
        #expect(known.requests.map(\.data.count) == unknown.requests.map(\.data.count))
    }

    /// Under md5, a stranger is asked for what most users are.
    @Test func strangersUnderMD5() {
        let verified = UserDirectory(users: [("a", Samples.verifier)], mockSecret: Self.other)
        var login = ClientAuthentication(
            LoginAttempt(user: "x", database: "d", host: "h"), method: .md5, directory: verified,
            salt: Samples.salt, nonce: Samples.nonce)
        #expect(login.begin() == .ask(.sasl(mechanisms: ["SCRAM-SHA-256"])))
        var other = Samples.login("x", .md5)
        #expect(other.begin() == .ask(.md5Password(salt: Samples.salt)))
    }
}
