/// Makes statements out of a grammar: mostly what PostgreSQL accepts, a part of it not reads.
struct StatementGenerator {
    private var random: SeededRandom
    private var depth = 0

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// One string, now and then of several statements.
    mutating func statement() -> String {
        depth = 0
        var text = single()
        while random.oneIn(12) { text += random.pick([";", "; ", ";\n"]) + single() }
        return text + (random.oneIn(4) ? ";" : "")
    }

    private mutating func single() -> String {
        switch Int.random(in: 0..<24, using: &random) {
        case 0: return "EXPLAIN " + explainOptions() + single2()
        case 1: return "COPY (\(query())) TO STDOUT"
        case 2: return write()
        case 3: return random.pick(Self.utilities)
        case 4: return "COPY \(table()) TO STDOUT WITH (FORMAT csv, FORCE_QUOTE (a))"
        case 5: return transaction()
        default: return query()
        }
    }

    private mutating func single2() -> String { random.oneIn(4) ? write() : query() }

    private mutating func explainOptions() -> String {
        random.pick([
            "", "ANALYZE ", "(ANALYZE) ", "(ANALYZE false, VERBOSE) ", "(COSTS off, analyze) ",
            "VERBOSE ", "(FORMAT json) ", "(analyze 'off') ",
        ])
    }

    private mutating func write() -> String {
        random.pick([
            "INSERT INTO t (a, b) VALUES (\(expression()), 2)", "INSERT INTO t \(query())",
            "UPDATE t SET a = \(expression()) WHERE \(condition())",
            "DELETE FROM t USING u WHERE \(condition())",
            "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE",
            "WITH w AS (\(query())) INSERT INTO t SELECT * FROM w",
            "WITH w AS (\(query())) UPDATE t SET a = 1 FROM w",
            "CREATE TABLE x AS \(query())", "CREATE TEMP TABLE x AS \(query())",
        ])
    }

    private mutating func transaction() -> String {
        var text = random.pick(["BEGIN", "BEGIN WORK", "START TRANSACTION", "SET TRANSACTION"])
        var separator = " "
        while random.oneIn(2) {
            text +=
                separator
                + random.pick([
                    "READ ONLY", "READ WRITE", "ISOLATION LEVEL SERIALIZABLE", "DEFERRABLE",
                    "ISOLATION LEVEL REPEATABLE READ", "NOT DEFERRABLE",
                    "isolation level read committed",
                ])
            separator = random.pick([" ", ", "])
        }
        return text
    }

    private mutating func query() -> String {
        depth += 1
        defer { depth -= 1 }
        guard depth < 4 else { return "SELECT 1" }
        var text = random.oneIn(5) ? with() : ""
        text += core()
        if random.oneIn(6) { text += random.pick([" UNION ", " EXCEPT ", " UNION ALL "]) + core() }
        if random.oneIn(4) { text += " ORDER BY \(expression())" + random.pick(["", " DESC"]) }
        if random.oneIn(6) { text += " LIMIT \(expression())" }
        if random.oneIn(20) { text += " " + random.pick(Self.locks) }
        return text
    }

    private mutating func with() -> String {
        let columns = random.pick(["", "(a, b)", " (a)"])
        let hint = random.pick(["", " MATERIALIZED", " NOT MATERIALIZED"])
        let body = random.oneIn(8) ? "INSERT INTO t VALUES (1) RETURNING a" : query()
        let second =
            random.oneIn(3) ? ", v AS (\(random.oneIn(9) ? "DELETE FROM t" : query()))" : ""
        return "WITH \(random.pick(["", "RECURSIVE "]))w\(columns) AS\(hint) (\(body))\(second) "
    }

    private mutating func core() -> String {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return "VALUES (\(expression()), \(expression()))"
        case 1: return "TABLE \(table())"
        case 2: return "(\(query()))"
        default: break
        }
        let distinct = random.pick(["", "", "DISTINCT ", "ALL ", "DISTINCT ON (a, (b)) "])
        var text = "SELECT \(distinct)\(expression())"
        while random.oneIn(3) { text += ", \(expression())" + random.pick(["", " AS x", " y"]) }
        if random.oneIn(30) { text += " INTO \(random.pick(["", "TEMP ", "TABLE "]))made" }
        text += " FROM \(source())"
        while random.oneIn(3) { text += join() }
        if random.oneIn(2) { text += " WHERE \(condition())" }
        if random.oneIn(5) {
            text +=
                " GROUP BY " + random.pick(Self.groupings) + random.pick(["", ", \(expression())"])
        }
        if random.oneIn(9) { text += " HAVING \(condition())" }
        return text
    }

    private mutating func join() -> String {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return ", \(source())"
        case 1: return " CROSS JOIN LATERAL \(source())"
        case 2: return " LEFT JOIN (\(source()) JOIN u USING (a)) ON (\(condition()))"
        case 3: return " NATURAL JOIN \(source())"
        default: return " JOIN \(source()) ON \(condition())"
        }
    }

    private mutating func source() -> String {
        switch Int.random(in: 0..<9, using: &random) {
        case 0: return "(\(query())) " + random.pick(["s", "AS s", "s(a, b)", "AS s (a)"])
        case 1:
            return call() + random.pick(["", " g", " AS g(a)", " g(a, b)", " AS (a int, b text)"])
        case 2: return "ROWS FROM (\(call()), \(call())) WITH ORDINALITY AS r(a, b, c)"
        case 3: return "\(table()) TABLESAMPLE \(random.pick(["BERNOULLI", "SYSTEM", "own"])) (10)"
        case 4: return "ONLY \(table()) x (a, b)"
        default: return table() + random.pick(["", " t1", " AS t2", " t3 (a, b)"])
        }
    }

    private mutating func table() -> String {
        random.pick(["t", "u", "public.t", "\"T\"", "events", "name", "\"update\""])
    }

    private mutating func condition() -> String {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return "EXISTS (\(query()))"
        case 1: return "\(expression()) IN (1, \(expression()))"
        case 2: return "\(expression()) NOT LIKE (\(expression()))"
        case 3: return "\(expression()) BETWEEN 1 AND \(expression())"
        case 4: return "(\(condition())) AND NOT (\(condition()))"
        case 5: return "a = ANY (\(random.pick(["$1", "ARRAY[1]", query()])))"
        default: return "\(expression()) \(random.pick(Self.operators)) \(expression())"
        }
    }

    private mutating func expression() -> String {
        depth += 1
        defer { depth -= 1 }
        guard depth < 6 else { return random.pick(Self.atoms) }
        switch Int.random(in: 0..<14, using: &random) {
        case 0: return call()
        case 1: return "(\(query()))"
        case 2: return "\(expression()) \(random.pick(Self.operators)) \(expression())"
        case 3: return "CAST(\(expression()) AS \(random.pick(Self.types)))"
        case 4: return "(\(expression()))::\(random.pick(Self.types))"
        case 5: return "CASE WHEN \(condition()) THEN \(expression()) ELSE (\(expression())) END"
        case 6: return "COALESCE(\(expression()), \(expression()))"
        case 7: return aggregate()
        default: return random.pick(Self.atoms)
        }
    }

    private mutating func aggregate() -> String {
        "\(random.pick(["sum", "count", "max", "string_agg"]))(\(expression()))"
            + random.pick([
                "", " FILTER (WHERE \(condition()))", " OVER (PARTITION BY \(expression()))",
                " OVER (ORDER BY a RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)",
            ])
    }

    private mutating func call() -> String {
        let name = random.oneIn(6) ? random.pick(Self.harmfulNames) : random.pick(Self.names)
        return name + random.pick(["", "", " ", "/* x */"]) + "(\(expression()))"
    }

    private static let names = [
        "lower", "abs", "pg_catalog.upper", "\"length\"", "now", "generate_series", "left", "LEFT",
        "unnest", "random", "md5", "row_to_json", "to_char", "coalesce", "greatest", "right",
    ]
    private static let harmfulNames = [
        "nextval", "\"nextval\"", "write_it", "public.lower", "pg_advisory_lock", "txid_current",
        "is", "join", "by", "cube", "over", "filter", "sets", "value", "zone", "materialized",
        "columns", "\"Lower\"", "pg_notify", "lo_create", "system_user", "similar", "verbose",
    ]
    private static let atoms = [
        "1", "'x'", "a", "t.a", "$1", "NULL", "true", "E'it\\'s'", "$$x$$", "current_date", "b",
        "ARRAY[1, 2]", "1.5e3", "'a' 'b'".replacingSpace, "name", "value", "\"update\"", "x.key",
        "current_timestamp(3)", "date '2020-01-01'", "interval '1' second(2)", "ROW(1, 2)", "a[1]",
        "extract(year FROM b)", "substring(b FROM 1 FOR 2)", "position('a' IN b)", "-1", "B'1'",
    ]
    private static let operators = [
        "+", "-", "*", "=", "<>", "||", "~", "->>", "@>", "AND", "<=>", "OPERATOR(pg_catalog.+)",
        "OPERATOR(public.+)", "=-", "!~~*", "AT TIME ZONE", "IS DISTINCT FROM", "COLLATE \"C\" ||",
    ]
    private static let types = [
        "int", "numeric(10,2)", "varchar(3)", "pg_catalog.text", "timestamp(3) with time zone",
        "own_type", "own_type(3)", "int[]", "character varying(5)", "interval day to second(3)",
    ]
    private static let groupings = [
        "a", "ROLLUP (a, b)", "CUBE (a)", "GROUPING SETS ((a), (), CUBE (b))", "a, (b)",
        "1, CUBE(b)",
    ]
    private static let locks = [
        "FOR UPDATE", "FOR NO KEY UPDATE OF t", "FOR SHARE NOWAIT", "FOR KEY SHARE SKIP LOCKED",
        "FOR READ ONLY",
    ]
    private static let utilities = [
        "SET a TO 1", "SET LOCAL a TO 1", "SET SESSION a = 'x'", "RESET ALL", "RESET a", "SHOW a",
        "LISTEN x", "UNLISTEN *", "NOTIFY x", "DISCARD ALL", "DEALLOCATE ALL", "DEALLOCATE a",
        "PREPARE p AS SELECT 1", "EXECUTE p", "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
        "FETCH c", "CLOSE ALL", "CLOSE c", "LOAD 'x'", "LOCK t", "CALL p(1)", "DO 'x'", "VACUUM",
        "CREATE TEMP TABLE x (a int)", "CREATE TABLE x (a int)", "COMMIT", "ROLLBACK TO a",
        "CREATE TEMPORARY VIEW v AS SELECT 1", "DROP TABLE t", "COMMIT AND CHAIN", "SAVEPOINT a",
        "PREPARE TRANSACTION 'x'", "END AND NO CHAIN", "ROLLBACK WORK", "TRUNCATE t",
        "DISCARD TEMP",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; "
            + "SELECT CASE 1 WHEN 1 THEN 2 END; END",
        "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM u; SELECT 1)", "SET ROLE x",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "SET TIME ZONE 'UTC'",
    ]
}

extension String {
    /// The same with a line break for each space, which makes two strings one literal.
    fileprivate var replacingSpace: String { String(map { $0 == " " ? "\n" : $0 }) }
}
