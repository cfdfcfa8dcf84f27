/// One client's login, from the StartupMessage to AuthenticationOk or an error: asks, reads the
/// answers, and decides. Follows src/backend/libpq/auth.c to the word.
///
/// A user that does not exist, one without a password, and one whose stored secret cannot serve
/// the method all get the same requests as everybody else and fail at the end, as if the password
/// were wrong.
package struct ClientAuthentication: Sendable {
    package enum Verdict: Sendable, Equatable {
        /// Send this and wait for the client's next message.
        case ask(AuthenticationRequest)
        /// Send `final` if there is one, then AuthenticationOk.
        case granted(final: AuthenticationRequest?, ServerSecret)
        /// Send the error and close.
        case refused(AuthenticationFailure)
    }

    enum Phase: Sendable {
        case notBegun, awaitingPassword, awaitingMD5, awaitingInitialResponse
        case awaitingResponse(ScramServer)
        case over
    }

    let attempt: LoginAttempt
    let method: LoginMethod?
    let account: UserDirectory.Account?
    /// How a user that does not exist has to look; nil: like those of the directory.
    let look: MockLook?
    let identity: IdentityProof
    let directory: UserDirectory
    /// Of the md5 method, 4 bytes.
    let salt: [UInt8]
    /// Of SCRAM.
    let nonce: [UInt8]
    /// What a login can be bound to; nil: nothing.
    let channelBinding: [UInt8]?
    var phase = Phase.notBegun

    /// - Parameters:
    ///   - method: of the rule that matches; nil: none does.
    ///   - identity: what is known of the client besides what it will answer.
    ///   - lookedUp: what servers say of the user, where they were asked; the directory counts for
    ///     users that they do not know.
    ///   - salt: 4 fresh random bytes.
    ///   - nonce: 18 fresh random bytes.
    ///   - channelBinding: of a connection over TLS, the hash of our certificate (RFC 5929).
    package init(
        _ attempt: LoginAttempt, method: LoginMethod?, identity: IdentityProof = .nothing,
        directory: UserDirectory, lookedUp: LookedUpUser? = nil, salt: [UInt8], nonce: [UInt8],
        channelBinding: [UInt8]? = nil
    ) {
        self.attempt = attempt
        self.method = method
        self.identity = identity
        self.account = lookedUp?.account ?? directory.account(of: attempt.user)
        self.look = lookedUp?.look
        self.directory = directory
        self.salt = salt
        self.nonce = nonce
        self.channelBinding = channelBinding
    }

    // MARK: - Events

    /// The StartupMessage has been read. To be called once, first.
    package mutating func begin() -> Verdict {
        if let method, method != .reject, let refusal = missingCertificate {
            return refuse(refusal)
        }
        switch method {
        case nil: return refuse(attempt.refusal(byRule: false))
        case .reject: return refuse(attempt.refusal(byRule: true))
        case .trust: return enterUnasked()
        case .cert: return enterByCertificate()
        case .peer: return enterAsPeer()
        case .password: return ask(.cleartextPassword, .awaitingPassword)
        case .md5 where !answersMD5WithScram:
            return ask(.md5Password(salt: salt), .awaitingMD5)
        case .md5, .scramSHA256:
            return ask(.sasl(mechanisms: mechanisms), .awaitingInitialResponse)
        }
    }

    /// The body of a message of type `p`.
    package mutating func receive(_ body: [UInt8]) -> Verdict {
        do throws(AuthenticationFailure) {
            switch phase {
            case .awaitingPassword: return try receivePassword(body)
            case .awaitingMD5: return try receiveMD5(body)
            case .awaitingInitialResponse: return try receiveInitialResponse(body)
            case .awaitingResponse(let scram):
                return try advance(scram, with: PasswordMessage.response(body))
            case .notBegun, .over: throw .protocolViolation("unexpected password message")
            }
        } catch {
            return refuse(error)
        }
    }

    /// A message of another type than `p`: the end of the login.
    package mutating func receive(unexpectedType type: UInt8) -> Verdict {
        let expected =
            switch phase {
            case .awaitingInitialResponse, .awaitingResponse: "SASL response"
            case .awaitingPassword, .awaitingMD5, .notBegun, .over: "password response"
            }
        return refuse(.protocolViolation("expected \(expected), got message type \(type)"))
    }

    /// The servers say something else of the user than what the login has failed with: what it
    /// comes to now. nil: the client would have to be asked anew, which the protocol has no way
    /// for.
    /// - Parameter body: of the message that has failed.
    package func retried(with lookedUp: LookedUpUser, body: [UInt8]) -> Verdict? {
        var again = ClientAuthentication(
            attempt, method: method, identity: identity, directory: directory, lookedUp: lookedUp,
            salt: salt, nonce: nonce)
        switch again.begin() {
        case .ask(.cleartextPassword), .ask(.md5Password): return again.receive(body)
        case .ask, .granted, .refused: return nil
        }
    }

    // MARK: - Steps

    /// PostgreSQL sends AuthenticationOk before it finds that the role is missing; the error is
    /// the same.
    mutating func enterUnasked() -> Verdict {
        guard let account else {
            return refuse(
                AuthenticationFailure(
                    .invalidAuthorization, "role \"\(attempt.user)\" does not exist"))
        }
        return grant(ServerSecret(account.secret))
    }

    /// Under `md5`, a user with a verifier is asked for SCRAM (`CheckPWChallengeAuth`); one that
    /// has nothing, for what most users are asked for.
    private var answersMD5WithScram: Bool {
        switch account?.secret {
        case .scram: true
        case .plain, .md5: false
        case nil: look?.asksForScram ?? directory.mostHaveVerifiers
        }
    }

    /// The better one first: that is the one to be chosen.
    private var mechanisms: [String] {
        (channelBinding == nil ? [] : [ScramBinding.mechanism]) + [ScramServer.mechanism]
    }

    /// What follows of the mechanism that the client has chosen; nil: it was not offered.
    private func binding(chosen mechanism: [UInt8]) -> ScramServer.ChannelBinding? {
        switch String(decoding: mechanism, as: UTF8.self) {
        case ScramBinding.mechanism: channelBinding.map { .chosen($0) }
        case ScramServer.mechanism: channelBinding == nil ? .unavailable : .declined
        case _: nil
        }
    }

    private mutating func receiveInitialResponse(
        _ body: [UInt8]
    ) throws(AuthenticationFailure) -> Verdict {
        let (mechanism, response) = try PasswordMessage.initialResponse(body)
        guard let binding = binding(chosen: mechanism) else {
            throw .protocolViolation("client selected an invalid SASL authentication mechanism")
        }
        // Made for everybody, so that its cost tells nothing.
        let mock = directory.mockVerifier(of: attempt.user, iterations: look?.iterations)
        let verifier = account?.verifier
        let scram = ScramServer(
            verifier: verifier ?? mock, isDoomed: verifier == nil, binding: binding, nonce: nonce)
        guard let response else {
            return ask(.saslContinue([]), .awaitingResponse(scram))
        }
        return try advance(scram, with: response)
    }

    private mutating func advance(
        _ scram: ScramServer, with response: [UInt8]
    ) throws(AuthenticationFailure) -> Verdict {
        var scram = scram
        switch try scram.receive(response) {
        case .challenge(let challenge):
            return ask(.saslContinue(challenge), .awaitingResponse(scram))
        case .proven(let final, let keys):
            return grant(secret(proving: keys), final: .saslFinal(final))
        case .unproven: throw wrongPassword(scram: true)
        }
    }

    /// A plain password serves every server; of a verifier, only what the client has just proven.
    private func secret(proving keys: ScramKeys) -> ServerSecret {
        guard let account, let verifier = account.verifier else { return .none }
        switch account.secret {
        case .plain(let password): return .plain(password)
        case .scram, .md5, nil:
            return .scram(
                ScramKeyring(salt: verifier.salt, iterations: verifier.iterations, keys: keys))
        }
    }

    // MARK: - Outcomes

    mutating func ask(_ request: AuthenticationRequest, _ next: Phase) -> Verdict {
        phase = next
        return .ask(request)
    }

    mutating func grant(_ secret: ServerSecret, final: AuthenticationRequest? = nil) -> Verdict {
        if identity.demand == .verifyFull, method != .cert, let fault = certificateFault {
            return refuse(unprovenCertificate(fault))
        }
        phase = .over
        return .granted(final: final, secret)
    }

    mutating func refuse(_ failure: AuthenticationFailure) -> Verdict {
        phase = .over
        return .refused(failure)
    }

    func wrongPassword(scram: Bool = false) -> AuthenticationFailure {
        let user = attempt.user
        let reason =
            switch account?.secret {
            case _ where account == nil: "Role \"\(user)\" does not exist."
            case nil: "User \"\(user)\" has no password assigned."
            case .md5 where scram: "User \"\(user)\" does not have a valid SCRAM secret."
            case .plain, .md5, .scram: "Password does not match for user \"\(user)\"."
            }
        return .wrongPassword(user, log: reason)
    }
}

extension ClientAuthentication: Redacted {}
