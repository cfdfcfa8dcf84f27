import Testing

@testable import proxyctl

private func rows(_ steps: [[String?]]) -> AdminRows {
    AdminRows(
        columns: ["step", "rule", "finding", "effect", "change"],
        rows: steps.enumerated().map { [String($0.offset)] + $0.element })
}

@Suite struct ExplainTextTests {
    @Test func asItIsShown() {
        let answer = rows([
            ["route", "primary pg1", "FOR UPDATE: the query locks rows", nil],
            ["configuration", "database app of cluster main", "nothing", nil],
            [
                "text", "FOR UPDATE: the query locks rows", "the primary",
                "leave the locking clause out, if the rows need not be locked",
            ],
            ["node pg1", "primary, up, weight 1, 0 under way", "chosen", nil],
        ])
        #expect(
            ExplainText(rows: answer).lines.joined(separator: "\n") == """
                primary pg1: FOR UPDATE: the query locks rows

                configuration  database app of cluster main
                text           FOR UPDATE: the query locks rows
                               -> the primary
                               change: leave the locking clause out, if the rows need not be
                               locked
                node pg1       primary, up, weight 1, 0 under way
                               -> chosen
                """)
    }

    @Test func everyLineFitsEightyColumns() {
        let long = String(repeating: "what was found was long, ", count: 9)
        let word = String(repeating: "x", count: 300)
        let answer = rows([
            ["route", word, long, nil], [String(repeating: "r", count: 20), long, word, long],
            ["", "", "", nil],
        ])
        for colour in [false, true] {
            for line in ExplainText(rows: answer, colour: colour).lines where !colour {
                #expect(line.count <= 80, "\(line)")
            }
        }
    }

    @Test func anAnswerOfAnOlderProxyIsNotShownWrongly() {
        #expect(ExplainText(rows: AdminRows(columns: [], rows: [])).lines.isEmpty)
    }
}
