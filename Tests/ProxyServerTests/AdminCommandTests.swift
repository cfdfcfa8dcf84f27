import Testing

@testable import ProxyServer

@Suite struct AdminCommandTests {
    @Test(arguments: AdminReport.allCases)
    func everyReportIsShown(report: AdminReport) throws {
        #expect(try AdminCommand.parse("SHOW \(report.keyword)") == [.show(report)])
        #expect(try AdminCommand.parse("show  \(report.rawValue) ; ") == [.show(report)])
    }

    @Test func commentsAndSemicolonsAreNoise() throws {
        let sql = "/* a /* nested */ one */ Reload -- now\n;;-- and no more"
        #expect(try AdminCommand.parse(sql) == [.reload])
        #expect(try AdminCommand.parse("") == [])
        #expect(try AdminCommand.parse("-- ping") == [])
    }

    @Test func explainTakesEveryQuoting() throws {
        let plain = RouteQuestion(sql: "select 'it''s'")
        #expect(
            try AdminCommand.parse("EXPLAIN ROUTE $$select 'it''s'$$") == [.explainRoute(plain)])
        #expect(
            try AdminCommand.parse("explain route 'select ''it''''s'''") == [.explainRoute(plain)])
        let full = RouteQuestion(sql: "x $$ y; z", database: "App", user: "reporting")
        #expect(
            try AdminCommand.parse(
                "EXPLAIN ROUTE $q$x $$ y; z$q$ USER reporting DATABASE \"App\";")
                == [.explainRoute(full)])
    }

    @Test(arguments: [
        ("SET extra_float_digits = 3", "SET"), ("set application_name = 'x'", "SET"),
        ("RESET ALL", "RESET"), ("DISCARD ALL", "DISCARD ALL"), ("UNLISTEN *", "UNLISTEN"),
        ("CLOSE ALL", "CLOSE CURSOR ALL"), ("DEALLOCATE ALL", "DEALLOCATE"), ("BEGIN", "BEGIN"),
        ("START TRANSACTION READ ONLY", "BEGIN"), ("END", "COMMIT"), ("ABORT", "ROLLBACK"),
        ("SELECT 1", "SELECT 1"), ("SELECT version()", "SELECT 1"),
        ("SHOW TRANSACTION ISOLATION LEVEL", "SHOW"), ("SHOW server_version", "SHOW"),
    ])
    func driversStatementsAreTolerated(sql: String, tag: String) throws {
        let commands = try AdminCommand.parse(sql)
        #expect(commands.map { $0.tag(rows: 1) } == [tag])
        #expect(commands.allSatisfy { if case .courtesy = $0 { true } else { false } })
    }

    @Test func asyncpgResetStringIsSeveralCommands() throws {
        let sql = "SELECT pg_advisory_unlock_all();\nCLOSE ALL;\nUNLISTEN *;\nRESET ALL;"
        #expect(try AdminCommand.parse(sql).count == 4)
    }

    @Test(arguments: [
        ("SHOW LISTS", 6), ("DROP TABLE x", 1), ("SELECT * FROM pg_class", 1),
        ("RELOAD now", 8), ("EXPLAIN SELECT 1", 1), ("EXPLAIN ROUTE", nil),
        ("SHOW", 1), ("SELECT 'a', 'b'", 11), ("  ?", 3),
        ("SELECT 99999999999999999999", 8), ("SHOW 'status'", 1),
    ])
    func unknownCommandsAreRefusedWithAPosition(sql: String, position: Int?) {
        #expect {
            try AdminCommand.parse(sql)
        } throws: { error in
            let error = error as? AdminError
            return error?.state == .syntaxError && error?.position == position
        }
    }

    @Test func theErrorNamesTheKnownCommands() {
        #expect {
            try AdminCommand.parse("SHOW LISTS")
        } throws: { error in
            let hint = (error as? AdminError)?.hint ?? ""
            return ["SHOW STATUS|", "POOLS", "RELOAD", "EXPLAIN ROUTE"].allSatisfy(hint.contains)
        }
    }

    @Test(arguments: ["SHOW 'status", "/* status", "EXPLAIN ROUTE $a$ x $b$", "SHOW \"x"])
    func openQuotesAreErrors(sql: String) {
        #expect(throws: AdminError.self) { try AdminCommand.parse(sql) }
    }
}
