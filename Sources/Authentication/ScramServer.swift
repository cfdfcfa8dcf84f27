/// The server's side of one SCRAM-SHA-256 exchange (RFC 5802, RFC 7677, and
/// src/backend/libpq/auth-scram.c, whose texts and order of checks it follows).
///
/// A doomed exchange goes through the same motions at the same cost, and fails at the end: this is
/// how a user that does not exist looks like one that does.
package struct ScramServer: Sendable {
    package static let mechanism = "SCRAM-SHA-256"

    /// What the client's choice of mechanism and the connection allow.
    package enum ChannelBinding: Sendable, Equatable {
        /// Not offered: no TLS, or a certificate without a hash to bind to.
        case unavailable
        /// Offered, but the client has chosen the mechanism without.
        case declined
        /// The client has chosen the mechanism with; the login is bound to this.
        case chosen([UInt8])
    }

    package enum Verdict: Sendable, Equatable {
        /// To be sent; another message of the client follows.
        case challenge([UInt8])
        /// The client knows the password. `final` is to be sent; `keys` let the proxy log in to a
        /// server that has the same verifier.
        case proven(final: [UInt8], keys: ScramKeys)
        /// The client does not know the password.
        case unproven
    }

    private enum Phase: Equatable {
        case start
        case challenged(bare: [UInt8], challenge: [UInt8], nonce: [UInt8])
        case finished
    }

    private let verifier: ScramVerifier
    private let isDoomed: Bool
    private let serverNonce: [UInt8]
    private let binding: ChannelBinding
    private var phase = Phase.start
    private var bindingFlag: UInt8 = 0

    /// - Parameters:
    ///   - verifier: of the user, or a mock one.
    ///   - isDoomed: whether the exchange must fail, whatever the client proves.
    ///   - binding: what of channel binding there is.
    ///   - nonce: fresh random bytes, 18 in PostgreSQL (`SCRAM_RAW_NONCE_LEN`).
    package init(
        verifier: ScramVerifier, isDoomed: Bool = false,
        binding: ChannelBinding = .unavailable, nonce: [UInt8]
    ) {
        self.init(
            verifier: verifier, isDoomed: isDoomed, binding: binding,
            printableNonce: Base64.encode(nonce))
    }

    init(
        verifier: ScramVerifier, isDoomed: Bool = false,
        binding: ChannelBinding = .unavailable, printableNonce: [UInt8]
    ) {
        self.verifier = verifier
        self.isDoomed = isDoomed
        self.binding = binding
        self.serverNonce = printableNonce
    }

    /// The client's next message, without the framing of the protocol.
    /// - Throws: when it is malformed, which ends the login.
    package mutating func receive(_ message: [UInt8]) throws(AuthenticationFailure) -> Verdict {
        switch phase {
        case .start: return try receiveFirst(message)
        case .challenged(let bare, let challenge, let nonce):
            phase = .finished
            return try receiveFinal(message, bare: bare, challenge: challenge, nonce: nonce)
        case .finished: throw .protocolViolation("SASL exchange is over")
        }
    }

    // MARK: - The first message

    private mutating func receiveFirst(
        _ message: [UInt8]
    ) throws(AuthenticationFailure) -> Verdict {
        var input = try ScramAttributes(message)
        try readHeader(&input)
        let bare = input.rest
        if input.current == UInt8(ascii: "m") {
            throw AuthenticationFailure(
                .featureNotSupported, "client requires an unsupported SCRAM extension")
        }
        // The name in here is ignored, as in PostgreSQL: the startup packet has given one.
        _ = try input.value(of: UInt8(ascii: "n"))
        let clientNonce = try input.value(of: UInt8(ascii: "r"))
        guard clientNonce.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw .protocolViolation("non-printable characters in SCRAM nonce")
        }
        while input.current != nil { _ = try input.next() }
        let nonce = clientNonce + serverNonce
        let challenge =
            Array("r=".utf8) + nonce + Array(",s=".utf8) + Base64.encode(verifier.salt)
            + Array(",i=\(verifier.iterations)".utf8)
        phase = .challenged(bare: bare, challenge: challenge, nonce: nonce)
        return .challenge(challenge)
    }

    /// `gs2-header`: the flag of channel binding and the authorization identity.
    private mutating func readHeader(
        _ input: inout ScramAttributes
    ) throws(AuthenticationFailure) {
        bindingFlag = input.current ?? 0
        switch bindingFlag {
        case UInt8(ascii: "n"), UInt8(ascii: "y"):
            try checkUnbound()
            input.skipByte()
            guard input.current == UInt8(ascii: ",") else {
                throw .malformedScram(
                    "Comma expected, but found character"
                        + " \"\(ScramAttributes.sanitized(input.current))\".")
            }
            input.skipByte()
        case UInt8(ascii: "p"): try readBindingType(&input)
        default:
            throw .malformedScram(
                "Unexpected channel-binding flag \"\(ScramAttributes.sanitized(bindingFlag))\".")
        }
        if input.current == UInt8(ascii: "a") {
            throw AuthenticationFailure(
                .featureNotSupported,
                "client uses authorization identity, but it is not supported")
        }
        guard input.current == UInt8(ascii: ",") else {
            throw .malformedScram(
                "Unexpected attribute \"\(ScramAttributes.sanitized(input.current))\""
                    + " in client-first-message.")
        }
        input.skipByte()
    }

    /// The client binds to nothing: that must be what it has chosen; and if it only thinks that we
    /// could not, somebody in between has taken our offer away.
    private func checkUnbound() throws(AuthenticationFailure) {
        switch binding {
        case .unavailable: break
        case .declined:
            guard bindingFlag == UInt8(ascii: "y") else { return }
            throw AuthenticationFailure(
                .invalidAuthorization, "SCRAM channel binding negotiation error",
                detail: "The client supports SCRAM channel binding but thinks the server does not."
                    + "  However, this server does support channel binding.")
        case .chosen:
            throw .malformedScram(
                "The client selected \(ScramBinding.mechanism), but the SCRAM message does not"
                    + " include channel binding data.")
        }
    }

    private func readBindingType(
        _ input: inout ScramAttributes
    ) throws(AuthenticationFailure) {
        guard case .chosen = binding else {
            throw .malformedScram(
                "The client selected \(Self.mechanism) without channel binding, but the SCRAM"
                    + " message includes channel binding data.")
        }
        let type = try input.value(of: UInt8(ascii: "p"))
        guard type == Array(ScramBinding.type.utf8) else {
            let shown = type.prefix(30).map { 0x21...0x7E ~= $0 ? $0 : UInt8(ascii: "?") }
            throw .protocolViolation(
                "unsupported SCRAM channel-binding type"
                    + " \"\(String(decoding: shown, as: UTF8.self))\"")
        }
    }

    // MARK: - The final message

    /// Of the header of the first message once more, and of what the login is bound to.
    private func check(binding given: [UInt8]) throws(AuthenticationFailure) {
        if case .chosen(let data) = binding {
            let expected = ScramBinding.attribute(header: ScramBinding.header, data: data)
            guard given == expected else {
                throw AuthenticationFailure(
                    .invalidAuthorization, "SCRAM channel binding check failed")
            }
            return
        }
        let header =
            bindingFlag == UInt8(ascii: "n")
            ? ScramBinding.headerOfNone : ScramBinding.headerOfMissed
        guard given == ScramBinding.attribute(header: header) else {
            throw .protocolViolation(
                "unexpected SCRAM channel-binding attribute in client-final-message")
        }
    }

    private func receiveFinal(
        _ message: [UInt8], bare: [UInt8], challenge: [UInt8], nonce: [UInt8]
    ) throws(AuthenticationFailure) -> Verdict {
        var input = try ScramAttributes(message)
        try check(binding: try input.value(of: UInt8(ascii: "c")))
        let finalNonce = try input.value(of: UInt8(ascii: "r"))
        let (proof, withoutProof) = try readProof(&input)
        guard finalNonce == nonce else {
            throw .protocolViolation("invalid SCRAM response", detail: "Nonce does not match.")
        }
        let comma = [UInt8(ascii: ",")]
        return judge(proof, signed: bare + comma + challenge + comma + withoutProof)
    }

    /// The proof, which must be the last attribute, and all that comes before its comma.
    private func readProof(
        _ input: inout ScramAttributes
    ) throws(AuthenticationFailure) -> (proof: [UInt8], withoutProof: [UInt8]) {
        while true {
            let start = input.offset
            let (name, value) = try input.next()
            guard name == UInt8(ascii: "p") else { continue }
            guard let proof = Base64.decode(value), proof.count == Hashes.sha256Bytes else {
                throw .malformedScram("Malformed proof in client-final-message.")
            }
            guard input.current == nil else {
                throw .malformedScram("Garbage found at the end of client-final-message.")
            }
            return (proof, Array(input.bytes[..<max(start - 1, 0)]))
        }
    }

    /// Computes everything first and fails after, so that the time tells nothing.
    private func judge(_ proof: [UInt8], signed message: [UInt8]) -> Verdict {
        let signature = Hashes.hmacSHA256(key: verifier.storedKey, message)
        let clientKey = zip(proof, signature).map { $0 ^ $1 }
        let isProven = Hashes.areEqual(Hashes.sha256(clientKey), verifier.storedKey)
        guard isProven, !isDoomed else { return .unproven }
        let final = Hashes.hmacSHA256(key: verifier.serverKey, message)
        return .proven(
            final: Array("v=".utf8) + Base64.encode(final),
            keys: ScramKeys(clientKey: clientKey, serverKey: verifier.serverKey))
    }
}

extension ScramServer: Redacted {}
