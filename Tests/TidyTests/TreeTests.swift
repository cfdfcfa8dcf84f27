import Testing

/// The rules of the house, held against the tree.
@Suite struct TreeTests {
    private func check(
        _ files: [SourceFile], _ rule: (SourceFile) -> [Finding],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let findings = files.flatMap(rule)
        let isTidy = findings.isEmpty
        #expect(
            isTidy, "\(findings.map(\.description).joined(separator: "\n"))",
            sourceLocation: sourceLocation)
    }

    @Test func theTreeWasFound() {
        #expect(Tree.sources.count > 50)
        #expect(Tree.tests.contains { $0.name == "TreeTests.swift" })
    }

    @Test func purityOfImports() { check(Tree.sources, PurityRules.imports) }

    @Test func purityOfTimeAndChance() { check(Tree.sources, PurityRules.clocksAndChance) }

    @Test func oneFileImportsCrypto() {
        #expect(PurityRules.cryptoFiles(Tree.sources).map(\.description) == [])
    }

    @Test func filesAreShort() { check(Tree.sources + Tree.tests, FormRules.length) }

    @Test func linesAreShort() { check(Tree.sources + Tree.tests, FormRules.width) }

    @Test func nothingIsLeftUndone() { check(Tree.sources + Tree.tests, FormRules.unfinished) }

    @Test func switchesNameEveryCase() { check(Tree.sources, FormRules.defaultCases) }

    @Test func namesSaySomething() { check(Tree.sources, FormRules.names) }

    @Test func nothingTraps() { check(Tree.sources, FormRules.traps) }

    @Test func typesAreDocumented() { check(Tree.sources, DocumentationRules.types) }

    @Test func functionsAreDocumented() { check(Tree.sources, DocumentationRules.functions) }

    @Test func dependenciesPointDown() throws {
        let manifest = Manifest(text: try #require(Tree.text(of: "Package.swift")))
        #expect(PackageRules.directions(manifest).map(\.description) == [])
        for target in Set(Tree.sources.compactMap(\.target)) {
            #expect(manifest.dependencies[target] != nil, "\(target) is no target")
        }
    }
}
