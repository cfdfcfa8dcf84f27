import Testing

@testable import StatementClassifier

/// Every statement of the corpus gets the verdict that stands above it.
@Suite struct RoutingCorpusTests {
    @Test func corpusIsLarge() throws {
        let entries = try RoutingCorpus.read()
        #expect(entries.count >= 500)
        #expect(entries.count { $0.route == .replica } >= 150)
    }

    @Test func verdictsAreAsExpected() throws {
        var classifier = Classifier(seed: 7)
        for entry in try RoutingCorpus.read() {
            // Twice: the second time the verdict comes out of the cache.
            for _ in 0..<2 {
                check(classifier.classify(entry.sql, conforming: entry.conforming), entry)
            }
        }
    }

    /// Every reason that a statement can have is shown by some statement of the corpus.
    @Test func everyReasonIsShown() throws {
        let shown = Set(try RoutingCorpus.read().map(\.reason))
        // These need a text or a setting that does not fit the corpus.
        let others: Set<String> = [
            "tooLong", "unsafeEncoding",
            // These need a catalog: CatalogRoutingTests.
            "declaredVolatile", "reachesVolatile", "declaredWrite", "unloggedTable",
            "foreignTable", "catalogInDoubt",
        ]
        for reason in VerdictReason.allCases where !others.contains("\(reason)") {
            #expect(shown.contains("\(reason)"), "no statement shows \(reason)")
        }
    }

    private func check(_ verdict: StatementVerdict, _ entry: CorpusEntry) {
        #expect(verdict.route == entry.route, "\(entry)")
        #expect("\(verdict.reason)" == entry.reason, "\(entry)")
        #expect(verdict.effects.subtracting(.changesCatalog) == entry.effects, "\(entry)")
        #expect(verdict.transaction == entry.transaction, "\(entry)")
        if !entry.isInvalid { #expect(verdict.statementCount == entry.statements, "\(entry)") }
        if let decidedBy = entry.decidedBy {
            let bytes = Array(entry.sql.utf8).dropFirst(verdict.decidingOffset)
            let deciding = String(decoding: bytes.prefix(verdict.decidingLength), as: UTF8.self)
            #expect(deciding == decidedBy, "\(entry)")
        }
    }
}
