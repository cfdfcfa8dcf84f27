import StatementClassifier
import Testing

/// The classifier against PostgreSQL's own parser. Run with SWITCHYARD_ORACLE=1 in the environment.
@Suite struct OracleTests {
    @Test func corpusAgrees() throws {
        let comparison = try Comparison()
        let report = try comparison.run(SQLSources.corpus())
        #expect(report.failures == [])
        #expect(report.parsed >= 450)
    }

    @Test func installedScriptsAgree() throws {
        let files = try SQLSources.installed()
        let comparison = try Comparison()
        let whole = try comparison.run(files)
        #expect(whole.failures == [])
        let report = try comparison.run(files.flatMap(SQLSources.statements))
        #expect(report.failures == [])
        #expect(files.isEmpty || report.parsed >= 2_000)
    }

    /// The SELECTs of the installed views, taken out of their CREATE VIEW.
    @Test func installedViewsAgree() throws {
        let views = try SQLSources.installed().flatMap(SQLSources.statements).compactMap(query)
        let report = try Comparison().run(views)
        #expect(report.failures == [])
        #expect(views.isEmpty || report.reads >= 50)
    }

    @Test func generatedStatementsAgree() throws {
        var generator = StatementGenerator(seed: 20_260_101)
        let statements = (0..<12_000).map { _ in generator.statement() }
        let report = try Comparison().run(statements)
        #expect(report.failures == [])
        #expect(report.parsed >= 8_000, "\(report)")
        // Neither side may decide everything, or the comparison proves nothing.
        #expect(report.reads >= 1_000, "\(report)")
        #expect(report.obstacles >= 1_000, "\(report)")
        #expect(report.cautious * 5 <= report.oracleReads, "\(report)")
    }

    @Test func mutatedStatementsAgree() throws {
        var random = SeededRandom(seed: 42)
        var generator = StatementGenerator(seed: 43)
        let seeds =
            try SQLSources.corpus().filter { !$0.isEmpty }
            + (0..<600).map { _ in generator.statement() }
        let mutants = (0..<40_000).map { _ in Mutation.mutate(seeds, &random) }
        let report = try Comparison().run(mutants)
        #expect(report.failures == [])
        #expect(report.parsed >= 3_000, "\(report)")
        #expect(report.reads >= 500, "\(report)")
    }

    private func query(_ statement: String) -> String? {
        guard statement.contains("CREATE VIEW") || statement.contains("CREATE OR REPLACE VIEW"),
            let range = statement.range(of: " AS") ?? statement.range(of: "\nAS")
        else { return nil }
        return String(statement[range.upperBound...])
    }
}
