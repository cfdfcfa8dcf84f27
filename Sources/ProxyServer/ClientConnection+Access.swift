import Authentication
import Configuration
import Dispatch
import NetworkIO
import PostgresWire
import SessionCore
import Vocabulary

/// The part of a login that comes before the client is asked for anything: which rule it falls
/// under, and what is known of the user.
struct Admission {
    /// What a login may have to wait for.
    enum Answer: Sendable {
        /// The user of the operating system; nil: there is no such user.
        case systemUser(String?)
        case user(UserLookup.Answer)
    }

    let attempt: LoginAttempt
    let rule: AccessRules.Rule?
    var proof: IdentityProof
    /// Something was asked for and has not come; the client waits.
    var isInquiring = false
    /// What servers say of the user; nil: they were not asked.
    var lookedUp: LookedUpUser?
    /// The login has failed once with what was known of the user.
    var retry: Retry?

    struct Retry {
        let failure: AuthenticationFailure
        /// Of the message that has failed.
        let body: [UInt8]
    }

    /// Whether servers have to be asked who this is.
    func needsLookup(_ directory: UserDirectory) -> Bool {
        let account = directory.account(of: attempt.user)
        switch rule?.method {
        case nil, .reject: return false
        // The secret of one who is known is what servers may ask for, not this side.
        case .trust, .cert, .peer: return account == nil
        case .password, .md5, .scramSHA256: return account?.secret == nil
        }
    }
}

extension Admission: Redacted {}
extension Admission.Retry: Redacted {}

// From the StartupMessage to the first request for a password.
extension ClientConnection {
    var isInquiring: Bool { login?.admission?.isInquiring ?? false }

    func admit(_ parameters: StartupParameters, database: String) {
        let facts = connectionFacts(parameters)
        let attempt = LoginAttempt(
            user: parameters.user, database: database, host: isUnixSocket ? "[local]" : host,
            isEncrypted: facts.isEncrypted, isPhysicalReplication: facts.isPhysicalReplication)
        let rule = worker.settings.rules.first(
            database: database, user: parameters.user, facts: facts)
        login?.admission = Admission(
            attempt: attempt, rule: rule,
            proof: IdentityProof(
                certificate: facts.certificate, demand: rule?.clientCertificate ?? .none,
                map: rule?.map))
        if rule?.method == .peer { return inquireSystemUser() }
        lookUp()
    }

    private func connectionFacts(_ parameters: StartupParameters) -> ConnectionFacts {
        var facts = ConnectionFacts(peer: address)
        facts.isEncrypted = isEncrypted
        facts.isPhysicalReplication = parameters.isPhysicalReplication
        facts.certificate = tlsPeer.map {
            ClientCertificate(
                commonName: $0.commonName, distinguishedName: $0.distinguishedName,
                isVerified: $0.isVerified)
        }
        if worker.settings.rules.asksForInterfaces {
            facts.interfaces = NetworkInterfaces.addresses().map {
                InterfaceAddress(bytes: $0.bytes, prefixLength: $0.prefixLength)
            }
        }
        return facts
    }

    /// All is known that can be known without the client.
    private func authenticate() {
        guard let admission = login?.admission else { return }
        let asks = admission.rule?.method.mayChallenge ?? false
        var authentication = ClientAuthentication(
            admission.attempt, method: admission.rule?.method, identity: admission.proof,
            directory: worker.settings.users, lookedUp: admission.lookedUp,
            salt: asks ? worker.secrets.draw(4) : [],
            nonce: asks ? worker.secrets.draw(18) : [],
            channelBinding: channel?.endPointBinding)
        let verdict = authentication.begin()
        login?.authentication = authentication
        act(on: verdict)
    }

    // MARK: Inquiries

    /// Nothing may be done for the client before the answer has come.
    func stallLogin(at offset: Int, of count: Int) -> Int {
        isStalled = true
        // It has no business sending much now.
        if count - offset > Limits.authenticationMessageBytes { channel?.setReading(false) }
        return offset
    }

    private func inquireSystemUser() {
        guard let number = channel?.peerUserNumber else { return lookUp() }
        let post = inquiry()
        DispatchQueue.global().async { post(.systemUser(SystemUser.name(number))) }
    }

    /// Asks the servers about a user that the configuration does not know enough of.
    private func lookUp() {
        guard let admission = login?.admission, admission.needsLookup(worker.settings.users),
            let lookup = userLookup(admission.attempt.database)
        else { return authenticate() }
        let post = inquiry()
        if let answer = lookup.ask(admission.attempt.user, waiter: { post(.user($0)) }) {
            learnt(.user(answer))
        }
    }

    private func userLookup(_ database: String) -> UserLookup? {
        guard let entry = worker.settings.configuration.database(named: database),
            database != ConfigurationLoader.adminDatabase
        else { return nil }
        return worker.shared.lookups.find(entry)
    }

    /// The client waits from now on; what is returned takes the answer, on any queue.
    private func inquiry() -> @Sendable (Admission.Answer) -> Void {
        login?.admission?.isInquiring = true
        let (session, mailbox) = (id, worker.shared.mailboxes[worker.index.index])
        return { mailbox.post(.learnt(session, $0)) }
    }

    /// The answer to what was asked.
    func learnt(_ answer: Admission.Answer) {
        guard stage == .authenticating, isInquiring else { return }
        login?.admission?.isInquiring = false
        switch answer {
        case .systemUser(let name):
            login?.admission?.proof.systemUser = name
            lookUp()
        case .user(.failed): fail(.lookupFailed)
        case .user(.user(let found)):
            if let retry = login?.admission?.retry { return authenticate(again: retry, found) }
            login?.admission?.lookedUp = found
            authenticate()
        }
        resume()
    }

    // MARK: Once more

    /// A login has failed with what was known of the user for some time: its password may have
    /// changed since. True: the servers are asked once more, and the client waits.
    func retriesLogin(after failure: AuthenticationFailure, body: [UInt8]) -> Bool {
        guard failure.state == .invalidPassword, let admission = login?.admission,
            admission.retry == nil, let known = admission.lookedUp,
            let lookup = userLookup(admission.attempt.database)
        else { return false }
        login?.admission?.retry = Admission.Retry(failure: failure, body: body)
        let post = inquiry()
        let answer = lookup.ask(
            admission.attempt.user, disproved: known.since, waiter: { post(.user($0)) })
        if let answer { learnt(.user(answer)) }
        return true
    }

    private func authenticate(again retry: Admission.Retry, _ found: LookedUpUser) {
        let isNews = found.account != login?.admission?.lookedUp?.account
        login?.admission?.lookedUp = found
        // A client that has answered a challenge made of the old secret can log in the next time.
        let verdict =
            isNews ? login?.authentication?.retried(with: found, body: retry.body) : nil
        act(on: verdict ?? .refused(retry.failure))
        resume()
    }
}
