import Testing

@testable import StatementClassifier

/// SplitMix64: the same numbers for the same seed on every machine.
private struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// No input traps, whatever it is; and a verdict always keeps its own rules.
@Suite struct FuzzTests {
    private func check(_ bytes: [UInt8], _ classifier: inout Classifier, _ conforming: Bool) {
        let verdict = classifier.classify(
            bytes.span.bytes, standardConformingStrings: conforming, isEncodingSafe: conforming)
        let input = String(decoding: bytes, as: UTF8.self)
        let isRead = verdict.reason == .plainRead || verdict.reason == .emptyQuery
        #expect((verdict.route == .replica) == isRead, "\(input)")
        #expect(verdict.decidingOffset >= 0 && verdict.decidingLength >= 0, "\(input)")
        #expect(verdict.decidingOffset + verdict.decidingLength <= bytes.count, "\(input)")
        if verdict.route == .replica {
            #expect(verdict.effects == [], "\(input)")
            #expect(verdict.transaction == .none, "\(input)")
        }
        if verdict.reason == .malformed { #expect(verdict.effects == .unexamined, "\(input)") }
    }

    @Test func randomBytes() {
        var random = SeededRandom(state: 1)
        var classifier = Classifier(seed: 1, cachedVerdicts: 64)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0..<40, using: &random)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            check(bytes, &classifier, Bool.random(using: &random))
        }
    }

    @Test func randomTokens() {
        let words = [
            "select", "with", "(", ")", "as", "from", ",", ";", "update", "set", "into", "'x'",
            "$1",
            "a", ".", "::", "for", "share", "explain", "analyze", "copy", "to", "stdout", "$$x$$",
            "begin", "read", "only", "operator", "=", "/*", "*/", "--", "\n", "'", "\"", "e'", "do",
            "create", "function", "atomic", "end", "case", "group", "by", "cube", "set_config",
            "nextval", "pg_temp", "distinct", "on", "join", "like", "not", "materialized", "[", "]",
        ]
        var random = SeededRandom(state: 2)
        var classifier = Classifier(seed: 2, cachedVerdicts: 64)
        for _ in 0..<40_000 {
            let count = Int.random(in: 1..<14, using: &random)
            let text = (0..<count).map { _ in words.randomElement(using: &random) ?? "" }
            let joined = text.joined(separator: Bool.random(using: &random) ? " " : "")
            check(Array(joined.utf8), &classifier, Bool.random(using: &random))
        }
    }

    /// Every statement of the corpus, cut off at every byte.
    @Test func truncatedStatements() throws {
        var classifier = Classifier(seed: 3, cachedVerdicts: 64)
        for entry in try RoutingCorpus.read() {
            let bytes = Array(entry.sql.utf8)
            for count in 0..<min(bytes.count, 200) {
                check(Array(bytes.prefix(count)), &classifier, true)
            }
        }
    }

    /// Every statement of the corpus with one byte changed.
    @Test func changedBytes() throws {
        var random = SeededRandom(state: 4)
        var classifier = Classifier(seed: 4, cachedVerdicts: 64)
        for entry in try RoutingCorpus.read() where !entry.sql.isEmpty {
            for _ in 0..<20 {
                var bytes = Array(entry.sql.utf8)
                let index = Int.random(in: 0..<bytes.count, using: &random)
                bytes[index] = UInt8.random(in: 0...255, using: &random)
                check(bytes, &classifier, true)
            }
        }
    }
}
