import Testing

@testable import Authentication

struct MD5ExchangeTests {
    @Test func sameHashAsPostgreSQL() throws {
        let hash = try #require(MD5Exchange.hash(password: bytes("pencil"), user: "ascii_md5"))
        #expect("md5" + text(hash) == Samples.md5)
    }

    /// psql's answer to a salt of PostgreSQL 15.
    @Test func recordedAnswer() {
        let hash = bytes(String(Samples.md5.dropFirst(3)))
        let answer = MD5Exchange.answer(hash: hash, salt: [0xDE, 0xA8, 0xBF, 0x5C])
        #expect(answer.map(text) == "md560799313b76acd458cd54df2df8f0c0b")
    }

    @Test func anotherSaltNeedsAnotherAnswer() throws {
        let hash = try #require(MD5Exchange.hash(password: bytes("pencil"), user: "plain"))
        let stale = try #require(MD5Exchange.answer(hash: hash, salt: [9, 9, 9, 9]))
        var login = Samples.login("plain", .md5)
        #expect(login.begin() == .ask(.md5Password(salt: Samples.salt)))
        guard case .refused(let failure) = login.receive(stale + [0]) else {
            Issue.record("a stale answer was taken")
            return
        }
        #expect(failure.state == .invalidPassword)
    }
}
