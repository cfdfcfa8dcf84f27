import Testing

@testable import Authentication

/// Whatever a peer sends, the machines answer, and nobody gets in by chance.
struct AuthenticationFuzzTests {
    private static let pieces: [[UInt8]] = [
        bytes("SCRAM-SHA-256\0"), [0, 0, 0, 12], [255, 255, 255, 255], bytes("n,,n=,r=abc"),
        bytes("y,,"), bytes("c=biws,"), bytes("r=abcCQkJCQkJCQkJCQkJCQkJCQkJ"), bytes(",p="),
        bytes("p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), bytes("md5"), [0], bytes(","),
        bytes("v="), bytes("e="), bytes("r=AQID"), bytes(",s=AAAA"), bytes(",i=1"), [],
    ]

    private static func body(_ random: inout Seeded) -> [UInt8] {
        var body: [UInt8] = []
        for _ in 0..<Int.random(in: 0...5, using: &random) {
            if Int.random(in: 0..<4, using: &random) == 0 {
                body.append(UInt8.random(in: 0...255, using: &random))
            } else {
                body += pieces.randomElement(using: &random) ?? []
            }
        }
        return body
    }

    @Test(arguments: [LoginMethod.password, .md5, .scramSHA256])
    func clients(method: LoginMethod) {
        var random = Seeded(state: 42)
        for round in 0..<2_000 {
            let user = ["plain", "ascii_md5", "nobody", "stranger"].randomElement(using: &random)
            var login = Samples.login(user ?? "plain", method)
            var verdict = login.begin()
            var messages = 0
            while case .ask = verdict, messages < 10 {
                verdict = login.receive(Self.body(&random))
                messages += 1
            }
            guard case .refused = verdict else {
                Issue.record("round \(round): \(verdict)")
                return
            }
        }
    }

    @Test func servers() {
        var random = Seeded(state: 43)
        for round in 0..<5_000 {
            var login = ServerAuthentication(
                user: "u", secret: .plain(bytes("p")), nonce: [1, 2, 3])
            do throws(ServerAuthenticationError) {
                for _ in 0..<5 {
                    let code: UInt8 = [0, 3, 5, 10, 11, 12, 200].randomElement(using: &random) ?? 0
                    let verdict = try login.receive([0, 0, 0, code] + Self.body(&random))
                    // Only SCRAM makes the proxy wait, and only for a server that proved itself.
                    #expect(verdict != .wait, "round \(round)")
                }
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }
}

/// SplitMix64: the same numbers on every machine.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
