import Testing

@testable import StatementClassifier

@Suite struct SettingStatementTests {
    private func changes(_ sql: String, conforming: Bool = true) -> [SettingChange]? {
        let bytes = Array(sql.utf8)
        return SettingStatement.changes(
            in: bytes.span.bytes, standardConformingStrings: conforming)
    }

    /// The one change of a statement that sets `name` by being run again.
    private func expectSet(
        _ sql: String, _ name: String, _ statement: String? = nil, isLocal: Bool = false,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let expected = SettingChange.set(
            name: name, statement: Array((statement ?? sql).utf8), isLocal: isLocal)
        #expect(changes(sql) == [expected], sourceLocation: location)
    }

    @Test func plainSettings() {
        expectSet("SET work_mem TO '64MB'", "work_mem")
        expectSet("set Work_Mem = 64", "work_mem")
        expectSet(" /* a */ SET SESSION x.y = 'it''s' ; -- b", "x.y", "SET SESSION x.y = 'it''s'")
        expectSet("SET LOCAL a.b = on", "a.b", isLocal: true)
        expectSet("SET \"My.App\" TO 'v'", "my.app")
        expectSet("SET my.\"App\" TO v", "my.app")
        expectSet("SET search_path TO \"$user\", public, 'x y'", "search_path")
        expectSet("SET extra_float_digits = -15", "extra_float_digits")
        expectSet("SET extra_float_digits=-1", "extra_float_digits")
        expectSet("SET geqo_selection_bias TO + 1.75e0", "geqo_selection_bias")
        expectSet("SET enable_seqscan TO FALSE", "enable_seqscan")
        expectSet("SET statement_timeout = '5s'", "statement_timeout")
        expectSet("SET a.b TO E'\\'x;\\n'", "a.b")
        expectSet("SET a.b TO U&'\\0041'", "a.b")
        expectSet("SET a.b TO $t$;'$t$", "a.b")
        expectSet("SET a.b TO 'x'\n -- c\n 'y'", "a.b")
        expectSet("SET session.x = 1", "session.x")
        expectSet("SET local.x = 1", "local.x")
        expectSet("SET role.x = 1", "role.x")
        expectSet("SET sort_mem = 100", "work_mem")
    }

    @Test func formsWithWordsOfTheirOwn() {
        expectSet("SET TIME ZONE 'Europe/Berlin'", "timezone")
        expectSet("SET LOCAL TIME ZONE -3.5", "timezone", isLocal: true)
        expectSet("SET TIME ZONE INTERVAL '+02:00' HOUR TO MINUTE", "timezone")
        expectSet("SET TIME ZONE INTERVAL(0) '+02:00'", "timezone")
        expectSet("SET TimeZone TO utc", "timezone")
        expectSet("SET NAMES 'LATIN1'", "client_encoding")
        expectSet("SET SCHEMA 'app'", "search_path")
        expectSet("SET XML OPTION DOCUMENT", "xmloption")
        expectSet("SET ROLE reader", "role")
        expectSet("SET LOCAL ROLE 'reader'", "role", isLocal: true)
        expectSet("SET ROLE NONE", "role")
        expectSet("SET role TO reader", "role")
        expectSet("SET SESSION AUTHORIZATION joe", "session_authorization")
        expectSet("SET LOCAL SESSION AUTHORIZATION joe", "session_authorization", isLocal: true)
        expectSet("SET session_authorization = joe", "session_authorization")
    }

    @Test func resets() {
        #expect(changes("RESET work_mem") == [.reset(name: "work_mem")])
        #expect(changes("RESET \"A.b\"") == [.reset(name: "a.b")])
        #expect(changes("SET work_mem TO DEFAULT") == [.reset(name: "work_mem")])
        #expect(changes("SET LOCAL work_mem = DEFAULT") == [.resetLocal(name: "work_mem")])
        #expect(changes("RESET TIME ZONE") == [.reset(name: "timezone")])
        #expect(changes("SET TIME ZONE LOCAL") == [.reset(name: "timezone")])
        #expect(changes("SET TIME ZONE DEFAULT") == [.reset(name: "timezone")])
        #expect(changes("SET NAMES") == [.reset(name: "client_encoding")])
        #expect(changes("SET NAMES DEFAULT") == [.reset(name: "client_encoding")])
        #expect(changes("RESET ROLE") == [.reset(name: "role")])
        #expect(changes("RESET ALL") == [.resetAll])
        #expect(changes("DISCARD ALL") == [.discardAll])
        for sql in [
            "RESET SESSION AUTHORIZATION", "SET SESSION AUTHORIZATION DEFAULT",
            "RESET session_authorization", "SET session_authorization TO DEFAULT",
        ] {
            #expect(changes(sql) == [.resetSessionAuthorization])
        }
    }

    @Test func characteristics() {
        func set(_ name: String, _ value: String) -> SettingChange {
            .set(name: name, statement: Array("SET \(name) TO '\(value)'".utf8), isLocal: false)
        }
        let sql =
            "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY "
            + "NOT DEFERRABLE"
        #expect(
            changes(sql) == [
                set("default_transaction_isolation", "repeatable read"),
                set("default_transaction_read_only", "on"),
                set("default_transaction_deferrable", "off"),
            ])
        #expect(
            changes("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE")
                == [set("default_transaction_read_only", "off")])
    }

    @Test func configurationCalls() {
        func call(_ name: String, _ value: String, _ isLocal: Bool) -> SettingChange {
            .setConfig(name: name, value: Array(value.utf8), isLocal: isLocal)
        }
        #expect(
            changes("SELECT pg_catalog.set_config('search_path', '', false);")
                == [call("search_path", "", false)])
        #expect(
            changes(
                "select set_config('A.b', $$x'y$$, true) AS name, set_config(E'c', E'\\n', false) d"
            )
                == [call("a.b", "x'y", true), call("c", "\n", false)])
        #expect(changes("SELECT set_config('a.b', NULL, false)") == [.reset(name: "a.b")])
        #expect(changes("SELECT set_config('a.b', NULL, true)") == [.resetLocal(name: "a.b")])
        #expect(changes("SELECT set_config('a.b', $1, true)") == [])
        #expect(changes("SELECT set_config('transaction_isolation', 'serializable', false)") == [])
        for sql in [
            "SELECT set_config('a.b', $1, false)", "SELECT set_config(x, y, false) FROM t",
            "SELECT set_config('a.b', 'c', false) FROM t", "SELECT set_config('seed', '1', false)",
            "SELECT set_config('a.b', 'c', false), f()", "SELECT set_config('a.b', 'c', 1 = 1)",
            "SELECT set_config('a.b', 'c' || 'd', false)", "SELECT setseed(0.5)",
            "SELECT set_config('datestyle', 'iso', false)",
        ] {
            #expect(changes(sql) == nil, "\(sql)")
        }
    }

    @Test func severalInOneString() {
        #expect(
            changes("SET a.b = 1; SELECT 1; RESET c.d")
                == [
                    .set(name: "a.b", statement: Array("SET a.b = 1".utf8), isLocal: false),
                    .reset(name: "c.d"),
                ])
        #expect(changes("SET a.b = 1; COMMIT") == nil)
        #expect(changes("BEGIN; SET a.b = 1") == nil)
        #expect(changes("SET TRANSACTION READ ONLY; SET a.b = 1") == nil)
        #expect(changes("SET a.b = 1; DO $$ BEGIN SET c.d = 2; END $$") == nil)
    }

    @Test func noChanges() {
        for sql in [
            "", ";", "SELECT 1", "INSERT INTO t VALUES (1)", "SET TRANSACTION READ ONLY", "BEGIN",
            "SET LOCAL TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SET CONSTRAINTS ALL DEFERRED",
            "SET transaction_read_only = on", "RESET transaction_isolation",
            "RESET TRANSACTION ISOLATION LEVEL", "SET TRANSACTION SNAPSHOT '1'", "DISCARD PLANS",
        ] {
            #expect(changes(sql) == [], "\(sql)")
        }
    }

    @Test func notToBeTold() {
        for sql in [
            "SET a.b FROM CURRENT", "SET seed TO 0.5", "RESET seed", "SET U&\"a.b\" TO 1",
            "SET a.b TO (1)", "SET a.b TO $1", "SET a.b", "SET a.b TO 'x", "DO 'SET x = 1'",
            "SET é.b TO 1", "SET \(String(repeating: "a", count: 64)).b TO 1",
            "EXPLAIN ANALYZE SELECT set_config('a.b', 'c', false)", "SET datestyle = 'mars'",
            "SET a.b TO DEFAULT, 1",
        ] {
            #expect(changes(sql) == nil, "\(sql)")
        }
        #expect(changes("SET a.b TO 'x\\y'", conforming: false) == nil)
        #expect(changes("SET a.b TO 'xy'", conforming: false)?.count == 1)
    }

    /// A SET of DateStyle may keep one half of it.
    @Test func dateStyle() {
        func amend(_ sql: String) -> Bool {
            changes(sql) == [
                .amend(name: "datestyle", statement: Array(sql.utf8), isLocal: false)
            ]
        }
        expectSet("SET DateStyle TO ISO, DMY", "datestyle")
        expectSet("SET DateStyle = 'iso, mdy'", "datestyle")
        expectSet("SET DateStyle = german", "datestyle")
        #expect(amend("SET DateStyle = ISO"))
        #expect(amend("SET DateStyle TO 'European'"))
    }
}
