/// Walks the statements of a query string. Semicolons separate them, except inside parentheses
/// (CREATE RULE) and inside the BEGIN ATOMIC ... END body of a CREATE FUNCTION or PROCEDURE.
struct StatementList: ~Escapable {
    private let tokens: Span<Token>
    private var next = 0

    /// - Parameter tokens: all tokens of the string.
    @_lifetime(copy tokens)
    init(_ tokens: Span<Token>) { self.tokens = tokens }

    /// The token indexes of the next statement that holds a token; nil at the end.
    mutating func nextStatement() -> Range<Int>? {
        while next < tokens.count, tokens[next].kind == .semicolon { next += 1 }
        guard next < tokens.count else { return nil }
        let start = next
        var body = RoutineBody(isRoutine: isRoutine(start))
        while next < tokens.count {
            let token = tokens[next]
            if token.kind == .semicolon, body.depth == 0 { break }
            if token.kind == .open {
                next = max(next, Int(token.extent))
            } else if token.kind == .word {
                body.read(token.keyword, after: next > start ? tokens[next - 1].keyword : .none)
            }
            next += 1
        }
        return start..<next
    }

    /// CREATE [OR REPLACE] FUNCTION or PROCEDURE.
    private func isRoutine(_ start: Int) -> Bool {
        guard keyword(start) == .create else { return false }
        let index = keyword(start + 1) == .or ? start + 3 : start + 1
        return keyword(index) == .function || keyword(index) == .procedure
    }

    private func keyword(_ index: Int) -> Keyword {
        index < tokens.count && tokens[index].kind == .word ? tokens[index].keyword : .none
    }
}

/// How deep the walk is in BEGIN ATOMIC ... END and CASE ... END.
private struct RoutineBody {
    let isRoutine: Bool
    private(set) var depth = 0

    init(isRoutine: Bool) { self.isRoutine = isRoutine }

    /// Takes note of a word outside parentheses that follows the word `last`.
    mutating func read(_ word: Keyword, after last: Keyword) {
        guard isRoutine, last != .as else { return }
        switch word {
        case .atomic where last == .begin && depth == 0: depth = 1
        case .case where depth > 0: depth += 1
        case .end where depth > 0: depth -= 1
        default: break
        }
    }
}
