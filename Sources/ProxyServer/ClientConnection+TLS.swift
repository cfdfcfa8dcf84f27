import Configuration
import NetworkIO
import SessionCore
import Vocabulary

// What a client's connection is protected by.
extension ClientConnection {
    /// Whether the bytes of this client travel encrypted. False on a Unix-domain socket.
    var isEncrypted: Bool { channel?.isEncrypted ?? false }

    /// The certificate that the client has shown; nil: none, or the connection is not encrypted.
    /// Known from the StartupMessage on.
    var tlsPeer: TLSPeer? { channel?.tlsPeer }

    private var tls: ProxyConfiguration.ListenTLS { worker.settings.configuration.listen.tls }

    /// The context for this client; nil: TLS is not for it.
    private var tlsContext: TLSContext? { isUnixSocket ? nil : worker.settings.tls.clients }

    /// For a client that has said nothing yet, but for a TLS handshake.
    func newStartup() -> StartupMachine {
        guard tlsContext != nil else { return StartupMachine() }
        return StartupMachine(
            encryption: tls.mode.requiresTLS ? .required : .offered, isEncrypted: isEncrypted)
    }

    /// Direct TLS begins with a handshake in place of a startup packet, which could not begin with
    /// this byte: it would be too long (PostgreSQL documentation, "SSL Session Encryption").
    /// - Returns: whether TLS has begun; nothing is to be read before it is agreed on.
    func beginsWithTLS(_ channel: Channel) -> Bool {
        guard login == nil, stash.isEmpty, !channel.isEncrypted, let tlsContext,
            channel.firstByte == Self.handshakeRecord
        else { return false }
        startTLS(tlsContext)
        return true
    }

    /// The type of the first record of TLS (RFC 8446, section 5.1).
    private static let handshakeRecord: UInt8 = 0x16

    /// An SSLRequest was granted.
    func startTLS(answering byte: UInt8) {
        channel?.write([byte])
        if let tlsContext { startTLS(tlsContext) } else { end() }
    }

    private func startTLS(_ context: TLSContext) {
        do throws(TLSFailure) {
            try channel?.startTLS(context)
        } catch {
            handshakeFailed(error.text)
        }
    }

    func channelSecured(_ channel: Channel, failure: String?) {
        if let failure { return handshakeFailed(failure) }
        guard login == nil, !channel.hasAgreedOnProtocol else { return }
        handshakeFailed(
            "received direct SSL connection request without ALPN protocol negotiation extension")
    }

    private func handshakeFailed(_ cause: String) {
        worker.log.info(
            "could not accept SSL connection",
            metadata: ["address": "\(host)", "cause": "\(cause)"])
        end()
    }

    /// What is wrong with the certificate of a client where `listen.tls.mode` asks for one; nil:
    /// nothing, or it does not.
    func certificateRefusal(user: String) -> ErrorReply? {
        guard tlsContext != nil, tls.mode.verifiesPeer else { return nil }
        guard let tlsPeer, tlsPeer.isVerified else { return .certificateRequired }
        guard tls.mode == .verifyFull, tlsPeer.commonName != user else { return nil }
        return .certificateMismatch(user: user)
    }
}
