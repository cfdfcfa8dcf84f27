import PostgresWire
import Vocabulary

/// The first messages of a client's connection, up to its StartupMessage.
///
/// Invariant: each kind of encryption is answered once at the most; a client that asks again, or
/// asks within TLS, breaks the protocol (src/backend/tcop/backend_startup.c,
/// `ProcessStartupPacket`).
package struct StartupMachine: Sendable {
    /// What becomes of an SSLRequest, and of a StartupMessage without encryption.
    package enum EncryptionPolicy: Sendable, Hashable { case refused, offered, required }

    package enum Verdict: Sendable {
        /// Nothing can be said before the input has that many bytes.
        case starved(needed: Int)
        /// Answer with this one byte; so many bytes of input are done with.
        case answer(UInt8, consumed: Int)
        /// Answer with this one byte and begin TLS; what follows comes encrypted.
        case secure(UInt8, consumed: Int)
        /// Pass the cancel on and close.
        case cancel(processID: Int32, secret: [UInt8])
        /// The same, but from another process of this proxy: it goes no further.
        case passedOnCancel(processID: Int32, secret: [UInt8])
        /// The client wants to log in; so many bytes of input are done with.
        case login(StartupParameters, consumed: Int)
        case refused(ErrorReply)
        /// Send these bytes and close.
        case closing([UInt8])
        /// Close without a word.
        case garbage
    }

    private let policy: EncryptionPolicy
    private var isEncrypted: Bool
    private var answeredSSL: Bool
    private var refusedGSS: Bool

    /// - Parameter isEncrypted: TLS has begun without a request (PostgreSQL 17's direct TLS).
    package init(encryption policy: EncryptionPolicy = .refused, isEncrypted: Bool = false) {
        self.policy = policy
        self.isEncrypted = isEncrypted
        answeredSSL = isEncrypted
        refusedGSS = isEncrypted
    }

    /// The input so far, from its beginning.
    package mutating func receive(_ input: RawSpan) -> Verdict {
        guard input.byteCount >= 4 else { return .starved(needed: 4) }
        let length = UInt32(
            bigEndian: input.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self))
        guard length >= 8, length <= UInt32(Limits.startupPacketBytes) else {
            return .garbage
        }
        let total = Int(length)
        guard input.byteCount >= total else { return .starved(needed: total) }
        let packet = StartupPacket.read(input.extracting(4..<total))
        return judge(packet, consumed: total, isLast: total == input.byteCount)
    }

    private mutating func judge(
        _ packet: StartupPacket, consumed: Int, isLast: Bool
    ) -> Verdict {
        switch packet {
        case .sslRequest: return encrypt(consumed: consumed, isLast: isLast)
        case .gssEncryptionRequest:
            guard !refusedGSS else {
                return .refused(.unsupportedProtocol(major: 1234, minor: 5680))
            }
            refusedGSS = true
            return .answer(UInt8(ascii: "N"), consumed: consumed)
        case .cancel(let processID, let secret):
            return .cancel(processID: processID, secret: secret)
        case .passedOnCancel(let processID, let secret):
            return .passedOnCancel(processID: processID, secret: secret)
        case .malformedCancel: return .garbage
        case .unsupportedVersion(let major, let minor):
            let error = ErrorReply.unsupportedProtocol(major: major, minor: minor)
            // Protocol 2 had errors of another form.
            return major < 3 ? .closing(Self.oldForm(of: error)) : .refused(error)
        case .malformed(let text): return .refused(.startup(text))
        case .startup(let parameters): return judge(parameters, consumed: consumed)
        }
    }

    /// In the order of PostgreSQL's own checks.
    private func judge(_ parameters: StartupParameters, consumed: Int) -> Verdict {
        if policy == .required && !isEncrypted { return .refused(.encryptionRequired) }
        guard ReplicationKind(parameters.replication) != nil else {
            return .refused(.invalidReplication(parameters.replication ?? ""))
        }
        guard parameters.user.isEmpty else { return .login(parameters, consumed: consumed) }
        var writer = MessageWriter()
        writer.raw(Self.negotiation(parameters))
        ErrorReply.noUser.write(to: &writer)
        return .closing(writer.bytes)
    }

    /// An ErrorResponse of protocol 2 (src/backend/utils/error/elog.c, `send_message_to_frontend`).
    private static func oldForm(of error: ErrorReply) -> [UInt8] {
        [BackendMessageType.errorResponse.rawValue]
            + Array("\(error.severity.rawValue):  \(error.message)\n".utf8) + [0]
    }

    /// What came behind the request came before TLS: somebody in between may have put it there to
    /// have it taken for the client's (CVE-2021-23214).
    private mutating func encrypt(consumed: Int, isLast: Bool) -> Verdict {
        guard !answeredSSL else {
            return .refused(.unsupportedProtocol(major: 1234, minor: 5679))
        }
        answeredSSL = true
        guard policy != .refused else { return .answer(UInt8(ascii: "N"), consumed: consumed) }
        guard isLast else { return .refused(.unencryptedDataAfterRequest) }
        isEncrypted = true
        refusedGSS = true
        return .secure(UInt8(ascii: "S"), consumed: consumed)
    }

    /// NegotiateProtocolVersion, where the client asked for more than there is: a newer minor
    /// version, or protocol options (src/backend/tcop/backend_startup.c,
    /// `SendNegotiateProtocolVersion`).
    package static func negotiation(_ parameters: StartupParameters) -> [UInt8] {
        guard
            parameters.minorVersion > StartupPacket.newestMinorVersion
                || !parameters.protocolOptions.isEmpty
        else { return [] }
        var writer = MessageWriter()
        writer.message(BackendMessageType.negotiateProtocolVersion.rawValue) { body in
            body.int32(3 << 16 | Int32(parameters.spokenMinorVersion))
            body.int32(Int32(clamping: parameters.protocolOptions.count))
            for option in parameters.protocolOptions { body.string(option) }
        }
        return writer.bytes
    }
}
