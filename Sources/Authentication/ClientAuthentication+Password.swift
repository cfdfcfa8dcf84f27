/// The methods without a dialogue: `password` and `md5`.
extension ClientAuthentication {
    /// What is compared in place of the secret of a user that has none.
    private static let nobody = [UInt8](repeating: 0, count: 32)

    mutating func receivePassword(_ body: [UInt8]) throws(AuthenticationFailure) -> Verdict {
        let password = try PasswordMessage.password(body)
        guard isRight(password) else { throw wrongPassword() }
        return grant(.plain(password))
    }

    /// `plain_crypt_verify` in src/backend/libpq/crypt.c, except that it takes as long for a user
    /// that does not exist.
    private func isRight(_ password: [UInt8]) -> Bool {
        if case .scram(let verifier) = account?.secret {
            return verifier.matches(password: password)
        }
        if let iterations = look?.iterations ?? directory.passwordCheckIterations {
            _ = directory.mockVerifier(of: attempt.user, iterations: iterations)
                .matches(password: password)
        }
        switch account?.secret {
        case .plain(let stored): return Self.areSame(password, stored)
        case .md5(let hash):
            let given = MD5Exchange.hash(password: password, user: attempt.user)
            return given.map { Hashes.areEqual($0, hash) } ?? false
        case .scram, nil: return Self.areSame(password, Self.nobody) && account?.secret != nil
        }
    }

    /// Hashes first, so that the time does not tell the length of what is stored.
    private static func areSame(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        Hashes.areEqual(Hashes.sha256(a), Hashes.sha256(b))
    }

    mutating func receiveMD5(_ body: [UInt8]) throws(AuthenticationFailure) -> Verdict {
        let answer = try PasswordMessage.password(body)
        let hash: [UInt8]? =
            switch account?.secret {
            case .md5(let hash): hash
            case .plain(let password): MD5Exchange.hash(password: password, user: attempt.user)
            case .scram, nil: MD5Exchange.hash(password: Self.nobody, user: attempt.user)
            }
        let expected = hash.flatMap { MD5Exchange.answer(hash: $0, salt: salt) } ?? []
        let isRight = Hashes.areEqual(answer, expected)
        guard isRight, let secret = account?.secret else { throw wrongPassword() }
        return grant(ServerSecret(secret))
    }
}
