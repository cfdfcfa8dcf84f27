/// A regular expression over the names of users and databases, as pg_hba.conf and pg_ident.conf
/// take them behind a slash.
///
/// Understands what such expressions are made of: literals, `.`, `[...]`, `^`, `$`, `|`, groups,
/// `*`, `+`, `?`, `{m,n}` and their lazy forms, `\d`, `\s`, `\w` and their opposites. Anything else
/// of PostgreSQL's regular expressions is refused when it is read, never taken for something else.
/// Matching takes time in proportion to name times expression, whatever the two are: names come
/// from strangers.
package struct NameExpression: Sendable, Hashable {
    /// Why a text is no expression, in words that follow it.
    package struct Fault: Error, Sendable, Hashable {
        package let reason: String
    }

    /// As written, without the slash.
    package let text: String
    /// Whether there is a group whose text `\1` can stand for.
    package let hasCapture: Bool
    private let program: [ExpressionStep]

    package init(_ text: String) throws(Fault) {
        var parser = ExpressionParser(text)
        let tree = try parser.parse()
        program = try ExpressionStep.program(of: tree)
        hasCapture = parser.groups > 0
        self.text = text
    }

    /// Where the expression is found in a name; nil: nowhere. Not anchored, as in PostgreSQL.
    package func match(in name: String) -> Match? {
        let scalars = Array(name.unicodeScalars)
        var run = ExpressionRun(program: program, input: scalars)
        guard let found = run.find() else { return nil }
        guard let range = found.capture else { return Match(capture: nil) }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[range])
        return Match(capture: String(text))
    }

    package struct Match: Sendable, Hashable {
        /// What the first group has matched; nil: there is none, or it took no part.
        package let capture: String?
    }

    package static func == (a: Self, b: Self) -> Bool { a.text == b.text }
    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// A set of characters: ranges of code points, or all others.
struct ScalarSet: Sendable {
    var ranges: [ClosedRange<UInt32>] = []
    var isNegated = false

    static let any = ScalarSet(ranges: [], isNegated: true)
    static let digits = ScalarSet(ranges: [48...57])
    static let word = ScalarSet(ranges: [48...57, 65...90, 95...95, 97...122])
    static let space = ScalarSet(ranges: [9...13, 32...32])

    var inverted: ScalarSet { ScalarSet(ranges: ranges, isNegated: !isNegated) }

    func contains(_ scalar: UnicodeScalar) -> Bool {
        ranges.contains { $0.contains(scalar.value) } != isNegated
    }
}

/// An expression as it is nested.
indirect enum ExpressionTree: Sendable {
    case empty, start, end
    case one(ScalarSet)
    case sequence([ExpressionTree])
    case choice([ExpressionTree])
    /// `most` nil: without an end.
    case repeated(ExpressionTree, least: Int, most: Int?, isLazy: Bool)
    /// Number of the group, from 1; nil: one that does not capture.
    case group(ExpressionTree, Int?)
}

/// One instruction of the machine that matches: Pike's, which follows all ways at once (Thompson,
/// "Regular Expression Search Algorithm").
enum ExpressionStep: Sendable {
    case one(ScalarSet)
    case start, end
    /// The first way is preferred.
    case split(Int, Int)
    case jump(Int)
    case captureBegins, captureEnds
    case found

    private static let mostSteps = 10_000

    static func program(of tree: ExpressionTree) throws(NameExpression.Fault) -> [ExpressionStep] {
        var program: [ExpressionStep] = []
        try append(tree, to: &program)
        program.append(.found)
        return program
    }

    private static func append(
        _ tree: ExpressionTree, to program: inout [ExpressionStep]
    ) throws(NameExpression.Fault) {
        guard program.count < mostSteps else {
            throw NameExpression.Fault(reason: "is too large")
        }
        switch tree {
        case .empty: break
        case .start: program.append(.start)
        case .end: program.append(.end)
        case .one(let set): program.append(.one(set))
        case .sequence(let parts): for part in parts { try append(part, to: &program) }
        case .choice(let parts): try append(choice: parts, to: &program)
        case .group(let inner, let number):
            if number == 1 { program.append(.captureBegins) }
            try append(inner, to: &program)
            if number == 1 { program.append(.captureEnds) }
        case .repeated(let inner, let least, let most, let isLazy):
            for _ in 0..<least { try append(inner, to: &program) }
            guard let most else {
                return try append(endless: inner, isLazy: isLazy, to: &program)
            }
            for _ in least..<max(least, most) {
                let fork = program.count
                program.append(.jump(0))
                try append(inner, to: &program)
                program[fork] = split(fork + 1, program.count, isLazy)
            }
        }
    }

    private static func append(
        endless inner: ExpressionTree, isLazy: Bool, to program: inout [ExpressionStep]
    ) throws(NameExpression.Fault) {
        let fork = program.count
        program.append(.jump(0))
        try append(inner, to: &program)
        program.append(.jump(fork))
        program[fork] = split(fork + 1, program.count, isLazy)
    }

    private static func append(
        choice parts: [ExpressionTree], to program: inout [ExpressionStep]
    ) throws(NameExpression.Fault) {
        var ends: [Int] = []
        for (index, part) in parts.enumerated() {
            let fork = program.count
            let isLast = index == parts.count - 1
            if !isLast { program.append(.jump(0)) }
            try append(part, to: &program)
            guard !isLast else { continue }
            ends.append(program.count)
            program.append(.jump(0))
            program[fork] = .split(fork + 1, program.count)
        }
        for end in ends { program[end] = .jump(program.count) }
    }

    private static func split(_ into: Int, _ past: Int, _ isLazy: Bool) -> ExpressionStep {
        isLazy ? .split(past, into) : .split(into, past)
    }
}
