/// Who may log in, and with what. Made once of a configuration and never changed; a login looks
/// its user up in it.
///
/// For a name that is not there it has a mock verifier that looks like those that are: the same
/// salt at each attempt, and as many iterations as most users have. The salts of users with plain
/// passwords are made in the same way, so that nothing tells one from the other.
package struct UserDirectory: Sendable {
    /// One user. Without a secret it can enter only by `trust`.
    package struct Account: Sendable, Equatable {
        package let name: String
        package let secret: UserSecret?
        /// Of a plain password, made beforehand; of a verifier, itself.
        package let verifier: ScramVerifier?
    }

    private let accounts: [String: Account]
    private let mockSecret: [UInt8]
    /// Of the mock verifiers.
    private let mockIterations: Int
    /// Whether somebody has a verifier and no password; see `passwordCheckIterations`.
    private let hasVerifiers: Bool
    /// What `md5` means for an unknown user; see `ClientAuthentication`.
    package let mostHaveVerifiers: Bool

    /// Costs a millisecond or more per plain password that `previous` does not have.
    ///
    /// - Parameters:
    ///   - users: names with their passwords as configured: plain, `md5...`, `SCRAM-SHA-256$...`,
    ///     or nil. Of a name given twice the first counts, so that administrators without an entry
    ///     of their own can be put behind the others, as `(name, nil)`.
    ///   - mockSecret: 32 random bytes, the same for the life of the process.
    ///   - previous: the directory before a reload, made with the same `mockSecret`.
    package init(
        users: [(name: String, password: String?)], mockSecret: [UInt8],
        previous: UserDirectory? = nil
    ) {
        var accounts: [String: Account] = [:]
        for (name, password) in users where accounts[name] == nil {
            let secret = password.map(UserSecret.init)
            if let old = previous?.accounts[name], old.secret == secret {
                accounts[name] = old
                continue
            }
            accounts[name] = Account(name: name, secret: secret, mockSecret: mockSecret)
        }
        self.init(accounts: accounts, mockSecret: mockSecret)
    }

    private init(accounts: [String: Account], mockSecret: [UInt8]) {
        self.accounts = accounts
        self.mockSecret = mockSecret
        var counts: [Int: Int] = [:]
        var verifiers = 0
        var others = 0
        for account in accounts.values {
            if let verifier = account.verifier { counts[verifier.iterations, default: 0] += 1 }
            switch account.secret {
            case .scram: verifiers += 1
            case .plain, .md5: others += 1
            case nil: break
            }
        }
        let most = counts.max { ($0.value, $0.key) < ($1.value, $1.key) }
        mockIterations = most?.key ?? ScramVerifier.defaultIterations
        hasVerifiers = verifiers > 0
        mostHaveVerifiers = verifiers > others
    }

    /// nil: there is no such user.
    package func account(of name: String) -> Account? { accounts[name] }

    /// A verifier that no password matches, for a user that has none.
    /// - Parameter iterations: nil: as many as most users of the directory have.
    package func mockVerifier(of name: String, iterations: Int? = nil) -> ScramVerifier {
        let zeros = [UInt8](repeating: 0, count: Hashes.sha256Bytes)
        return ScramVerifier(
            iterations: iterations ?? mockIterations, salt: Self.salt(of: name, mockSecret),
            storedKey: zeros, serverKey: zeros)
    }

    /// To check a password in clear text against a verifier takes this many iterations; whoever is
    /// checked in another way must take as long. nil: nobody has a verifier alone.
    package var passwordCheckIterations: Int? { hasVerifiers ? mockIterations : nil }

    /// As `scram_mock_salt` in src/backend/libpq/auth-scram.c.
    fileprivate static func salt(of name: String, _ mockSecret: [UInt8]) -> [UInt8] {
        Array(Hashes.sha256(Array(name.utf8), mockSecret).prefix(ScramVerifier.saltBytes))
    }
}

extension UserDirectory.Account {
    /// Costs a millisecond or more for a plain password.
    package init(name: String, secret: UserSecret?, mockSecret: [UInt8]) {
        let verifier: ScramVerifier? =
            switch secret {
            case .plain(let password):
                ScramVerifier(
                    password: password, salt: UserDirectory.salt(of: name, mockSecret))
            case .scram(let verifier): verifier
            case .md5, nil: nil
            }
        self.init(name: name, secret: secret, verifier: verifier)
    }
}

extension UserDirectory: Redacted {}
extension UserDirectory.Account: Redacted {
    package var description: String { "Account(\(name), ***)" }
}
