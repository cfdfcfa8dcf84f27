import Testing
import Vocabulary

@testable import SessionCore

/// The way to an encrypted connection, mode by mode, as libpq goes it.
@Suite("ServerEncryption")
struct ServerEncryptionTests {
    private static let request: [UInt8] = [0, 0, 0, 8, 4, 210, 22, 47]
    private static let requiring: [SSLMode] = [.require, .verifyCA, .verifyFull]

    private func machine(
        _ mode: SSLMode, _ negotiation: SSLNegotiation = .postgres, isLocal: Bool = false
    ) -> ServerEncryption {
        ServerEncryption(mode: mode, negotiation: negotiation, isLocal: isLocal)
    }

    @Test("who begins with a request")
    func beginnings() {
        for mode in SSLMode.allCases {
            let asks = mode != .disable && mode != .allow
            #expect(machine(mode).connected() == (asks ? .ask(Self.request) : .logIn), "\(mode)")
            #expect(machine(mode, isLocal: true).connected() == .logIn, "\(mode)")
        }
        for mode in Self.requiring { #expect(machine(mode, .direct).connected() == .secure) }
    }

    @Test("a server without TLS serves those who do not insist")
    func refusedByServer() {
        var prefers = machine(.prefer)
        #expect(prefers.answered(UInt8(ascii: "N"), hasMore: false) == .logIn)
        // That was the other way: a refused login is not tried again.
        let again = prefers.loginRefused(state: "28000")
        #expect(!again)
        for mode in Self.requiring {
            var machine = machine(mode)
            #expect(
                machine.answered(UInt8(ascii: "N"), hasMore: false)
                    == .fail("server does not support SSL, but SSL was required"))
        }
    }

    @Test("only a lone S begins TLS")
    func answers() {
        var machine = machine(.prefer)
        #expect(machine.answered(UInt8(ascii: "S"), hasMore: false) == .secure)
        #expect(
            machine.answered(UInt8(ascii: "S"), hasMore: true)
                == .fail("received unencrypted data after SSL response"))
        #expect(
            machine.answered(UInt8(ascii: "E"), hasMore: true)
                == .fail("server sent an error response during SSL exchange"))
        #expect(
            machine.answered(0, hasMore: false)
                == .fail("received invalid response to SSL negotiation: byte 0"))
    }

    @Test("a failed handshake: prefer goes on without, others do not")
    func failedHandshake() {
        var prefers = machine(.prefer)
        #expect(prefers.handshakeFailed("why") == .reconnect)
        #expect(prefers.connected() == .logIn)
        for mode in [SSLMode.allow] + Self.requiring {
            var machine = machine(mode)
            #expect(machine.handshakeFailed("why") == .fail("SSL error: why"), "\(mode)")
        }
    }

    @Test("a login refused by pg_hba.conf is tried the other way, once")
    func refusedLogin() {
        var allows = machine(.allow)
        let wrongPassword = allows.loginRefused(state: "28P01")
        #expect(!wrongPassword)
        let comesBack = allows.loginRefused(state: "28000")
        #expect(comesBack)
        #expect(allows.connected() == .ask(Self.request))
        let comesBackAgain = allows.loginRefused(state: "28000")
        #expect(!comesBackAgain)
        for mode in [SSLMode.disable] + Self.requiring {
            var machine = machine(mode)
            let comesBack = machine.loginRefused(state: "28000")
            #expect(!comesBack, "\(mode)")
        }
        var prefers = machine(.prefer)
        let withoutTLS = prefers.loginRefused(state: "28000")
        #expect(withoutTLS)
        #expect(prefers.connected() == .logIn)
    }

    @Test("direct TLS has to be agreed on by name")
    func agreement() {
        #expect(machine(.require, .direct).secured(agreed: true) == .logIn)
        #expect(
            machine(.require, .direct).secured(agreed: false)
                == .fail(
                    "direct SSL connection was established without ALPN protocol negotiation"
                        + " extension"))
        #expect(machine(.require).secured(agreed: false) == .logIn)
    }
}
