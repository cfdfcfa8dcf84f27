/// The proxy's login to one server: reads the server's Authentication messages and answers them.
/// Everything else of the login (errors, parameters, ReadyForQuery) is not its business.
package struct ServerAuthentication: Sendable {
    package enum Verdict: Sendable, Equatable {
        /// Send a message of type `p` with this body, and wait for the next one.
        case answer([UInt8])
        /// Nothing to send; the server goes on.
        case wait
        /// AuthenticationOk: the server has let us in.
        case authenticated
    }

    private enum Phase {
        case start
        /// Has sent a password; AuthenticationOk must follow.
        case answered
        case scram(ScramClient)
        case authenticated
    }

    /// What the login travels over.
    package enum Channel: Sendable, Equatable {
        case plain
        /// TLS, with the hash of the server's certificate (RFC 5929) if it has one.
        case encrypted(binding: [UInt8]?)
    }

    private let user: String
    private let secret: ServerSecret
    private let nonce: [UInt8]
    private let channel: Channel
    private var phase = Phase.start
    /// Keys worth keeping for the next login of this user, once SCRAM has succeeded.
    package private(set) var keyring: ScramKeyring?

    /// - Parameters:
    ///   - user: as in the StartupMessage.
    ///   - keyring: of an earlier login of this user to a server of the same cluster.
    ///   - nonce: 18 fresh random bytes.
    package init(
        user: String, secret: ServerSecret, keyring: ScramKeyring? = nil, nonce: [UInt8],
        channel: Channel = .plain
    ) {
        self.user = user
        self.secret = secret
        self.keyring = keyring
        self.nonce = nonce
        self.channel = channel
    }

    /// The body of a message of type `R`.
    package mutating func receive(
        _ body: [UInt8]
    ) throws(ServerAuthenticationError) -> Verdict {
        guard body.count >= 4 else { throw .malformed("shorter than its code") }
        let code = body.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let data = Array(body.dropFirst(4))
        switch phase {
        case .start: return try receiveFirst(code, data)
        case .scram(let scram): return try receiveSASL(code, data, scram)
        case .answered: return try receiveOk(code)
        case .authenticated: throw .malformed("a message after AuthenticationOk")
        }
    }

    // MARK: - The server's request

    private mutating func receiveFirst(
        _ code: UInt32, _ data: [UInt8]
    ) throws(ServerAuthenticationError) -> Verdict {
        switch code {
        case 0: return try receiveOk(code)
        case 3:
            phase = .answered
            return .answer(try clearPassword() + [0])
        case 5:
            phase = .answered
            return .answer(try md5Answer(salt: data) + [0])
        case 10: return try beginSASL(data)
        case 11, 12: throw .malformed("SASL data before a choice of mechanism")
        default: throw .unsupportedMethod(Self.name(of: code))
        }
    }

    private mutating func receiveOk(_ code: UInt32) throws(ServerAuthenticationError) -> Verdict {
        guard code == 0 else { throw .malformed("\(Self.name(of: code)) in place of the result") }
        phase = .authenticated
        return .authenticated
    }

    private func clearPassword() throws(ServerAuthenticationError) -> [UInt8] {
        switch secret {
        case .plain(let password): return password
        case .none: throw .passwordMissing(method: "password")
        case .md5: throw .secretUnsuitable(method: "password", stored: "an md5 hash")
        case .scram: throw .secretUnsuitable(method: "password", stored: "a SCRAM verifier")
        }
    }

    private func md5Answer(salt: [UInt8]) throws(ServerAuthenticationError) -> [UInt8] {
        guard salt.count == MD5Exchange.saltBytes else { throw .malformed("an md5 salt") }
        let hash: [UInt8]?
        switch secret {
        case .plain(let password): hash = MD5Exchange.hash(password: password, user: user)
        case .md5(let stored): hash = stored
        case .none: throw .passwordMissing(method: "md5")
        case .scram: throw .secretUnsuitable(method: "md5", stored: "a SCRAM verifier")
        }
        guard let answer = hash.flatMap({ MD5Exchange.answer(hash: $0, salt: salt) }) else {
            throw .md5Unavailable
        }
        return answer
    }

    // MARK: - SASL

    private mutating func beginSASL(
        _ data: [UInt8]
    ) throws(ServerAuthenticationError) -> Verdict {
        let names = data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        let binding = try binding(offered: names)
        let scram: ScramClient
        switch secret {
        case .plain(let password):
            scram = ScramClient(
                password: password, keyring: keyring, binding: binding, nonce: nonce)
        case .scram(let own):
            scram = ScramClient(password: nil, keyring: own, binding: binding, nonce: nonce)
        case .none: throw .passwordMissing(method: ScramServer.mechanism)
        case .md5:
            throw .secretUnsuitable(method: ScramServer.mechanism, stored: "an md5 hash")
        }
        phase = .scram(scram)
        let greeting = scram.greeting
        let length = UInt32(clamping: greeting.count)
        let lengthBytes = [24, 16, 8, 0].map { UInt8(length >> $0 & 0xFF) }
        return .answer(Array(scram.mechanism.utf8) + [0] + lengthBytes + greeting)
    }

    /// As libpq chooses (`pg_SASL_init` in src/interfaces/libpq/fe-auth.c).
    private func binding(
        offered names: [String]
    ) throws(ServerAuthenticationError) -> ScramClient.ChannelBinding {
        let offersBinding = names.contains(ScramBinding.mechanism)
        if offersBinding && channel == .plain { throw .bindingWithoutTLS }
        if offersBinding, case .encrypted(let data?) = channel { return .used(data) }
        guard names.contains(ScramServer.mechanism) else {
            throw .unsupportedMechanisms(names.prefix(8).map { String($0.prefix(64)) })
        }
        if case .encrypted(_?) = channel { return .notOffered }
        return .unavailable
    }

    private mutating func receiveSASL(
        _ code: UInt32, _ data: [UInt8], _ current: ScramClient
    ) throws(ServerAuthenticationError) -> Verdict {
        var scram = current
        switch code {
        case 11:
            let answer = try scram.receive(challenge: data)
            phase = .scram(scram)
            return .answer(answer)
        case 12:
            try scram.receive(final: data)
            keyring = scram.keyring
            phase = .answered
            return .wait
        case 0:
            // A server that skips its own proof may not be the one we mean (as in libpq).
            throw .serverNotGenuine
        default: throw .malformed("\(Self.name(of: code)) within SCRAM")
        }
    }

    /// As in PostgreSQL's documentation, "Message Formats".
    private static func name(of code: UInt32) -> String {
        switch code {
        case 0: "AuthenticationOk"
        case 2: "Kerberos V5"
        case 3: "cleartext password"
        case 5: "md5"
        case 6: "SCM credential"
        case 7, 8: "GSSAPI"
        case 9: "SSPI"
        case 10, 11, 12: "SASL"
        default: "an unknown kind (\(code)) of"
        }
    }
}

extension ServerAuthentication: Redacted {}

/// An answer may be the password itself.
extension ServerAuthentication.Verdict: Redacted {
    package var description: String {
        switch self {
        case .answer: "answer(***)"
        case .wait: "wait"
        case .authenticated: "authenticated"
        }
    }
}
