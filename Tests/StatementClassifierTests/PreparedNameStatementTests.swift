import Testing

@testable import StatementClassifier

@Suite struct PreparedNameStatementTests {
    private func read(_ sql: String) -> PreparedNameStatement? {
        let bytes = Array(sql.utf8)
        return PreparedNameStatement.read(bytes.span.bytes)
    }

    private func name(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func names() {
        #expect(read("PREPARE Foo AS SELECT 1") == .prepare(name("foo")))
        #expect(read("prepare \"Foo \"\"x\" (int, text) AS SELECT 1;") == .prepare(name("Foo \"x")))
        #expect(read("PREPARE transaction AS SELECT 1") == .prepare(name("transaction")))
        #expect(read("PREPARE TRANSACTION 'x'") == nil)
        #expect(read("PREPARE U&\"x\" AS SELECT 1") == nil)
        #expect(read("PREPARE select AS SELECT 1") == nil)
        let long = String(repeating: "N", count: 70)
        #expect(
            read("PREPARE \(long) AS SELECT 1")
                == .prepare(name(String(repeating: "n", count: 63))))
        #expect(read("PREPARE É AS SELECT 1") == nil)
        #expect(read("PREPARE \"É\" AS SELECT 1") == .prepare(name("É")))
    }

    @Test func executions() {
        for sql in [
            "EXECUTE foo", "/* x */ execute FOO (1, $1);", "EXPLAIN EXECUTE foo(1)",
            "EXPLAIN ANALYZE VERBOSE EXECUTE foo", "EXPLAIN (ANALYZE, FORMAT json) EXECUTE foo",
            "CREATE TABLE a.t AS EXECUTE foo(1) WITH NO DATA",
            "CREATE TEMP TABLE IF NOT EXISTS t (a, b) ON COMMIT DROP AS EXECUTE foo",
            "EXPLAIN CREATE TABLE t AS EXECUTE foo",
        ] {
            #expect(read(sql) == .execute(name("foo")), "\(sql)")
        }
        #expect(read("EXECUTE foo; SELECT 1") == nil)
        #expect(read("CREATE TABLE t AS SELECT 1") == nil)
        #expect(read("EXPLAIN SELECT 1") == nil)
    }

    @Test func deallocations() {
        #expect(read("DEALLOCATE foo") == .deallocate(name("foo")))
        #expect(read("DEALLOCATE PREPARE \"all\"") == .deallocate(name("all")))
        #expect(read("DEALLOCATE prepare") == .deallocate(name("prepare")))
        #expect(read("DEALLOCATE ALL") == .deallocateAll)
        #expect(read("deallocate prepare all ;") == .deallocateAll)
        #expect(read("DEALLOCATE foo bar") == nil)
        #expect(read("") == nil)
    }
}
