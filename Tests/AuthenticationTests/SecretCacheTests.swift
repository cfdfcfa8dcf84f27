import Testing
import Vocabulary

@testable import Authentication

/// The cache of users that are looked up, in time made up here.
struct SecretCacheTests {
    private typealias Cache = SecretCache<Int>

    private static func cache(entries: Int = 10, questions: Int = 3) -> SecretCache<Int> {
        var limits = Cache.Limits(cacheMilliseconds: 10_000, negativeCacheMilliseconds: 2_000)
        limits.entries = entries
        limits.questions = questions
        return SecretCache(limits: limits)
    }

    private func at(_ milliseconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 1).advanced(milliseconds: milliseconds)
    }

    private func account(
        _ name: String, _ password: String? = Samples.md5
    ) -> UserDirectory.Account {
        UserDirectory.Account(
            name: name, secret: password.map(UserSecret.init), mockSecret: Samples.mockSecret)
    }

    @Test func oneQuestionForAll() {
        var cache = Self.cache()
        #expect(cache.ask("a", waiter: 1, at: at(0)) == .ask)
        #expect(cache.ask("a", waiter: 2, at: at(1)) == .wait)
        #expect(cache.ask("b", waiter: 3, at: at(1)) == .ask)
        #expect(cache.isAwaited("a"))
        let (entry, waiters) = cache.answered("a", account("a"), at: at(2))
        #expect(waiters == [1, 2])
        #expect(entry == .init(account: account("a"), since: at(2)))
        #expect(!cache.isAwaited("a") && cache.isAwaited("b"))
        #expect(cache.ask("a", waiter: 4, at: at(3)) == .known(entry))
    }

    @Test func answersExpire() {
        var cache = Self.cache()
        for (user, account, lifetime) in [
            ("a", account("a"), UInt64(10_000)), ("nobody", nil, 2_000),
        ] {
            #expect(cache.ask(user, waiter: 1, at: at(0)) == .ask)
            let (entry, _) = cache.answered(user, account, at: at(0))
            #expect(cache.ask(user, waiter: 2, at: at(lifetime - 1)) == .known(entry))
            #expect(cache.ask(user, waiter: 3, at: at(lifetime)) == .ask)
            #expect(cache.answered(user, account, at: at(lifetime)).1 == [3])
        }
    }

    /// A user that comes into being, or ceases to, is only one of the two.
    @Test func theLastAnswerCounts() {
        var cache = Self.cache()
        for (step, account) in [nil, account("a"), nil].enumerated() {
            let now = at(UInt64(step) * 20_000)
            #expect(cache.ask("a", waiter: 1, at: now) == .ask)
            let (entry, _) = cache.answered("a", account, at: now)
            #expect(cache.ask("a", waiter: 2, at: now) == .known(entry))
            #expect(cache.count == 1)
        }
    }

    @Test func failedLoginsAskAgainButNotOften() {
        var cache = Self.cache()
        _ = cache.ask("a", waiter: 1, at: at(0))
        let (first, _) = cache.answered("a", account("a"), at: at(0))
        #expect(cache.ask("a", waiter: 2, disproved: first.since, at: at(999)) == .known(first))
        #expect(cache.ask("a", waiter: 3, disproved: first.since, at: at(1_000)) == .ask)
        #expect(cache.ask("a", waiter: 4, disproved: first.since, at: at(1_000)) == .wait)
        // Others go on with what there is.
        #expect(cache.ask("a", waiter: 5, at: at(1_001)) == .known(first))
        let (second, waiters) = cache.answered("a", account("a", "new"), at: at(1_002))
        #expect(waiters == [3, 4])
        // Another worker's login has asked in between: this one has its answer.
        #expect(cache.ask("a", waiter: 6, disproved: first.since, at: at(5_000)) == .known(second))
        #expect(cache.ask("a", waiter: 7, disproved: second.since, at: at(5_000)) == .ask)
    }

    @Test func doubtedEntriesAreForgotten() {
        var cache = Self.cache()
        let (entry, _) = cache.answered("a", account("a"), at: at(0))
        cache.doubted("a", at: at(999))
        #expect(cache.ask("a", waiter: 1, at: at(999)) == .known(entry))
        cache.doubted("a", at: at(1_000))
        cache.doubted("b", at: at(1_000))
        #expect(cache.ask("a", waiter: 1, at: at(1_000)) == .ask)
    }

    @Test func failuresAreNotRemembered() {
        var cache = Self.cache()
        _ = cache.ask("a", waiter: 1, at: at(0))
        _ = cache.ask("b", waiter: 2, at: at(0))
        _ = cache.ask("b", waiter: 3, at: at(0))
        #expect(cache.failed("a") == [1])
        #expect(cache.ask("a", waiter: 4, at: at(0)) == .ask)
        #expect(cache.allFailed().sorted() == [2, 3, 4])
        #expect(cache.ask("b", waiter: 5, at: at(0)) == .ask)
        #expect(cache.count == 0)
    }

    @Test func questionsAreBounded() {
        var cache = Self.cache(questions: 2)
        #expect(cache.ask("a", waiter: 1, at: at(0)) == .ask)
        #expect(cache.ask("b", waiter: 2, at: at(0)) == .ask)
        #expect(cache.ask("c", waiter: 3, at: at(0)) == .refused)
        #expect(cache.ask("b", waiter: 4, at: at(0)) == .wait)
        _ = cache.answered("a", nil, at: at(0))
        #expect(cache.ask("c", waiter: 5, at: at(0)) == .ask)
    }

    /// Strangers who make names up do not push out those who exist.
    @Test func entriesAreBounded() {
        var cache = Self.cache(entries: 10, questions: 1_000)
        for number in 0..<5 { _ = cache.answered("u\(number)", account("u"), at: at(0)) }
        for number in 0..<1_000 {
            _ = cache.answered("x\(number)", nil, at: at(UInt64(number)))
            #expect(cache.count <= 15)
        }
        for number in 0..<5 {
            guard case .known = cache.ask("u\(number)", waiter: 0, at: at(0)) else {
                Issue.record("u\(number) was forgotten")
                return
            }
        }
        guard case .known = cache.ask("x999", waiter: 0, at: at(999)) else {
            Issue.record("the newest was forgotten")
            return
        }
    }

    @Test func unknownUsersLookLikeThoseThatExist() throws {
        var cache = Self.cache()
        #expect(cache.look == MockLook())
        #expect(cache.look.asksForScram)
        _ = cache.answered("a", account("a"), at: at(0))
        #expect(!cache.look.asksForScram)
        let verifier = Samples.verifier.replacing("$4096:", with: "$7000:")
        _ = cache.answered("b", account("b", verifier), at: at(0))
        #expect(cache.look.asksForScram && cache.look.iterations == 7_000)
        _ = cache.answered("c", account("c", nil), at: at(0))
        #expect(cache.look.iterations == 7_000)
    }

    @Test func nothingShows() {
        var cache = Self.cache()
        let (entry, _) = cache.answered("a", account("a", "hunter2"), at: at(0))
        let user = LookedUpUser(account: entry.account, look: cache.look, since: at(0))
        for value: Any in [cache, user, entry] {
            var dumped = ""
            dump(value, to: &dumped)
            for text in ["\(value)", String(reflecting: value), dumped] {
                #expect(!text.contains("hunter2") && !text.contains("104, 117, 110"))
            }
        }
    }
}

/// Logins of users that were looked up.
struct LookedUpLoginTests {
    private func user(_ password: String?, exists: Bool = true) -> LookedUpUser {
        var cache = SecretCache<Int>(
            limits: .init(cacheMilliseconds: 1, negativeCacheMilliseconds: 1))
        let account = UserDirectory.Account(
            name: "u", secret: password.map(UserSecret.init), mockSecret: Samples.mockSecret)
        let now = MonotonicInstant(nanoseconds: 1)
        let (entry, _) = cache.answered("u", exists ? account : nil, at: now)
        return LookedUpUser(account: entry.account, look: cache.look, since: now)
    }

    private func login(_ method: LoginMethod, _ found: LookedUpUser) -> ClientAuthentication {
        ClientAuthentication(
            LoginAttempt(user: "u", database: "app", host: "192.0.2.1"), method: method,
            directory: Samples.directory, lookedUp: found, salt: Samples.salt,
            nonce: Samples.nonce)
    }

    @Test(arguments: [LoginMethod.password, .md5, .scramSHA256])
    func unknownAndKnownAreAskedAlike(method: LoginMethod) throws {
        var known = login(method, user(Samples.verifier))
        var unknown = login(method, user(nil, exists: false))
        var withoutPassword = login(method, user(nil))
        let asked = known.begin()
        #expect(unknown.begin() == asked)
        #expect(withoutPassword.begin() == asked)
    }

    /// A password changed on the servers since it was looked up.
    @Test func changedPasswords() throws {
        var clear = login(.password, user("old"))
        _ = clear.begin()
        let body = bytes("new") + [0]
        guard case .refused = clear.receive(body) else { return #expect(Bool(false)) }
        #expect(
            clear.retried(with: user("new"), body: body)
                == .granted(final: nil, .plain(bytes("new"))))
        guard case .refused = clear.retried(with: user("other"), body: body) else {
            return #expect(Bool(false))
        }
        #expect(clear.retried(with: user("new"), body: [])?.isGranted == false)

        var md5 = login(.md5, user("old"))
        _ = md5.begin()
        let hash = try #require(MD5Exchange.hash(password: bytes("new"), user: "u"))
        let answer = try #require(MD5Exchange.answer(hash: hash, salt: Samples.salt)) + [0]
        #expect(md5.receive(answer).isGranted == false)
        #expect(md5.retried(with: user("new"), body: answer)?.isGranted == true)
        // The md5 method would have asked such a user for SCRAM.
        #expect(md5.retried(with: user(Samples.verifier), body: answer) == nil)
        #expect(login(.scramSHA256, user("old")).retried(with: user("new"), body: []) == nil)
    }
}

extension ClientAuthentication.Verdict {
    fileprivate var isGranted: Bool {
        if case .granted = self { return true }
        return false
    }
}
