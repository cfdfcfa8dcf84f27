import Routing
import StatementClassifier
import Testing
import Vocabulary

@testable import ProxyServer

/// The steps of a text as lines: rule, finding, effect, and what would change it.
private func steps(_ sql: String) -> [String] {
    var classifier = Classifier(seed: 3)
    let (verdict, findings) = Array(sql.utf8).withUnsafeBytes {
        (classifier.classify($0.bytes), classifier.findings($0.bytes))
    }
    return TextSteps(sql: sql, verdict: verdict, findings: findings).steps.map {
        "\($0.rule)|\($0.finding)|\($0.effect)" + ($0.change.map { "|\($0)" } ?? "")
    }
}

@Suite("Why a text is for the primary, step by step")
struct TextStepsTests {
    @Test("a plain read has one step")
    func read() {
        #expect(steps("SELECT $1 + 2").count == 1)
        #expect(steps("SELECT 1")[0].hasPrefix("text|a plain read, fingerprint "))
        #expect(steps("SELECT 1")[0].hasSuffix("|a replica may run it"))
        #expect(steps("SELECT 1; SELECT 2")[0].hasPrefix("text|2 statements, each a plain read"))
    }

    @Test("every reason is named with its words, in order")
    func all() {
        let found = steps("SELECT touch(a), nextval('s'), touch(b) FROM t FOR UPDATE")
        let function = "a function that is not known to be harmless on a replica|the primary"
        #expect(found.count == 5)
        #expect(found[0].hasPrefix("text|touch: \(function)|if it only reads: declare it"))
        #expect(found[1] == "text|nextval: the function advances or sets a sequence|the primary")
        #expect(found[2].hasPrefix("text|touch: \(function)"))
        #expect(found[3].hasPrefix("text|FOR UPDATE: the query locks rows|the primary|leave"))
        #expect(
            found[4]
                == "session|draws from a sequence|currval holds for the rest of the transaction")
    }

    @Test("of several statements each reason says whose it is")
    func several() {
        let found = steps("SELECT 1; DELETE FROM t; SELECT f()")
        #expect(found[0] == "text|statement 2: DELETE: the statement writes rows|the primary")
        #expect(found[1].hasPrefix("text|statement 3: f: a function that is not known"))
    }

    @Test("what a statement is decides alone")
    func kinds() {
        #expect(steps("INSERT INTO t SELECT f()").count == 1)
        #expect(steps("CREATE TEMP TABLE t (a int)").count == 2)
    }

    @Test("a text that cannot be read says so once", arguments: ["SELECT 'x", "SELECT (1", "\""])
    func malformed(_ sql: String) {
        let found = steps(sql)
        #expect(found[0].hasPrefix("text|the text is malformed"))
        #expect(found[0].hasSuffix("|close the quote, the comment or the parenthesis"))
        #expect(!found.dropFirst().contains { $0.hasPrefix("text|") })
    }

    @Test("BEGIN goes where the first statement goes")
    func begin() {
        #expect(steps("BEGIN READ ONLY")[0].contains("|a replica may run it"))
        #expect(steps("BEGIN")[0].hasSuffix("|the primary|BEGIN READ ONLY, if it only reads"))
        #expect(steps("COMMIT").contains { $0.hasPrefix("transaction|ends the transaction") })
    }

    @Test("long words are cut, and offsets beyond the text are harmless")
    func cut() {
        let long = "SELECT " + String(repeating: "f", count: 300) + "()"
        #expect(steps(long)[0].hasPrefix("text|\(String(repeating: "f", count: 60))...: a func"))
        let verdict = StatementVerdict(route: .primary, reason: .malformed)
        let finding = TextFinding(statement: 1, reason: .malformed, offset: 900, length: .max)
        let steps = TextSteps(sql: "xyz", verdict: verdict, findings: [finding]).steps
        #expect(steps[0].finding == VerdictReason.malformed.text)
    }

    @Test("no more than a screenful is told")
    func bounded() {
        let many = (0..<100).map { "f\($0)()" }.joined(separator: ", ")
        #expect(steps("SELECT \(many)").count == 20)
    }

    @Test("every reason for the primary that has a remedy has a sensible one")
    func remedies() {
        for reason in VerdictReason.allCases {
            guard let remedy = reason.remedy else { continue }
            #expect(!remedy.hasSuffix(".") && remedy.first?.isLowercase ?? false, "\(reason)")
        }
        #expect(VerdictReason.plainRead.remedy == nil)
    }
}

@Suite struct ExplainedRouteTests {
    @Test func theDestinationComesFirst() {
        let table = ExplainedRoute(
            destination: "replica pg2", reason: "chosen",
            steps: [
                ExplainedStep("text", "a plain read", effect: ExplainedStep.anywhere),
                ExplainedStep("node pg2", "up", effect: "chosen", change: "bring it down"),
            ]
        ).table
        #expect(table.columns == ExplainedRoute.columns)
        #expect(
            table.rows == [
                [.integer(0), .text("route"), .text("replica pg2"), .text("chosen"), .null],
                [
                    .integer(1), .text("text"), .text("a plain read"),
                    .text("a replica may run it"), .null,
                ],
                [
                    .integer(2), .text("node pg2"), .text("up"), .text("chosen"),
                    .text("bring it down"),
                ],
            ])
    }
}
