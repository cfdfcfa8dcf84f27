import PostgresWire
import Vocabulary

/// How one connection to a server comes to be encrypted, or not: when to ask, what an answer means,
/// and whether to try once more the other way. Follows libpq (src/interfaces/libpq/fe-connect.c,
/// `PQconnectPoll`), whose `sslmode` it takes.
///
/// Invariant: there is at most one second try, and never one without TLS where it is required.
package struct ServerEncryption: Sendable {
    package enum Step: Sendable, Hashable {
        /// Log in as it is.
        case logIn
        /// Send this SSLRequest and wait for one byte.
        case ask([UInt8])
        /// Begin TLS.
        case secure
        /// Connect anew; then ask again what to do.
        case reconnect
        case fail(String)
    }

    private let mode: SSLMode
    private let negotiation: SSLNegotiation
    private var usesTLS: Bool
    private var hasChanged = false

    /// - Parameter isLocal: over a Unix-domain socket, where PostgreSQL speaks no TLS.
    package init(mode: SSLMode, negotiation: SSLNegotiation, isLocal: Bool) {
        self.mode = isLocal ? .disable : mode
        self.negotiation = negotiation
        switch self.mode {
        case .disable, .allow: usesTLS = false
        case .prefer, .require, .verifyCA, .verifyFull: usesTLS = true
        }
    }

    /// The connection is there.
    package func connected() -> Step {
        guard usesTLS else { return .logIn }
        switch negotiation {
        case .direct: return .secure
        case .postgres:
            var writer = MessageWriter()
            writer.untyped { $0.int32(StartupPacket.sslRequestCode) }
            return .ask(writer.bytes)
        }
    }

    /// The server's answer to an SSLRequest.
    /// - Parameter hasMore: more came with it, which nobody has encrypted (CVE-2021-23222).
    package mutating func answered(_ byte: UInt8, hasMore: Bool) -> Step {
        switch byte {
        case UInt8(ascii: "S"):
            return hasMore ? .fail("received unencrypted data after SSL response") : .secure
        case UInt8(ascii: "N"):
            guard !mode.requiresTLS else {
                return .fail("server does not support SSL, but SSL was required")
            }
            usesTLS = false
            hasChanged = true
            return .logIn
        case UInt8(ascii: "E"): return .fail("server sent an error response during SSL exchange")
        case _:
            return .fail("received invalid response to SSL negotiation: byte \(byte)")
        }
    }

    /// The handshake is done.
    /// - Parameter agreed: both sides have named PostgreSQL's protocol (ALPN).
    package func secured(agreed: Bool) -> Step {
        guard negotiation == .direct, !agreed else { return .logIn }
        return .fail(
            "direct SSL connection was established without ALPN protocol negotiation extension")
    }

    /// The handshake has failed.
    package mutating func handshakeFailed(_ cause: String) -> Step {
        changes(to: false) ? .reconnect : .fail("SSL error: \(cause)")
    }

    /// The server does not let this user in, this way at least (no entry in pg_hba.conf).
    /// - Returns: whether to connect anew, the other way.
    package mutating func loginRefused(state: String) -> Bool {
        state == SQLState.invalidAuthorization.description && changes(to: !usesTLS)
    }

    private mutating func changes(to tls: Bool) -> Bool {
        guard !hasChanged, mode == .allow && tls || mode == .prefer && !tls else { return false }
        hasChanged = true
        usesTLS = tls
        return true
    }
}
