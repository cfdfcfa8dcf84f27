/// The client's side of one SCRAM-SHA-256 exchange, towards a server (RFC 5802 and
/// src/interfaces/libpq/fe-auth-scram.c). Checks that the server knows the password, too.
package struct ScramClient: Sendable {
    /// What of channel binding there is, as the server will hear.
    package enum ChannelBinding: Sendable, Equatable {
        /// Not over TLS, or the server's certificate has no hash to bind to.
        case unavailable
        /// We could, but the server has not offered it.
        case notOffered
        /// The login is bound to this.
        case used([UInt8])
    }

    /// A server that asks for more would keep a loop busy for too long.
    package static let maximumIterations = 1_000_000

    private enum Phase {
        case greeted
        case answered(serverSignature: [UInt8])
        case finished
    }

    private let password: [UInt8]?
    private let nonce: [UInt8]
    private let binding: ChannelBinding
    private var phase = Phase.greeted
    /// What this exchange has used, once the server's challenge is there; worth keeping for the
    /// next one.
    package private(set) var keyring: ScramKeyring?

    /// - Parameters:
    ///   - password: nil where only `keyring` is known.
    ///   - keyring: of an earlier exchange; used if the server's salt and iterations are its own.
    ///   - binding: what of channel binding there is.
    ///   - nonce: fresh random bytes, 18 in PostgreSQL.
    package init(
        password: [UInt8]?, keyring: ScramKeyring?, binding: ChannelBinding = .unavailable,
        nonce: [UInt8]
    ) {
        self.password = password
        self.keyring = keyring
        self.binding = binding
        self.nonce = Base64.encode(nonce)
    }

    package var isFinished: Bool {
        switch phase {
        case .finished: true
        case .greeted, .answered: false
        }
    }

    /// To be named with the greeting.
    package var mechanism: String {
        switch binding {
        case .used: ScramBinding.mechanism
        case .unavailable, .notOffered: ScramServer.mechanism
        }
    }

    /// The first message, to be sent with the name of the mechanism.
    package var greeting: [UInt8] { header + bare }

    private var header: [UInt8] {
        switch binding {
        case .used: ScramBinding.header
        case .notOffered: ScramBinding.headerOfMissed
        case .unavailable: ScramBinding.headerOfNone
        }
    }

    /// The attribute `c` of the final message.
    private var bindingAttribute: [UInt8] {
        switch binding {
        case .used(let data): ScramBinding.attribute(header: header, data: data)
        case .unavailable, .notOffered: ScramBinding.attribute(header: header)
        }
    }

    private var bare: [UInt8] { Array("n=,r=".utf8) + nonce }

    /// The server's challenge.
    /// - Returns: the final message, to be sent.
    package mutating func receive(
        challenge: [UInt8]
    ) throws(ServerAuthenticationError) -> [UInt8] {
        guard case .greeted = phase else { throw .malformed("a second SCRAM challenge") }
        let (fullNonce, salt, iterations) = try read(challenge)
        let keyring = try keyring(salt: salt, iterations: iterations)
        self.keyring = keyring
        let withoutProof =
            Array("c=".utf8) + bindingAttribute + Array(",r=".utf8) + fullNonce
        let comma = [UInt8(ascii: ",")]
        let message = bare + comma + challenge + comma + withoutProof
        let signature = Hashes.hmacSHA256(key: keyring.keys.storedKey, message)
        let proof = zip(keyring.keys.clientKey, signature).map { $0 ^ $1 }
        phase = .answered(
            serverSignature: Hashes.hmacSHA256(key: keyring.keys.serverKey, message))
        return withoutProof + Array(",p=".utf8) + Base64.encode(proof)
    }

    /// The server's final message, with which it proves itself.
    package mutating func receive(final: [UInt8]) throws(ServerAuthenticationError) {
        guard case .answered(let signature) = phase else {
            throw .malformed("a final SCRAM message out of turn")
        }
        var input = try Self.attributes(final)
        if input.current == UInt8(ascii: "e") {
            let reason = try Self.value(of: "e", in: &input)
            throw .exchangeFailed(Self.printable(reason))
        }
        let given = try Self.value(of: "v", in: &input)
        guard let given = Base64.decode(given) else {
            throw .malformed("a signature that is not base64")
        }
        guard Hashes.areEqual(given, signature) else { throw .serverNotGenuine }
        phase = .finished
    }

    // MARK: - Reading

    private func read(
        _ challenge: [UInt8]
    ) throws(ServerAuthenticationError) -> (nonce: [UInt8], salt: [UInt8], iterations: Int) {
        var input = try Self.attributes(challenge)
        let fullNonce = try Self.value(of: "r", in: &input)
        guard fullNonce.starts(with: nonce), fullNonce.count > nonce.count else {
            throw .malformed("a nonce that does not continue ours")
        }
        let salt = try Self.value(of: "s", in: &input)
        let count = try Self.value(of: "i", in: &input)
        guard let salt = Base64.decode(salt), !salt.isEmpty else {
            throw .malformed("a salt that is not base64")
        }
        guard let iterations = Int(String(decoding: count, as: UTF8.self)), iterations > 0 else {
            throw .malformed("an iteration count that is no number")
        }
        guard iterations <= Self.maximumIterations else { throw .tooManyIterations(iterations) }
        return (fullNonce, salt, iterations)
    }

    private func keyring(
        salt: [UInt8], iterations: Int
    ) throws(ServerAuthenticationError) -> ScramKeyring {
        if let keyring, keyring.salt == salt, keyring.iterations == iterations { return keyring }
        guard let password else { throw .verifiersDiffer }
        let keys = ScramKeys(password: password, salt: salt, iterations: iterations)
        return ScramKeyring(salt: salt, iterations: iterations, keys: keys)
    }

    private static func attributes(
        _ bytes: [UInt8]
    ) throws(ServerAuthenticationError) -> ScramAttributes {
        do throws(AuthenticationFailure) {
            return try ScramAttributes(bytes)
        } catch {
            throw .malformed(error.detail ?? error.message)
        }
    }

    private static func value(
        of name: UnicodeScalar, in input: inout ScramAttributes
    ) throws(ServerAuthenticationError) -> [UInt8] {
        do throws(AuthenticationFailure) {
            return try input.value(of: UInt8(ascii: name))
        } catch {
            throw .malformed(error.detail ?? error.message)
        }
    }

    private static func printable(_ bytes: [UInt8]) -> String {
        let shown = bytes.prefix(64).map { 0x20...0x7E ~= $0 ? $0 : UInt8(ascii: "?") }
        return String(decoding: shown, as: UTF8.self)
    }
}

extension ScramClient: Redacted {}
