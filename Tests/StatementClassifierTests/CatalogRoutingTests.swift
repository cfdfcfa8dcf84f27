import Testing
import Vocabulary

@testable import StatementClassifier

/// Statements judged with catalog facts, without any server.
@Suite struct CatalogRoutingTests {
    private func judge(_ sql: String, _ scope: CatalogScope) -> StatementVerdict {
        var classifier = Classifier(seed: 7)
        let bytes = Array(sql.utf8)
        return classifier.classify(bytes.span.bytes, in: scope)
    }

    private func expect(
        _ sql: String, _ reason: VerdictReason, in scope: CatalogScope = CatalogSample.scope(),
        _ location: SourceLocation = #_sourceLocation
    ) {
        let verdict = judge(sql, scope)
        #expect(verdict.reason == reason, "\(sql)", sourceLocation: location)
        let isRead = reason == .plainRead
        #expect((verdict.route == .replica) == isRead, "\(sql)", sourceLocation: location)
    }

    @Test(arguments: [
        "SELECT app.total(1)", "SELECT total(1, 2)", "SELECT TOTAL(ARRAY[1, 2, 3])",
        "SELECT many(1), many(1, 2, 3, 4)", "SELECT 1 <<>> 2", "SELECT 1 OPERATOR(app.<<>>) 2",
        "SELECT * FROM app.plain_view", "SELECT * FROM public.scratch",
        "SELECT some_new_builtin(1)", "SELECT pg_catalog.some_new_builtin(1)",
        "SELECT email FROM users", "SELECT e AS email FROM users u", "SELECT u.email FROM users u",
        "SELECT 1 v", "SELECT 'x'::fine, CAST('x' AS app.fine)", "SELECT 'app.v'",
        "SELECT a, v FROM users WHERE v = 1 ORDER BY v, ids", "SELECT count(v) FROM users",
        "SELECT sum_up(x ORDER BY a, b) FROM t", "SELECT of_text FROM t",
        "SELECT t.of_text FROM t", "SELECT 1 + 2", "SELECT app.total(1) FROM generate_series(1, 2)",
        "WITH x(v) AS (SELECT 1) SELECT v FROM x", "SELECT extract(year FROM d), v FROM t",
        "COPY app.plain_view TO STDOUT", "EXPLAIN SELECT app.total(1)",
    ])
    func reads(_ sql: String) { expect(sql, .plainRead) }

    @Test(arguments: [
        ("SELECT app.write_log(1)", VerdictReason.declaredVolatile),
        ("SELECT WRITE_LOG(1)", .declaredVolatile),
        ("SELECT \"write_log\"(1)", .declaredVolatile),
        ("SELECT \"WRITE_LOG\"(1)", .unknownFunction),
        ("SELECT total(1, 2, 3)", .declaredVolatile),
        ("SELECT total(1, 2, 3, 4)", .unknownFunction),
        ("SELECT other.total(1)", .unknownFunction),
        ("SELECT lower('x')", .declaredVolatile),
        ("SELECT uses_default()", .reachesVolatile),
        ("SELECT 1 @@@@ 2", .reachesVolatile),
        ("SELECT 1 OPERATOR(app.@@@@) 2", .reachesVolatile),
        ("SELECT 1 ~~~~ 2", .foreignOperator),
        ("SELECT 1 OPERATOR(other.<<>>) 2", .foreignOperator),
        ("SELECT * FROM app.v", .reachesVolatile),
        ("SELECT * FROM w", .reachesVolatile),
        ("SELECT * FROM users, w", .reachesVolatile),
        ("SELECT * FROM users u JOIN (w JOIN x ON true) ON true", .reachesVolatile),
        ("SELECT 1 WHERE EXISTS (SELECT FROM ONLY (v))", .reachesVolatile),
        ("TABLE v", .reachesVolatile),
        ("COPY v TO STDOUT", .reachesVolatile),
        ("COPY (SELECT * FROM v) TO STDOUT", .reachesVolatile),
        ("EXPLAIN SELECT * FROM v", .explainsNoRead),
        ("EXPLAIN ANALYZE SELECT * FROM v", .reachesVolatile),
        ("SELECT * FROM \"scratch\"", .unloggedTable),
        ("SELECT * FROM parent", .unloggedTable),
        ("SELECT * FROM far", .foreignTable),
        ("SELECT * FROM ids", .readsSequence),
        ("SELECT * FROM secret", .reachesVolatile),
        ("SELECT * FROM activity", .nodeView),
        ("SELECT * FROM locks", .advisoryLock),
        ("SELECT * FROM prices", .reachesVolatile),
        ("SELECT 'x'::email", .reachesVolatile),
        ("SELECT 'x'::app.\"email\"[]", .reachesVolatile),
        ("SELECT CAST($1 AS email)", .reachesVolatile),
        ("SELECT app.email 'x@y'", .reachesVolatile),
        ("SELECT * FROM json_to_recordset('[]') AS t(id int, mail email)", .reachesVolatile),
        ("SELECT (t).of_text FROM t", .declaredVolatile),
        ("SELECT t.of_row FROM t", .declaredVolatile),
        ("SELECT some_new_writer()", .volatileFunction),
        ("SELECT pg_some_new_state()", .unknownFunction),
        ("SELECT \"Mixed Case\".\"Shout It\"()", .declaredVolatile),
        ("SELECT nextval('ids')", .advancesSequence),
        ("INSERT INTO v VALUES (1)", .writesRows),
    ])
    func writes(_ sql: String, _ reason: VerdictReason) { expect(sql, reason) }

    @Test func pathDecidesWhatANameMeans() {
        expect("SELECT * FROM scratch", .plainRead, in: CatalogSample.scope(path: "public, app"))
        expect("SELECT * FROM scratch", .unloggedTable, in: CatalogSample.scope(path: "app"))
        expect("SELECT * FROM scratch", .unloggedTable, in: CatalogSample.scope(path: nil))
        expect("SELECT write_log(1)", .unknownFunction, in: CatalogSample.scope(path: "public"))
        expect("SELECT total(1)", .plainRead, in: CatalogSample.scope(path: nil))
        expect("SELECT lower('x')", .plainRead, in: CatalogSample.scope(path: "app"))
        let standard = "\"$user\", public"
        expect("SELECT greet()", .declaredVolatile, in: CatalogSample.scope(path: standard))
        expect(
            "SELECT greet()", .plainRead, in: CatalogSample.scope(path: standard, user: "bob"))
        expect(
            "SELECT greet()", .declaredVolatile,
            in: CatalogSample.scope(path: standard, user: nil))
        expect("SELECT greet()", .declaredVolatile, in: CatalogSample.scope(path: "lost, public"))
    }

    @Test func aStarForColumnsIsNoOperator() {
        let scope = CatalogSample.scope(path: "alice, public")
        for sql in [
            "SELECT * FROM users", "SELECT users.* FROM users", "SELECT count(*) FROM users",
            "SELECT DISTINCT * FROM users", "SELECT 1, * FROM users", "SELECT ALL * FROM users",
        ] {
            expect(sql, .plainRead, in: scope)
        }
        expect("SELECT 2 * 3", .reachesVolatile, in: scope)
        expect("SELECT id*2 FROM users", .reachesVolatile, in: scope)
        expect("SELECT (2) * 3", .reachesVolatile, in: scope)
        expect("SELECT 2 * 3", .plainRead, in: CatalogSample.scope(path: "app, public"))
    }

    @Test func operatorsWordOverrulesTheCatalog() throws {
        let rules = FunctionRules(
            readOnly: [
                try NamePattern("app.write_log", isDatabase: false),
                try NamePattern("/^vendor_", isDatabase: false),
                try NamePattern("nextval", isDatabase: false),
            ],
            write: [
                try NamePattern("total", isDatabase: false),
                try NamePattern("pg_sleep", isDatabase: false),
            ])
        let scope = CatalogSample.scope(rules: rules)
        expect("SELECT app.write_log(1)", .plainRead, in: scope)
        expect("SELECT * FROM w", .plainRead, in: scope)
        expect("SELECT vendor_report(1)", .plainRead, in: scope)
        expect("SELECT app.total(1)", .declaredWrite, in: scope)
        expect("SELECT * FROM plain_view", .declaredWrite, in: scope)
        expect("SELECT pg_sleep(1)", .declaredWrite, in: scope)
        expect("SELECT nextval('ids')", .advancesSequence, in: scope)
        let unloaded = CatalogScope(facts: nil, user: nil, path: nil, rules: rules, key: 3)
        expect("SELECT vendor_report(1)", .plainRead, in: unloaded)
        expect("SELECT app.total(1)", .declaredWrite, in: unloaded)
        expect("SELECT other(1)", .unknownFunction, in: unloaded)
    }

    @Test func doubtSparesWhatIsPostgresOwn() {
        let scope = CatalogSample.scope(isDoubtful: true)
        expect("SELECT app.total(1)", .catalogInDoubt, in: scope)
        expect("SELECT 1 <<>> 2", .catalogInDoubt, in: scope)
        expect("SELECT upper('x') FROM t", .plainRead, in: scope)
    }

    @Test func theObjectIsToldByName() {
        let facts = CatalogFacts(CatalogSample.contents, generation: 2)
        let scope = CatalogScope(facts: facts, user: nil, path: "app", key: 9)
        func words(_ sql: String) -> String? {
            facts.explanation(of: judge(sql, scope).decidingObject)
        }
        #expect(words("SELECT write_log(1)") == "function app.write_log(integer) is volatile")
        #expect(
            words("SELECT * FROM w")
                == "view app.w reaches view app.v, which reaches function app.write_log(integer), "
                + "which is volatile")
        #expect(
            words("SELECT * FROM parent") == "table app.parent reaches table app.child, "
                + "which is unlogged")
        #expect(words("SELECT * FROM locks") == "view app.locks uses pg_advisory_lock()")
        #expect(words("SELECT 1") == nil)
    }

    @Test func verdictsAreCachedByScope() {
        var classifier = Classifier(seed: 7)
        let bytes = Array("SELECT * FROM scratch".utf8)
        let facts = CatalogFacts(CatalogSample.contents, generation: 2)
        let one = CatalogScope(facts: facts, user: nil, path: "app", key: 1 << 40)
        let other = CatalogScope(facts: facts, user: nil, path: "public", key: 1 << 41)
        for _ in 0..<2 {
            #expect(classifier.classify(bytes.span.bytes, in: one).route == .primary)
            #expect(classifier.classify(bytes.span.bytes, in: other).route == .replica)
            #expect(classifier.classify(bytes.span.bytes).route == .replica)
        }
    }
}
