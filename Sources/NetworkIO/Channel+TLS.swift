import CSystem
import Vocabulary

// Encryption. A plain channel asks once per call whether there is any.
extension Channel {
    // MARK: What owners ask

    /// The handshake is done: all bytes are encrypted.
    package var isEncrypted: Bool { tls?.isEstablished ?? false }

    /// Version and cipher, as `TLSv1.3/TLS_AES_256_GCM_SHA384`; empty: not encrypted.
    package var encryption: String { isEncrypted ? tls?.description ?? "" : "" }

    /// The certificate that the peer has shown; nil: none, or not encrypted.
    package var tlsPeer: TLSPeer? { isEncrypted ? tls?.peer : nil }

    /// What SCRAM binds a login on this channel to (RFC 5929, `tls-server-end-point`); nil:
    /// nothing, since it is not encrypted or the server's certificate has no such hash.
    package var endPointBinding: [UInt8]? { isEncrypted ? tls?.endPointBinding : nil }

    /// Both sides have agreed on PostgreSQL's protocol (ALPN).
    package var hasAgreedOnProtocol: Bool { isEncrypted && (tls?.hasAgreedOnProtocol ?? false) }

    /// Taken up again from an earlier connection, without certificates being shown.
    package var isResumed: Bool { isEncrypted && (tls?.isResumed ?? false) }

    /// The first byte that waits to be read, and goes on waiting; nil: none.
    package var firstByte: UInt8? { UInt8(exactly: sy_first_byte(descriptor)) }

    // MARK: Beginning

    /// Sends what waits, as it is; from there on everything is encrypted. The outcome is told by
    /// `channelSecured`, later.
    /// - Parameter host: of the server, where this is the client's side.
    package func startTLS(_ context: TLSContext, host: String = "") throws(TLSFailure) {
        guard state == .open, tls == nil else { throw TLSFailure("the connection is not open") }
        sendWaiting()
        guard queue.isEmpty else { throw TLSFailure("the peer does not read") }
        tls = try TLSSession(context, descriptor: descriptor, host: host)
        register()
        loop.reconsider(self)
    }

    private func shakeHands(_ tls: TLSSession) {
        let before = interest
        switch tls.handshake() {
        case .moved:
            if interest != before { register() }
            owner?.channelSecured(self, failure: nil)
            guard state == .open else { return }
            if !queue.isEmpty { markDirty() }
            // What follows the handshake may have come with its last bytes.
            if tls.hasMore { loop.reconsider(self) }
        case .awaitsInput, .awaitsOutput: if interest != before { register() }
        case .ended: owner?.channelSecured(self, failure: "EOF detected")
        case .failed(let failure): owner?.channelSecured(self, failure: failure.text)
        }
    }

    // MARK: Events

    func handleEncrypted(_ events: UInt32, _ tls: TLSSession) {
        if !tls.isEstablished { return shakeHands(tls) }
        let goesOn = events & sy_writable != 0 && tls.awaitsOutput
        if events & sy_writable != 0 { flush() }
        if (events & sy_readable != 0 || goesOn) && wantsInput && state == .open {
            owner?.channelIsReadable(self)
        } else if events & (sy_broken | sy_peer_closed) != 0 && state == .open {
            owner?.channelBroke(self, cause: cause(events))
        }
    }

    /// There is something to be done without an event.
    func look() {
        guard state == .open, let tls else { return }
        if !tls.isEstablished { return shakeHands(tls) }
        if let failure = tls.failure {
            owner?.channelBroke(self, cause: failure.text)
        } else if wantsInput && tls.hasMore {
            owner?.channelIsReadable(self)
        }
    }

    /// While `tls.needsSocket`.
    func interest(of tls: TLSSession) -> UInt32 {
        (wantsInput || !tls.isEstablished ? sy_readable | sy_peer_closed : 0)
            | (tls.awaitsOutput || wantsDrain ? sy_writable : 0)
    }

    // MARK: Bytes

    func readEncrypted(_ tls: TLSSession, into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        let wasWaiting = tls.awaitsOutput
        let outcome = tls.read(into: buffer)
        if tls.awaitsOutput != wasWaiting { register() }
        switch outcome {
        case .moved(let count):
            if tls.hasMore && (count == buffer.count || tls.hasEnded) { loop.reconsider(self) }
            return count
        case .awaitsInput, .awaitsOutput: return nil
        case .ended, .failed: return 0
        }
    }

    /// See `send`. After a failure the channel has broken, which the loop will tell its owner.
    func sendEncrypted(_ tls: TLSSession, _ bytes: UnsafeRawBufferPointer) -> Int {
        guard tls.mayWrite else { return 0 }
        switch tls.write(bytes) {
        case .moved(let count): return count
        case .awaitsInput, .awaitsOutput: return 0
        case .ended, .failed:
            loop.reconsider(self)
            return 0
        }
    }
}
