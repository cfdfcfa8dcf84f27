/// The server's side of one SCRAM-SHA-256 exchange (RFC 5802, RFC 7677, and
/// src/backend/libpq/auth-scram.c, whose texts and order of checks it follows). Channel binding is
/// not offered.
///
/// A doomed exchange goes through the same motions at the same cost, and fails at the end: this is
/// how a user that does not exist looks like one that does.
package struct ScramServer: Sendable {
    package static let mechanism = "SCRAM-SHA-256"

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
    private var phase = Phase.start
    private var bindingFlag: UInt8 = 0

    /// - Parameters:
    ///   - verifier: of the user, or a mock one.
    ///   - isDoomed: whether the exchange must fail, whatever the client proves.
    ///   - nonce: fresh random bytes, 18 in PostgreSQL (`SCRAM_RAW_NONCE_LEN`).
    package init(verifier: ScramVerifier, isDoomed: Bool = false, nonce: [UInt8]) {
        self.init(
            verifier: verifier, isDoomed: isDoomed, printableNonce: Base64.encode(nonce))
    }

    init(verifier: ScramVerifier, isDoomed: Bool = false, printableNonce: [UInt8]) {
        self.verifier = verifier
        self.isDoomed = isDoomed
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
        case UInt8(ascii: "n"), UInt8(ascii: "y"): input.skipByte()
        case UInt8(ascii: "p"):
            throw .malformedScram(
                "The client selected SCRAM-SHA-256 without channel binding, but the SCRAM message"
                    + " includes channel binding data.")
        default:
            throw .malformedScram(
                "Unexpected channel-binding flag \"\(ScramAttributes.sanitized(bindingFlag))\".")
        }
        guard input.current == UInt8(ascii: ",") else {
            throw .malformedScram(
                "Comma expected, but found character"
                    + " \"\(ScramAttributes.sanitized(input.current))\".")
        }
        input.skipByte()
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

    // MARK: - The final message

    private func receiveFinal(
        _ message: [UInt8], bare: [UInt8], challenge: [UInt8], nonce: [UInt8]
    ) throws(AuthenticationFailure) -> Verdict {
        var input = try ScramAttributes(message)
        let binding = try input.value(of: UInt8(ascii: "c"))
        // `n,,` and `y,,` in base64: the header of the first message once more.
        let expected = bindingFlag == UInt8(ascii: "n") ? "biws" : "eSws"
        guard binding == Array(expected.utf8) else {
            throw .protocolViolation(
                "unexpected SCRAM channel-binding attribute in client-final-message")
        }
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
