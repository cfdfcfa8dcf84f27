import Testing
import Vocabulary

@testable import StatementClassifier

@Suite("Routing hints")
struct RoutingHintTests {
    private func verdict(_ sql: String, watchesClock: Bool = false) -> StatementVerdict {
        var classifier = Classifier(seed: 1)
        return Array(sql.utf8).withUnsafeBytes {
            classifier.classify($0.bytes, watchesClock: watchesClock)
        }
    }

    @Test(
        "a comment ahead of the statement",
        arguments: [
            ("/* switchyard: primary */ select 1", RouteChoice.primary),
            ("/*switchyard:replica*/select 1", .replica),
            (" \n\t/*  SwitchYard :\n AUTO  */ select 1", .auto),
            ("-- switchyard: primary\nselect 1", .primary),
            ("--switchyard:replica\r\nselect 1", .replica),
            ("/* a */ -- b\n/* switchyard: primary */ /* c */ select 1", .primary),
            ("/* switchyard: replica */ /* switchyard: primary */ select 1", .primary),
            ("/* switchyard: replica */ /* switchyard: auto */ select 1", .replica),
            ("/* a /* nested */ b */ /* switchyard: primary */ select 1", .primary),
            ("/* switchyard: primary */", .primary),
        ])
    func hints(_ sql: String, _ choice: RouteChoice) {
        #expect(verdict(sql).hint == choice)
    }

    @Test(
        "what is none",
        arguments: [
            "select 1", "select 1 /* switchyard: primary */", "select /* switchyard: primary */ 1",
            "/* switchyard: anywhere */ select 1", "/* switchyard: */ select 1",
            "/* switchyard primary */ select 1", "/* switchyard: primary, please */ select 1",
            "/* see switchyard: primary */ select 1", "/*+ switchyard: primary */ select 1",
            "/* switchyard: primary", "--", "-", "/", "", "- 1", "/* /* switchyard: primary */",
            "'/* switchyard: primary */'", "/* a */ select 1 -- switchyard: primary",
        ])
    func noHints(_ sql: String) {
        #expect(verdict(sql).hint == nil)
    }

    @Test("the cache of verdicts keeps hints apart, though they share a fingerprint")
    func cached() {
        var classifier = Classifier(seed: 1)
        func hint(_ sql: String) -> RouteChoice? {
            Array(sql.utf8).withUnsafeBytes { classifier.classify($0.bytes).hint }
        }
        #expect(hint("select 1") == nil)
        #expect(hint("/* switchyard: primary */ select 1") == .primary)
        #expect(hint("select 2") == nil)
        #expect(hint("/* switchyard: replica */ select 3") == .replica)
        let plain = verdict("select 1")
        #expect(plain.fingerprint == verdict("/* switchyard: primary */ select 1").fingerprint)
    }

    @Test(
        "what yields to who asks for a replica",
        arguments: [
            ("select 1", true), ("select f()", true), ("show work_mem", true),
            ("select pg_is_in_recovery()", true), ("select * from pg_stat_activity", true),
            ("select 1 operator(x.+) 2", true), ("select nextval('s')", false),
            ("select f() for update", false), ("select f(), pg_advisory_xact_lock(1)", false),
            ("select f(); insert into t values (1)", false), ("select f() into x", false),
            ("insert into t values (1)", false),
            ("set work_mem to 1", false), ("listen a", false), ("selec", false),
            ("select pg_advisory_lock(1)", false), ("select set_config('a.b', 'c', false)", false),
            ("call p()", false), ("create table t (a int)", false), ("begin", false),
            ("select pg_terminate_backend(1)", false), ("select lo_create(0)", false),
        ])
    func yields(_ sql: String, _ isToYield: Bool) {
        let verdict = verdict(sql)
        #expect(verdict.isRead(for: .replica) == isToYield)
        #expect(!verdict.isRead(for: .primary))
        #expect(verdict.isRead(for: .auto) == (verdict.route == .replica))
    }

    @Test("only what is proven may be run again")
    func proven() {
        #expect(verdict("/* switchyard: replica */ select 1").isProvenRead)
        #expect(!verdict("/* switchyard: replica */ select f()").isProvenRead)
        #expect(!verdict("show work_mem").isProvenRead)
    }

    @Test(
        "what depends on when its transaction began",
        arguments: [
            ("select 1", true), ("select now()", false), ("select pg_catalog.now()", false),
            ("select 'now'", false), ("select e'today'", false), ("select $1::date", true),
            ("select 'know'", true), ("select 'now and then'", false), ("select nowhere", true),
            ("select statement_timestamp()", true), ("select current_user", true),
            ("select 1; select current_time", false), ("select (select localtimestamp(0))", false),
            ("select x from t where current_date > y", false),
        ])
    func clock(_ sql: String, _ isTimeless: Bool) {
        #expect(verdict(sql, watchesClock: true).isTimeless == isTimeless)
        #expect(!verdict(sql).isTimeless, "nobody has looked")
    }
}
