/// Reads a regular expression (PostgreSQL documentation, "POSIX Regular Expressions").
struct ExpressionParser {
    typealias Fault = NameExpression.Fault

    private let scalars: [UnicodeScalar]
    private var place = 0
    private var depth = 0
    /// Groups that capture, so far.
    private(set) var groups = 0

    private static let mostScalars = 1_024
    private static let mostDepth = 32
    /// `DUPMAX` in src/include/regex/regguts.h.
    private static let mostRepeats = 255

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    mutating func parse() throws(Fault) -> ExpressionTree {
        guard !scalars.isEmpty else { throw Fault(reason: "is empty") }
        guard scalars.count <= Self.mostScalars else { throw Fault(reason: "is too long") }
        let tree = try choice()
        guard place == scalars.count else { throw Fault(reason: "has a \")\" without a \"(\"") }
        return tree
    }

    private var current: UnicodeScalar? { place < scalars.count ? scalars[place] : nil }

    private mutating func take(_ scalar: UnicodeScalar) -> Bool {
        guard current == scalar else { return false }
        place += 1
        return true
    }

    private mutating func choice() throws(Fault) -> ExpressionTree {
        var parts = [try sequence()]
        while take("|") { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .choice(parts)
    }

    private mutating func sequence() throws(Fault) -> ExpressionTree {
        var parts: [ExpressionTree] = []
        while let next = current, next != "|", next != ")" {
            parts.append(try repeats(of: try atom()))
        }
        return parts.isEmpty ? .empty : .sequence(parts)
    }

    private mutating func atom() throws(Fault) -> ExpressionTree {
        guard let scalar = current else { throw Fault(reason: "ends too early") }
        place += 1
        switch scalar {
        case "^": return .start
        case "$": return .end
        case ".": return .one(.any)
        case "(": return try group()
        case "[": return .one(try brackets())
        case "\\": return .one(try escape())
        case "*", "+", "?", "{": throw Fault(reason: "has a \"\(scalar)\" with nothing to repeat")
        case _: return .one(ScalarSet(ranges: [scalar.value...scalar.value]))
        }
    }

    private mutating func group() throws(Fault) -> ExpressionTree {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.mostDepth else { throw Fault(reason: "is nested too deeply") }
        var number: Int?
        if take("?") {
            guard take(":") else { throw Fault(reason: "has a \"(?\" that is not \"(?:\"") }
        } else {
            groups += 1
            number = groups
        }
        let inner = try choice()
        guard take(")") else { throw Fault(reason: "has a \"(\" without a \")\"") }
        return .group(inner, number)
    }

    private mutating func repeats(of tree: ExpressionTree) throws(Fault) -> ExpressionTree {
        guard let bounds = try bounds() else { return tree }
        switch tree {
        case .start, .end: throw Fault(reason: "repeats an anchor")
        case .empty, .one, .sequence, .choice, .repeated, .group: break
        }
        let isLazy = take("?")
        if let next = current, ["*", "+", "?", "{"].contains(next) {
            throw Fault(reason: "has a \"\(next)\" behind another")
        }
        return .repeated(tree, least: bounds.least, most: bounds.most, isLazy: isLazy)
    }

    private mutating func bounds() throws(Fault) -> (least: Int, most: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard take("{") else { return nil }
        let fault = Fault(reason: "has a \"{\" without bounds from 0 to \(Self.mostRepeats)")
        guard let least = number() else { throw fault }
        var most: Int? = least
        if take(",") { most = current == "}" ? nil : number() ?? -1 }
        guard take("}"), least <= Self.mostRepeats, (most ?? least) >= least,
            (most ?? 0) <= Self.mostRepeats
        else { throw fault }
        return (least, most)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let digit = current, ("0"..."9").contains(digit), (value ?? 0) <= Self.mostRepeats {
            value = (value ?? 0) * 10 + Int(digit.value - 48)
            place += 1
        }
        return value
    }

    // MARK: - Characters

    private mutating func escape() throws(Fault) -> ScalarSet {
        guard let scalar = current else { throw Fault(reason: "ends with a backslash") }
        place += 1
        switch scalar {
        case "d": return .digits
        case "D": return .digits.inverted
        case "w": return .word
        case "W": return .word.inverted
        case "s": return .space
        case "S": return .space.inverted
        case _:
            guard !ScalarSet.word.contains(scalar) else {
                throw Fault(reason: "has an escape that is not known here: \"\\\(scalar)\"")
            }
            return ScalarSet(ranges: [scalar.value...scalar.value])
        }
    }

    private mutating func brackets() throws(Fault) -> ScalarSet {
        let isNegated = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while let scalar = current, isFirst || scalar != "]" {
            isFirst = false
            if scalar == "[", place + 1 < scalars.count,
                [":", ".", "="].contains(scalars[place + 1])
            {
                ranges += try characterClass().ranges
                continue
            }
            let low = try bracketed(&ranges)
            guard let low else { continue }
            guard current == "-", place + 1 < scalars.count, scalars[place + 1] != "]" else {
                ranges.append(low.value...low.value)
                continue
            }
            place += 1
            guard let high = try bracketed(&ranges), low.value <= high.value else {
                throw Fault(reason: "has a range in [...] that is none")
            }
            ranges.append(low.value...high.value)
        }
        guard take("]") else { throw Fault(reason: "has a \"[\" without a \"]\"") }
        return ScalarSet(ranges: ranges, isNegated: isNegated)
    }

    /// One character; nil after an escape for a whole class, which is added to `ranges`.
    private mutating func bracketed(
        _ ranges: inout [ClosedRange<UInt32>]
    ) throws(Fault) -> UnicodeScalar? {
        guard let scalar = current else { throw Fault(reason: "has a \"[\" without a \"]\"") }
        guard scalar == "\\" else {
            place += 1
            return scalar
        }
        place += 1
        let set = try escape()
        guard !set.isNegated else { throw Fault(reason: "has a negated class in [...]") }
        if set.ranges.count == 1, set.ranges[0].count == 1 {
            return UnicodeScalar(set.ranges[0].lowerBound)
        }
        ranges += set.ranges
        return nil
    }

    /// `[:digit:]` and its like.
    private mutating func characterClass() throws(Fault) -> ScalarSet {
        let known: [(String, ScalarSet)] = [
            ("[:digit:]", .digits), ("[:space:]", .space), ("[:word:]", .word),
            ("[:alpha:]", ScalarSet(ranges: [65...90, 97...122])),
            ("[:alnum:]", ScalarSet(ranges: [48...57, 65...90, 97...122])),
            ("[:upper:]", ScalarSet(ranges: [65...90])),
            ("[:lower:]", ScalarSet(ranges: [97...122])),
        ]
        for (name, set) in known where scalars[place...].starts(with: name.unicodeScalars) {
            place += name.unicodeScalars.count
            return set
        }
        throw Fault(reason: "has a class in [...] that is not known here")
    }
}
