import Testing
import Vocabulary

@testable import StatementClassifier

@Suite struct ClassifierTests {
    private func deciding(_ sql: String, _ verdict: StatementVerdict) -> String {
        let bytes = Array(sql.utf8).dropFirst(verdict.decidingOffset)
        return String(decoding: bytes.prefix(verdict.decidingLength), as: UTF8.self)
    }

    /// The cache holds for other literals, and where the deciding bytes are is not cached.
    @Test func decidingBytesFollowTheText() {
        var classifier = Classifier(seed: 1)
        for sql in [
            "SELECT 'a' FROM t FOR UPDATE", "select   'a much longer literal' from t\nfor  update",
            "/* hint */ SELECT '' FROM t FOR UPDATE",
        ] {
            let verdict = classifier.classify(sql)
            #expect(verdict.reason == .locksRows)
            #expect(deciding(sql, verdict).lowercased().hasPrefix("for"))
            #expect(deciding(sql, verdict).lowercased().hasSuffix("update"))
        }
    }

    /// Verdicts that hang on a literal's value are never taken from another literal's.
    @Test func literalsThatCountAreNotCached() {
        var classifier = Classifier(seed: 1)
        for _ in 0..<2 {
            #expect(classifier.classify("SELECT current_setting('a.b')").route == .replica)
            #expect(classifier.classify("SELECT current_setting('work_mem')").route == .primary)
            let plain = classifier.classify("SELECT set_config('a.b', 'c', false)")
            let role = classifier.classify("SELECT set_config('role', 'c', false)")
            #expect(plain.effects == .setting)
            #expect(role.effects == [.setting, .role])
            let quiet = classifier.classify("EXPLAIN (ANALYZE 'off') SELECT nextval('a')")
            let loud = classifier.classify("EXPLAIN (ANALYZE 'on') SELECT nextval('a')")
            #expect(quiet.effects == [])
            #expect(loud.effects == .sequence)
            #expect(classifier.classify("DO 'SELECT 1'").effects == [])
            let block = classifier.classify("DO 'CREATE TEMP TABLE x ()'")
            #expect(block.effects == [.temporaryObject, .changesCatalog])
        }
    }

    @Test func longTextsAreNotExamined() {
        var classifier = Classifier(seed: 1)
        let limit = Limits.classifiedTextBytes
        let fits = "SELECT '" + String(repeating: "x", count: limit - 9) + "'"
        #expect(fits.utf8.count == limit)
        #expect(classifier.classify(fits).route == .replica)
        let verdict = classifier.classify(fits + " ")
        #expect(verdict.reason == .tooLong)
        #expect(verdict.effects == .unexamined)
        #expect(verdict.route == .primary)
    }

    @Test func manyTokensAreNotExamined() {
        var classifier = Classifier(seed: 1)
        let verdict = classifier.classify(
            "SELECT 1" + String(repeating: ",1", count: TokenTape.maximumTokens / 2))
        #expect(verdict.reason == .tooLong)
        #expect(verdict.effects == .unexamined)
        #expect(classifier.classify("SELECT 1").route == .replica)
    }

    @Test func unsafeEncodings() {
        var classifier = Classifier(seed: 1)
        let plain = Array("SELECT 'abc' FROM t".utf8)
        // In SJIS, 0x83 0x5C is one character; the 0x5C in it is no backslash.
        let hidden = Array("SELECT E'".utf8) + [0x83, 0x5C] + Array("'; DELETE FROM t --'".utf8)
        let safe = classifier.classify(plain.span.bytes, isEncodingSafe: false)
        let unsafe = classifier.classify(hidden.span.bytes, isEncodingSafe: false)
        #expect(safe.route == .replica)
        #expect(unsafe.reason == .unsafeEncoding)
        #expect(unsafe.effects == .unexamined)
    }

    @Test func eachReasonHasItsOwnText() {
        var texts: Set<String> = []
        for reason in VerdictReason.allCases {
            #expect(!reason.text.isEmpty && !reason.text.hasSuffix("."))
            #expect(texts.insert(reason.text).inserted, "\(reason)")
        }
    }

    /// Deep nesting costs no stack and no more than linear time.
    @Test func deepNesting() {
        var classifier = Classifier(seed: 1)
        let depth = 100_000
        for (open, close) in [("(", ")"), ("f(", ")"), ("(SELECT ", ")"), ("EXPLAIN ", "")] {
            let sql =
                "SELECT " + String(repeating: open, count: depth)
                + String(repeating: close, count: depth)
            _ = classifier.classify(sql)
        }
        let explains = String(repeating: "EXPLAIN ", count: depth) + "SELECT 1"
        #expect(classifier.classify(explains).route == .primary)
        let copies =
            String(repeating: "COPY (", count: depth) + String(repeating: ")", count: depth)
        #expect(classifier.classify(copies).route == .primary)
        let comments = String(repeating: "/*", count: depth) + String(repeating: "*/", count: depth)
        #expect(classifier.classify(comments).reason == .emptyQuery)
    }
}
