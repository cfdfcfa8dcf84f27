import Testing

@testable import StatementClassifier

private func normalized(_ sql: String, limit: Int = 1_000) -> NormalizedText? {
    var classifier = Classifier(seed: 1)
    return Array(sql.utf8).withUnsafeBytes { classifier.normalized($0.bytes, limit: limit) }
}

@Suite("Texts without literals")
struct NormalizedTextTests {
    @Test(arguments: [
        ("SELECT 1", "SELECT ?"),
        (
            "select  name\n from users -- the secret\n where id = 17",
            "select name from users where id = ?"
        ),
        ("SELECT 'it''s' || E'a\\'b', $$x$$, $t$ $$y $t$", "SELECT ? || ?, ?, ?"),
        ("SELECT -1.5e3, B'01', X'ff', U&'d\\0061'", "SELECT -?, ?, ?, ?"),
        ("SELECT \"Na me\".\"x\" FROM t", "SELECT \"Na me\".\"x\" FROM t"),
        ("SELECT a/* 4711 */FROM t", "SELECT a FROM t"),
        ("/* user=joe */ SELECT $1::text, interval '1 day'", "SELECT $1::text, interval ?"),
        ("SELECT 'a'\n 'b'", "SELECT ?"), ("", ""), ("SELECT 1; SELECT 2;", "SELECT ?; SELECT ?;"),
    ])
    func text(_ sql: String, _ expected: String) {
        #expect(normalized(sql)?.text == expected)
    }

    @Test(
        "what cannot be split is not shown at all", arguments: ["SELECT 'open", "SELECT (1", "\""])
    func malformed(_ sql: String) { #expect(normalized(sql) == nil) }

    @Test("long texts are cut between characters")
    func cut() {
        let long = "SELECT " + String(repeating: "ä", count: 100)
        #expect(normalized(long, limit: 10)?.text == "SELECT ä ...")
    }

    @Test("the order counts where ORDER BY stands outside parentheses")
    func ordered() {
        for sql in [
            "SELECT a FROM t ORDER BY a", "WITH x AS (SELECT 1) SELECT * FROM x ORDER BY 1 LIMIT 3",
            "(SELECT 1) UNION (SELECT 2) ORDER BY 1", "SELECT 1 ORDER BY 1;",
        ] {
            #expect(normalized(sql)?.isOrdered == true, "\(sql)")
        }
        for sql in [
            "SELECT a FROM t", "SELECT rank() OVER (ORDER BY a) FROM t",
            "SELECT * FROM (SELECT a FROM t ORDER BY a) x", "SELECT array_agg(a ORDER BY b) FROM t",
            "SELECT 1; SELECT 2 ORDER BY 1", "SELECT \"order\", by FROM t",
        ] {
            #expect(normalized(sql)?.isOrdered == false, "\(sql)")
        }
    }
}
