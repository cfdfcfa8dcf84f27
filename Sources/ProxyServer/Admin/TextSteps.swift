import StatementClassifier
import Vocabulary

/// What the text of a statement says by itself, step by step.
struct TextSteps {
    let sql: String
    let verdict: StatementVerdict
    /// All that keeps it from replicas.
    let findings: [TextFinding]
    /// In words: the objects that findings refer to.
    var explanation: (Int32) -> String? = { _ in nil }

    /// Bytes of the statement that are quoted at the most.
    private static let quotedBytes = 60

    var steps: [ExplainedStep] {
        var steps = beginning.map { [$0] } ?? findings.map(step)
        if steps.isEmpty { steps = [read] }
        if let words = verdict.transaction.words, beginning == nil {
            steps.append(ExplainedStep("transaction", words, effect: ExplainedStep.nothing))
        }
        for words in verdict.effects.words {
            let (finding, effect) = Self.halves(words)
            steps.append(ExplainedStep("session", finding, effect: effect))
        }
        return steps
    }

    /// BEGIN is answered by the proxy, and sent to where the first statement runs.
    private var beginning: ExplainedStep? {
        guard case .begin(let modes) = verdict.transaction, let words = verdict.transaction.words
        else { return nil }
        let effect = modes.mayRunOnReplica ? ExplainedStep.anywhere : ExplainedStep.primary
        return ExplainedStep(
            "transaction", "\(words); it is sent there with the first statement", effect: effect,
            change: modes.mayRunOnReplica ? nil : "BEGIN READ ONLY, if it only reads")
    }

    private var read: ExplainedStep {
        let count = verdict.statementCount
        let finding =
            count > 1
            ? "\(count) statements, each \(verdict.reason.text)"
            : verdict.reason.text
        return ExplainedStep(
            "text", "\(finding), fingerprint \(verdict.fingerprint.hexadecimal)",
            effect: ExplainedStep.anywhere)
    }

    private func step(_ finding: TextFinding) -> ExplainedStep {
        let place = verdict.statementCount > 1 ? "statement \(finding.statement): " : ""
        let quoted = quotation(finding).map { "\($0): " } ?? ""
        return ExplainedStep(
            "text",
            place + quoted + finding.reason.text
                + (explanation(finding.object).map { ": \($0)" } ?? ""),
            effect: ExplainedStep.primary,
            change: finding.reason.remedy)
    }

    /// The bytes that decided, cut to what fits a line; nil: none in particular did.
    private func quotation(_ finding: TextFinding) -> String? {
        let bytes = Array(sql.utf8)
        guard finding.length > 0, finding.offset >= 0, finding.offset < bytes.count else {
            return nil
        }
        let length = min(finding.length, Self.quotedBytes, bytes.count - finding.offset)
        let text = String(
            decoding: bytes[finding.offset..<(finding.offset + length)], as: UTF8.self)
        return length < finding.length ? text + "..." : text
    }

    /// `what: consequence` as both.
    private static func halves(_ words: String) -> (String, String) {
        guard let colon = words.firstIndex(of: ":") else { return (words, ExplainedStep.nothing) }
        return (
            String(words[..<colon]),
            String(words[words.index(after: colon)...].drop { $0 == " " })
        )
    }
}

extension UInt64 {
    /// Sixteen digits.
    var hexadecimal: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
