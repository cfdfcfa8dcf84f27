/// One search for an expression in a name.
struct ExpressionRun {
    /// A way through the program, and what its first group has matched so far.
    private struct Way {
        var step: Int
        var begin: Int?
        var end: Int?
    }

    struct Found {
        let capture: Range<Int>?
    }

    private let program: [ExpressionStep]
    private let input: [UnicodeScalar]
    private var ways: [Way] = []
    /// Per step: the place at which it was last reached, plus one.
    private var reached: [Int]
    /// Steps still to be followed; kept here so that no depth of recursion is needed.
    private var open: [Way] = []

    init(program: [ExpressionStep], input: [UnicodeScalar]) {
        self.program = program
        self.input = input
        reached = Array(repeating: 0, count: program.count)
    }

    /// The leftmost match; of several that begin there, the one that greedy operators prefer.
    mutating func find() -> Found? {
        var found: Found?
        for place in 0...input.count {
            let before = ways
            ways = []
            for way in before where advance(way, at: place, &found) { break }
            // Later beginnings matter only as long as no earlier one has been found.
            if found == nil { _ = follow(Way(step: 0), at: place, &found) }
            if ways.isEmpty && found != nil { break }
        }
        return found
    }

    /// Takes one way over the character before `place`. True: it has ended in a match, so that ways
    /// of lower preference do not count.
    private mutating func advance(_ way: Way, at place: Int, _ found: inout Found?) -> Bool {
        guard case .one(let set) = program[way.step], set.contains(input[place - 1]) else {
            return false
        }
        return follow(
            Way(step: way.step + 1, begin: way.begin, end: way.end), at: place, &found)
    }

    /// Follows everything that takes no character; true if that has led to a match.
    private mutating func follow(_ way: Way, at place: Int, _ found: inout Found?) -> Bool {
        open = [way]
        while var way = open.popLast() {
            guard reached[way.step] != place + 1 else { continue }
            reached[way.step] = place + 1
            switch program[way.step] {
            case .one: ways.append(way)
            case .start:
                way.step += 1
                if place == 0 { open.append(way) }
            case .end:
                way.step += 1
                if place == input.count { open.append(way) }
            case .jump(let target):
                way.step = target
                open.append(way)
            case .split(let first, let second):
                way.step = second
                open.append(way)
                way.step = first
                open.append(way)
            case .captureBegins:
                way.step += 1
                (way.begin, way.end) = (place, nil)
                open.append(way)
            case .captureEnds:
                way.step += 1
                way.end = place
                open.append(way)
            case .found:
                found = Found(capture: Self.range(way))
                return true
            }
        }
        return false
    }

    private static func range(_ way: Way) -> Range<Int>? {
        guard let begin = way.begin, let end = way.end, begin <= end else { return nil }
        return begin..<end
    }
}
