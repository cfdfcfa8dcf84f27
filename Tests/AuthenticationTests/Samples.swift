@testable import Authentication

/// Bytes of a text, and back.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// A directory with a user of each kind, all of whom have the password `pencil`; `nobody` has none.
enum Samples {
    static let mockSecret = [UInt8](repeating: 7, count: 32)
    static let salt: [UInt8] = [1, 2, 3, 4]
    static let nonce = [UInt8](repeating: 9, count: 18)

    /// Made by PostgreSQL 15 of the password `pencil`.
    static let verifier =
        "SCRAM-SHA-256$4096:a63W3uFc8rHz8v53YLCNFg==$OvlvrkzA20/6S8aqV1ncD78Mbm80DuYV918hqURspDE=:"
        + "WuNr36xMYTOz12I7PuL4Iyn8uVU/hIjI+mIp/fNkEpM="
    /// Made by PostgreSQL 15 of the password `pencil` of the user `ascii_md5`.
    static let md5 = "md51de551d627e829c0ade28c4f078abd55"

    static let directory = UserDirectory(
        users: [
            ("plain", "pencil"), ("ascii_md5", md5), ("verified", verifier), ("nobody", nil),
        ], mockSecret: mockSecret)

    static func login(_ user: String, _ method: LoginMethod?) -> ClientAuthentication {
        ClientAuthentication(
            LoginAttempt(user: user, database: "app", host: "192.0.2.1"), method: method,
            directory: directory, salt: salt, nonce: nonce)
    }
}

/// How a login between a client and the proxy went.
struct Login {
    var requests: [AuthenticationRequest] = []
    var failure: AuthenticationFailure?
    var granted: ServerSecret?

    /// Plays the proxy's two machines against each other: one as the server of the other.
    init(_ user: String, _ method: LoginMethod?, secret: ServerSecret) throws {
        var server = Samples.login(user, method)
        var client = ServerAuthentication(
            user: user, secret: secret, nonce: [UInt8](repeating: 3, count: 18))
        var verdict = server.begin()
        while case .ask(let request) = verdict {
            requests.append(request)
            guard case .answer(let body) = try client.receive(request.body) else { return }
            verdict = server.receive(body)
        }
        switch verdict {
        case .ask: break
        case .refused(let failure): self.failure = failure
        case .granted(let final, let secret):
            if let final {
                requests.append(final)
                guard try client.receive(final.body) == .wait else { return }
            }
            if try client.receive([0, 0, 0, 0]) == .authenticated { granted = secret }
        }
    }

    /// `cleartext`, `md5`, `sasl`, `continue`, `final`.
    var kinds: [Int32] { requests.map(\.code) }
}

extension AuthenticationRequest {
    var body: [UInt8] { [0, 0, 0, UInt8(code)] + data }
}
