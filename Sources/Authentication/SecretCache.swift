import Vocabulary

/// What servers have said of users who are not in the configuration, for a while, and who waits for
/// more. Asks once for all who want to know the same.
///
/// Invariant: a user has waiters exactly while a question about it is under way.
package struct SecretCache<Waiter: Sendable>: Sendable {
    package struct Limits: Sendable, Equatable {
        /// How long an answer counts; 0: each login asks.
        package var cacheMilliseconds: UInt64
        /// The same of the answer that there is no such user.
        package var negativeCacheMilliseconds: UInt64
        /// Users that are remembered, each of the two kinds.
        package var entries = 10_000
        /// Users that are asked for at a time.
        package var questions = 1_000

        package init(cacheMilliseconds: UInt64, negativeCacheMilliseconds: UInt64) {
            self.cacheMilliseconds = cacheMilliseconds
            self.negativeCacheMilliseconds = negativeCacheMilliseconds
        }
    }

    /// What a server has said of a user, and when.
    package struct Entry: Sendable, Equatable {
        /// nil: there is no such user.
        package let account: UserDirectory.Account?
        package let since: MonotonicInstant
    }

    package enum Verdict: Sendable, Equatable {
        case known(Entry)
        /// The waiter will be among those of `answered`.
        case wait
        /// So it will, once the caller has asked.
        case ask
        /// Too many questions are under way.
        case refused
    }

    package var limits: Limits
    private var found: [String: Entry] = [:]
    private var absent: [String: Entry] = [:]
    private var waiters: [String: [Waiter]] = [:]
    /// How accounts that were found look, for those that were not.
    package private(set) var look = MockLook()

    /// A user that has been asked for again within this was not changed in between, as far as
    /// anybody will find out: wrong passwords must not become a storm of questions.
    package static var refreshMilliseconds: UInt64 { 1_000 }

    package init(limits: Limits) { self.limits = limits }

    // MARK: - Events

    /// Somebody wants to log in as `user`.
    /// - Parameter disproved: when the entry was made that a login has just failed with; nil: a
    ///   login begins.
    package mutating func ask(
        _ user: String, waiter: Waiter, disproved: MonotonicInstant? = nil, at now: MonotonicInstant
    ) -> Verdict {
        if let entry = found[user] ?? absent[user], counts(entry, disproved, at: now) {
            return .known(entry)
        }
        if waiters[user] != nil {
            waiters[user]?.append(waiter)
            return .wait
        }
        guard waiters.count < limits.questions else { return .refused }
        waiters[user] = [waiter]
        return .ask
    }

    /// The answer has come. Returns the entry for all who waited.
    package mutating func answered(
        _ user: String, _ account: UserDirectory.Account?, at now: MonotonicInstant
    ) -> (Entry, [Waiter]) {
        let entry = Entry(account: account, since: now)
        found[user] = nil
        absent[user] = nil
        if let account {
            look.learn(account)
            Self.makeRoom(in: &found, limits.entries)
            found[user] = entry
        } else {
            // Strangers can think up any number of these: they never displace the others.
            Self.makeRoom(in: &absent, limits.entries)
            absent[user] = entry
        }
        return (entry, waiters.removeValue(forKey: user) ?? [])
    }

    /// There will be no answer. Returns all who waited for one of this user.
    package mutating func failed(_ user: String) -> [Waiter] {
        waiters.removeValue(forKey: user) ?? []
    }

    /// Nor for any other user. Returns all who waited.
    package mutating func allFailed() -> [Waiter] {
        defer { waiters = [:] }
        return waiters.values.flatMap { $0 }
    }

    /// A server did not take what the user has proven against the entry: the next login asks.
    package mutating func doubted(_ user: String, at now: MonotonicInstant) {
        guard let entry = found[user],
            now.milliseconds(since: entry.since) >= Self.refreshMilliseconds
        else { return }
        found[user] = nil
    }

    // MARK: - Questions

    /// Whether somebody still waits to hear of `user`.
    package func isAwaited(_ user: String) -> Bool { waiters[user] != nil }

    package var count: Int { found.count + absent.count }

    private func counts(
        _ entry: Entry, _ disproved: MonotonicInstant?, at now: MonotonicInstant
    ) -> Bool {
        let age = now.milliseconds(since: entry.since)
        if let disproved { return entry.since > disproved || age < Self.refreshMilliseconds }
        return age
            < (entry.account == nil ? limits.negativeCacheMilliseconds : limits.cacheMilliseconds)
    }

    /// The older half goes at once, so that each entry pays for little.
    private static func makeRoom(in entries: inout [String: Entry], _ capacity: Int) {
        guard entries.count >= capacity else { return }
        let byAge = entries.sorted { $0.value.since < $1.value.since }
        for (user, _) in byAge.prefix(max(1, capacity / 2)) { entries[user] = nil }
    }
}

extension SecretCache: Redacted {}

/// How users that exist look during a login, so that those that do not can look alike.
package struct MockLook: Sendable, Equatable {
    /// Of the verifiers.
    package private(set) var iterations = ScramVerifier.defaultIterations
    /// Whether the md5 method asks for SCRAM; PostgreSQL takes `password_encryption` for it.
    package private(set) var asksForScram = true

    package init() {}

    /// The last account that was found sets the example.
    mutating func learn(_ account: UserDirectory.Account) {
        switch account.secret {
        case .scram(let verifier): (iterations, asksForScram) = (verifier.iterations, true)
        case .plain, .md5: asksForScram = false
        case nil: break
        }
    }
}

/// What a login knows of a user that was looked up.
package struct LookedUpUser: Sendable, Equatable {
    /// nil: there is no such user.
    package let account: UserDirectory.Account?
    package let look: MockLook
    /// When the server said so.
    package let since: MonotonicInstant

    package init(account: UserDirectory.Account?, look: MockLook, since: MonotonicInstant) {
        self.account = account
        self.look = look
        self.since = since
    }
}

extension LookedUpUser: Redacted {}
