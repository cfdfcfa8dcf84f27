/// What the proxy can prove a user's identity to a server with. Never shown.
package enum ServerSecret: Sendable, Equatable {
    /// Nothing: only servers that trust the user will do.
    case none
    case plain([UInt8])
    /// The 32 hexadecimal digits of an md5 hash: enough for the md5 method alone.
    case md5([UInt8])
    /// The keys of one verifier: enough for SCRAM with servers that have the same one.
    case scram(ScramKeyring)

    /// What the configuration alone gives.
    package init(_ secret: UserSecret?) {
        switch secret {
        case .plain(let password): self = .plain(password)
        case .md5(let hash): self = .md5(hash)
        case .scram, nil: self = .none
        }
    }
}

extension ServerSecret: Redacted {}

/// SCRAM keys with the salt and iteration count they belong to. Worth keeping: they spare the
/// costly part of the next login. Never shown.
package struct ScramKeyring: Sendable, Equatable {
    package let salt: [UInt8]
    package let iterations: Int
    package let keys: ScramKeys

    package init(salt: [UInt8], iterations: Int, keys: ScramKeys) {
        self.salt = salt
        self.iterations = iterations
        self.keys = keys
    }
}

extension ScramKeyring: Redacted {}
