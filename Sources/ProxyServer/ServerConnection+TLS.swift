import Authentication
import NetworkIO
import SessionCore
import Vocabulary

// From a connected socket to one that a login may travel on.
extension ServerConnection {
    /// Does what the way to encryption asks for next.
    func carryOut(_ step: ServerEncryption.Step) {
        switch step {
        case .logIn: logIn()
        case .ask(let request): channel?.write(request)
        case .secure: secure()
        case .reconnect: reconnect()
        case .fail(let cause): openFailed(cause, lasting: nil, isUnreachable: true)
        }
    }

    private func secure() {
        let node = driver.cluster.node(driver.node)
        guard let context = driver.cluster.tls[driver.node.index] else {
            return carryOut(.fail("TLS is not configured"))
        }
        do throws(TLSFailure) {
            try channel?.startTLS(context, host: node.host)
        } catch {
            carryOut(.fail(error.text))
        }
    }

    /// The one byte that answers an SSLRequest.
    func takeEncryptionAnswer(_ input: UnsafeRawBufferPointer) {
        guard let byte = input.first else { return }
        carryOut(encryption.answered(byte, hasMore: input.count > 1))
    }

    func channelSecured(_ channel: Channel, failure: String?) {
        guard state == .opening else { return }
        if let failure { return carryOut(encryption.handshakeFailed(failure)) }
        carryOut(encryption.secured(agreed: channel.hasAgreedOnProtocol))
    }

    /// Version and cipher; empty: not encrypted.
    var encryptionName: String { channel?.encryption ?? "" }

    /// For a CancelRequest for what runs here; nil: this connection is not encrypted either.
    var cancelProtection: CancelConnection.Protection? {
        guard channel?.isEncrypted ?? false,
            let context = driver.cluster.tls[driver.node.index]
        else { return nil }
        let node = driver.cluster.node(driver.node)
        return CancelConnection.Protection(
            context: context, host: node.host, negotiation: node.tls.negotiation)
    }

    /// What the login travels over.
    var loginChannel: ServerAuthentication.Channel {
        guard let channel, channel.isEncrypted else { return .plain }
        return .encrypted(binding: channel.endPointBinding)
    }
}
