import Testing

@testable import StatementClassifier

private func fingerprint(_ sql: String, seed: UInt64 = 5) -> UInt64 {
    var classifier = Classifier(seed: seed)
    return classifier.classify(sql).fingerprint
}

@Suite struct FingerprintTests {
    @Test(arguments: [
        ("SELECT 1", "select 2"), ("SELECT 1", " SELECT\n\t1 -- x"),
        ("SELECT 'a' FROM t", "SELECT $$b$$ FROM/**/t"), ("SELECT 'a'", "SELECT 1.5e3"),
        ("SELECT Ab.C", "SELECT aB.c"), ("SELECT 'a'", "SELECT E'b'\n'c'"),
        ("SELECT abcdefghijklmnopqrstuvwxyz", "select ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ])
    func alike(_ first: String, _ second: String) {
        #expect(fingerprint(first) == fingerprint(second))
    }

    @Test(arguments: [
        ("SELECT a", "SELECT b"), ("SELECT a", "SELECT \"a\""), ("SELECT \"a\"", "SELECT \"A\""),
        ("SELECT $1", "SELECT $2"), ("SELECT $1", "SELECT 1"), ("SELECT a", "SELECT a;"),
        ("SELECT a b", "SELECT ab"), ("SELECT a, b", "SELECT a b"), ("SELECT (a)", "SELECT a"),
        ("SELECT a + b", "SELECT a - b"), ("SELECT a <= b", "SELECT a < = b"),
        ("SELECT 1", "SELECT 1, 2"), ("SELECT abcdefgh", "SELECT abcdefgh " + "h"),
        ("SELECT abcdefghi", "SELECT abcdefgh i"), ("SELECT u&\"a\"", "SELECT \"a\""),
    ])
    func different(_ first: String, _ second: String) {
        #expect(fingerprint(first) != fingerprint(second))
    }

    @Test func seedsChangeIt() {
        #expect(fingerprint("SELECT 1", seed: 1) != fingerprint("SELECT 1", seed: 2))
    }

    @Test func noCollisionAmongManyNames() {
        var seen: Set<UInt64> = []
        for number in 0..<20_000 { seen.insert(fingerprint("SELECT c\(number) FROM t\(number)")) }
        #expect(seen.count == 20_000)
    }
}

@Suite struct VerdictCacheTests {
    private func findings(_ reason: VerdictReason) -> Findings {
        var findings = Findings()
        findings.require(reason, 3, 4)
        return findings
    }

    @Test func findsWhatWasStored() {
        var cache = VerdictCache(capacity: 16)
        #expect(cache.find(42) == nil)
        cache.store(42, findings(.writesRows), statementCount: 2)
        let found = cache.find(42)
        #expect(found?.findings.reason == .writesRows)
        #expect(found?.findings.lastToken == 4)
        #expect(found?.statementCount == 2)
    }

    @Test func overwritesTheOneUsedLongerAgo() {
        var cache = VerdictCache(capacity: 16)
        // Alike in the low bits: all three share one pair of places.
        cache.store(0x1_0001, findings(.writesRows), statementCount: 1)
        cache.store(0x2_0001, findings(.locksRows), statementCount: 1)
        #expect(cache.find(0x1_0001) != nil)
        cache.store(0x3_0001, findings(.cursor), statementCount: 1)
        #expect(cache.find(0x1_0001)?.findings.reason == .writesRows)
        #expect(cache.find(0x2_0001) == nil)
        #expect(cache.find(0x3_0001)?.findings.reason == .cursor)
    }

    @Test func mayHoldNothing() {
        for capacity in [0, 1] {
            var cache = VerdictCache(capacity: capacity)
            cache.store(1, findings(.cursor), statementCount: 1)
            #expect(cache.find(1) == nil)
        }
    }

    @Test func stillHoldsForManyStatements() {
        var small = Classifier(seed: 3, cachedVerdicts: 8)
        for round in 0..<3 {
            for number in 0..<500 {
                let read = small.classify("SELECT a\(number) FROM t")
                let write = small.classify("DELETE FROM t\(number)")
                #expect(read.route == .replica && write.route == .primary, "\(round)")
            }
        }
    }
}
