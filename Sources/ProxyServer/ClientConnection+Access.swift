import Authentication
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
    }

    let attempt: LoginAttempt
    let rule: AccessRules.Rule?
    var proof: IdentityProof
    /// Something was asked for and has not come; the client waits.
    var isInquiring = false
}

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
        authenticate()
    }

    private func connectionFacts(_ parameters: StartupParameters) -> ConnectionFacts {
        var facts = ConnectionFacts(peer: PeerName.address(host))
        facts.isPhysicalReplication = parameters.isPhysicalReplication
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
        var authentication = ClientAuthentication(
            admission.attempt, method: admission.rule?.method, identity: admission.proof,
            directory: worker.settings.users, salt: Self.randomBytes(4),
            nonce: Self.randomBytes(18))
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
        guard let number = channel?.peerUserNumber else { return authenticate() }
        login?.admission?.isInquiring = true
        let (session, mailbox) = (id, worker.shared.mailboxes[worker.index.index])
        DispatchQueue.global().async {
            mailbox.post(.learnt(session, .systemUser(SystemUser.name(number))))
        }
    }

    /// The answer to what was asked.
    func learnt(_ answer: Admission.Answer) {
        guard stage == .authenticating, isInquiring else { return }
        login?.admission?.isInquiring = false
        switch answer {
        case .systemUser(let name): login?.admission?.proof.systemUser = name
        }
        authenticate()
        resume()
    }
}
