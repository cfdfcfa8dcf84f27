import COpenSSL
import Glibc
import Vocabulary

/// TLS on one socket: turns what the socket carries into plain bytes and back. Reads and writes the
/// socket itself, so that bytes are copied once in each direction, by the cipher.
///
/// Invariant: nothing is read or written before `isEstablished`; after a `failure` nothing at all.
final class TLSSession {
    /// What came of a step.
    enum Outcome: Hashable {
        /// So many plain bytes were read or written.
        case moved(Int)
        /// Nothing before the socket is readable, or writable.
        case awaitsInput, awaitsOutput
        /// The peer has ended it, politely or not.
        case ended
        case failed(TLSFailure)
    }

    private let handle: OpaquePointer
    private let context: TLSContext
    private(set) var isEstablished = false
    /// Of no use any more, for the peer's sake or ours; why.
    private(set) var failure: TLSFailure?
    /// The handshake, or a read (which may have to answer a key update), cannot go on before the
    /// socket takes output.
    private(set) var awaitsOutput = false
    /// The peer has ended it; every further read says so at once.
    private(set) var hasEnded = false
    private let host: String

    /// - Parameters:
    ///   - host: of the server, for a client's side: what it is asked for and checked against.
    ///   - descriptor: of a connected socket, which stays the caller's.
    init(_ context: TLSContext, descriptor: Int32, host: String) throws(TLSFailure) {
        ERR_clear_error()
        guard let handle = SSL_new(context.handle) else { throw .ofLibrary("cannot begin TLS") }
        self.handle = handle
        self.context = context
        self.host = host
        guard SSL_set_fd(handle, descriptor) == 1 else { throw .ofLibrary("cannot begin TLS") }
        switch context.role {
        case .server: SSL_set_accept_state(handle)
        case .client:
            SSL_set_connect_state(handle)
            try expect(host)
        }
    }

    deinit { SSL_free(handle) }

    /// Asks for the host by name, and has the certificate checked for it if the context says so.
    private func expect(_ host: String) throws(TLSFailure) {
        let isAddress = SocketAddress.isNumeric(host: host)
        if !isAddress, sy_set_server_name(handle, host) != 1 {
            throw .ofLibrary("cannot ask for the host by name")
        }
        guard context.verification == .authorityAndHost else { return }
        let parameters = SSL_get0_param(handle)
        let isSet: Int32
        if isAddress {
            isSet = X509_VERIFY_PARAM_set1_ip_asc(parameters, host)
        } else {
            X509_VERIFY_PARAM_set_hostflags(
                parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
            isSet = X509_VERIFY_PARAM_set1_host(parameters, host, 0)
        }
        guard isSet == 1 else { throw .ofLibrary("cannot check for the host's name") }
    }

    // MARK: Events

    /// Goes on with the handshake. `moved(0)`: it is done.
    func handshake() -> Outcome {
        ERR_clear_error()
        let result = SSL_do_handshake(handle)
        awaitsOutput = false
        if result == 1 {
            isEstablished = true
            return .moved(0)
        }
        let step = outcome(of: result)
        switch step {
        case .moved, .awaitsInput: return step
        case .awaitsOutput:
            awaitsOutput = true
            return step
        case .ended: return fail(TLSFailure("EOF detected"))
        case .failed(let failure): return fail(explained(failure))
        }
    }

    /// Fills the buffer as far as bytes are at hand: several records, while the socket's next ones
    /// need no other call.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
        var filled = 0
        awaitsOutput = false
        while filled < buffer.count {
            var count = 0
            ERR_clear_error()
            let result = SSL_read_ex(
                handle, buffer.baseAddress?.advanced(by: filled), buffer.count - filled, &count)
            if result == 1 {
                filled += count
                if SSL_has_pending(handle) == 0 { return .moved(filled) }
                continue
            }
            let stop = outcome(of: result)
            awaitsOutput = stop == .awaitsOutput
            hasEnded = stop == .ended || failure != nil
            return filled > 0 ? .moved(filled) : stop
        }
        return .moved(filled)
    }

    /// Whether a read has something to say that the socket will not announce.
    var hasMore: Bool { hasEnded || (isEstablished && SSL_has_pending(handle) == 1) }

    /// Encrypts and sends as many bytes as the socket takes. What was not taken must be given
    /// again, with whatever follows it, from this place or another.
    func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        var sent = 0
        while sent < bytes.count {
            var count = 0
            ERR_clear_error()
            let result = SSL_write_ex(
                handle, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, &count)
            guard result == 1 else {
                let stop = outcome(of: result)
                return sent > 0 && failure == nil ? .moved(sent) : stop
            }
            sent += count
        }
        return .moved(sent)
    }

    /// Tells the peer that nothing more comes (close_notify), if the socket takes that now.
    func shutDown() {
        guard isEstablished, failure == nil else { return }
        ERR_clear_error()
        SSL_shutdown(handle)
        ERR_clear_error()
    }

    private func outcome(of result: Int32) -> Outcome {
        let systemError = errno
        switch SSL_get_error(handle, result) {
        case SSL_ERROR_WANT_READ: return .awaitsInput
        case SSL_ERROR_WANT_WRITE: return .awaitsOutput
        case SSL_ERROR_ZERO_RETURN: return .ended
        case SSL_ERROR_SYSCALL:
            let words = systemError == 0 ? "EOF detected" : systemErrorText(systemError)
            return fail(TLSFailure(words))
        case _:
            let reason = TLSFailure.libraryReason()
            return fail(TLSFailure(reason.isEmpty ? "it was broken off" : reason))
        }
    }

    private func fail(_ failure: TLSFailure) -> Outcome {
        self.failure = failure
        return .failed(failure)
    }

    /// With the reason why a certificate was not accepted.
    private func explained(_ failure: TLSFailure) -> TLSFailure {
        let verdict = SSL_get_verify_result(handle)
        guard verdict != Int(X509_V_OK), context.verification != .none || context.asksForCertificate
        else { return failure }
        let mismatches = [X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH]
        guard !mismatches.contains(where: { Int($0) == verdict }) else {
            return TLSFailure("server certificate does not match host name \"\(host)\"")
        }
        let reason = X509_verify_cert_error_string(verdict).map { String(cString: $0) } ?? ""
        return TLSFailure("\(failure.text): \(reason)")
    }

    // MARK: Questions

    /// The socket's events are the session's business, whether its owner wants input or not.
    var needsSocket: Bool { !isEstablished || awaitsOutput }

    /// It takes bytes, as far as the socket does.
    var mayWrite: Bool { isEstablished && failure == nil }

    /// Version and cipher, as `TLSv1.3/TLS_AES_256_GCM_SHA384`.
    var description: String {
        let cipher = SSL_CIPHER_get_name(SSL_get_current_cipher(handle))
        let parts = [SSL_get_version(handle), cipher].compactMap { $0 }
        return parts.map { String(cString: $0) }.joined(separator: "/")
    }

    /// The peer's certificate; nil: it has shown none.
    var peer: TLSPeer? {
        let isVerified =
            (context.asksForCertificate || context.verification != .none)
            && SSL_get_verify_result(handle) == Int(X509_V_OK)
        return certificate { TLSCertificate.peer($0, isVerified: isVerified) }
    }

    /// See `TLSContext.endPointBinding`: of the server's certificate, whichever side we are.
    var endPointBinding: [UInt8]? {
        switch context.role {
        case .server: context.endPointBinding
        case .client: certificate { TLSCertificate.endPointBinding($0) } ?? nil
        }
    }

    /// The peer has agreed to speak PostgreSQL's protocol (ALPN).
    var hasAgreedOnProtocol: Bool { sy_alpn_agreed(handle) == 1 }

    /// The session was taken up again from an earlier connection.
    var isResumed: Bool { SSL_session_reused(handle) == 1 }

    private func certificate<Value>(_ read: (OpaquePointer) -> Value) -> Value? {
        guard let certificate = SSL_get1_peer_certificate(handle) else { return nil }
        defer { X509_free(certificate) }
        return read(certificate)
    }
}
