import Testing

@testable import StatementClassifier

@Suite struct ListenStatementTests {
    private func read(_ sql: String) -> ListenStatement? {
        let bytes = Array(sql.utf8)
        return ListenStatement.read(bytes.span.bytes)
    }

    private func name(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func channels() {
        #expect(read("LISTEN Jobs") == .listen(name("jobs")))
        #expect(read("/* a */ listen \"My \"\"jobs\" ; -- b") == .listen(name("My \"jobs")))
        #expect(read("LISTEN \"ü\"") == .listen(name("ü")))
        #expect(read("UNLISTEN jobs;") == .unlisten(name("jobs")))
        #expect(read("UNLISTEN *") == .unlistenAll)
        #expect(read("UNLISTEN \"*\"") == .unlisten(name("*")))
        #expect(read("LISTEN \(String(repeating: "a", count: 63))") != nil)
    }

    /// Where the server would refuse, warn or know better.
    @Test func leftToTheServer() {
        for sql in [
            "", "LISTEN", "LISTEN *", "LISTEN 'a'", "LISTEN a, b", "LISTEN a.b", "LISTEN select",
            "LISTEN left", "LISTEN ü", "LISTEN \"\"", "LISTEN U&\"a\"", "LISTEN a; LISTEN b",
            "UNLISTEN +", "NOTIFY a", "LISTEN \(String(repeating: "a", count: 64))",
        ] {
            #expect(read(sql) == nil, "\(sql)")
        }
    }
}
