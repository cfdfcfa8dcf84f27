import Testing
import WireFixtures

@testable import Authentication

/// Logins that are right but for one thing: nobody gets in, and nothing traps.
struct LoginFuzzTests {
    /// Few iterations: it is not the hash that is tried here.
    private static let verifier = ScramVerifier(
        password: bytes("pencil"), salt: [1, 2, 3, 4], iterations: 2)

    /// Plays both sides; `meddle` may change each message on its way. Returns whether the server
    /// let the client in, and whether the client took the server for the right one.
    private static func exchange(
        binding: [UInt8]?, nonce: [UInt8], _ meddle: (Int, inout [UInt8]) -> Void
    ) -> (isIn: Bool, isSure: Bool) {
        var server = ScramServer(
            verifier: verifier, binding: binding.map { .chosen($0) } ?? .unavailable, nonce: nonce)
        var client = ScramClient(
            password: bytes("pencil"), keyring: nil,
            binding: binding.map { .used($0) } ?? .unavailable, nonce: nonce)
        do {
            var message = client.greeting
            meddle(0, &message)
            guard case .challenge(var challenge) = try server.receive(message) else {
                return (false, false)
            }
            meddle(1, &challenge)
            var final = try client.receive(challenge: challenge)
            meddle(2, &final)
            guard case .proven(var proof, _) = try server.receive(final) else {
                return (false, false)
            }
            meddle(3, &proof)
            try client.receive(final: proof)
            return (true, client.isFinished)
        } catch {
            return (false, false)
        }
    }

    @Test func whatIsChangedOnItsWayIsNoticed() {
        Fuzz.run("scram", rounds: 2_000) { seed, random in
            let nonce = (0..<18).map { _ in UInt8.random(in: 0...255, using: &random) }
            let binding: [UInt8]? = random.once(in: 2) ? [9, 8, 7] : nil
            #expect(Self.exchange(binding: binding, nonce: nonce) { _, _ in } == (true, true))
            let target = Int.random(in: 0..<4, using: &random)
            var damage = random
            var wasChanged = false
            let (isIn, isSure) = Self.exchange(binding: binding, nonce: nonce) { number, message in
                guard number == target else { return }
                let before = message
                damage.damage(&message)
                wasChanged = message != before
            }
            guard wasChanged else { return }
            // The first three messages are signed by both sides, the last by the server alone; what
            // the server adds behind its signature is ignored, as by libpq.
            if target < 3 { #expect(!isIn, "seed \(seed)") }
            if target < 3 { #expect(!isSure, "seed \(seed)") }
        }
    }

    @Test func nobodyGetsInByChance() {
        let methods: [LoginMethod] = [.password, .md5, .scramSHA256]
        let pieces = [
            "SCRAM-SHA-256\0", "SCRAM-SHA-256-PLUS\0", "n,,n=,r=abc", "y,,",
            "p=tls-server-end-point,,",
            "c=biws,", "r=", ",p=", "md5", "\0", ",", "a=x", "m=y", "\u{AD}", "\u{1F600}", "=2C",
        ].map { bytes($0) }
        Fuzz.run("client logins", rounds: 2_000) { seed, random in
            let users = ["plain", "ascii_md5", "nobody", "stranger"]
            var login = Samples.login(
                users.randomElement(using: &random) ?? "plain",
                methods.randomElement(using: &random) ?? .md5)
            var verdict = login.begin()
            for _ in 0..<6 {
                guard case .ask = verdict else { break }
                var body: [UInt8] = []
                for _ in 0..<Int.random(in: 0...6, using: &random) {
                    body += pieces.randomElement(using: &random) ?? []
                    if random.once(in: 5) { body += random.bytes(upTo: 9) }
                }
                if random.once(in: 2) { random.damage(&body) }
                verdict = login.receive(body)
            }
            if case .granted = verdict { Issue.record("seed \(seed): \(verdict)") }
        }
    }

    @Test func whateverAServerAsksFor() {
        Fuzz.run("server logins", rounds: 4_000) { seed, random in
            var login = ServerAuthentication(
                user: "u", secret: .plain(bytes("pencil")), nonce: [1, 2, 3],
                channel: random.once(in: 2) ? .plain : .encrypted(binding: [1, 2]))
            let pieces = [
                "SCRAM-SHA-256\0", "SCRAM-SHA-256-PLUS\0\0", "r=AQID", "r=AQIDx,s=AQID,i=", "2",
                "99999999999",
                "v=", "e=", ",", "=", "\0", "m=",
            ].map { bytes($0) }
            do throws(ServerAuthenticationError) {
                for _ in 0..<6 {
                    var body: [UInt8] = [0, 0, 0]
                    body.append([0, 3, 5, 10, 11, 12, 6, 200].randomElement(using: &random) ?? 0)
                    for _ in 0..<Int.random(in: 0...5, using: &random) {
                        body += pieces.randomElement(using: &random) ?? []
                    }
                    if random.once(in: 3) { random.damage(&body) }
                    let verdict = try login.receive(body)
                    #expect(verdict != .wait, "seed \(seed)")
                }
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }

    @Test func textsAreReadOrRefused() {
        Fuzz.run("texts", rounds: 4_000) { seed, random in
            let noise = random.bytes(upTo: 40)
            _ = SaslPrep.prepared(noise)
            _ = ScramVerifier(text: String(decoding: noise, as: UTF8.self))
            if let decoded = Base64.decode(noise) {
                #expect(Base64.decode(Base64.encode(decoded)) == decoded, "seed \(seed)")
            }
            #expect(Base64.decode(Base64.encode(noise)) == noise, "seed \(seed)")
        }
    }
}
