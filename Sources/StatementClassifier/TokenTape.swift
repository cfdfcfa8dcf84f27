/// The tokens of one query string, in storage that is used again for the next: in the steady state
/// nothing is allocated. Invariant: `innermost` is the index of the last `(` still open, -1 if
/// none.
struct TokenTape: ~Copyable {
    /// Storage beyond this is given back after the statement that needed it: 256 KiB.
    static let keptTokens = 16_384
    /// More tokens than this are not examined: 16 MiB of storage.
    static let maximumTokens = 1_048_576

    private(set) var tokens: ContiguousArray<Token> = []
    private(set) var innermost = -1

    init() { tokens.reserveCapacity(512) }

    var count: Int { tokens.count }

    /// Forgets the last string.
    mutating func rewind() {
        if tokens.capacity > Self.keptTokens {
            tokens = []
            tokens.reserveCapacity(512)
        } else {
            tokens.removeAll(keepingCapacity: true)
        }
        innermost = -1
    }

    /// Records a token that is neither a semicolon nor a parenthesis.
    @inline(__always)
    mutating func append(_ token: Token) { tokens.append(token) }

    /// Records a `(`; its partner is filled in when it comes.
    mutating func appendOpen(at offset: Int) {
        let index = tokens.count
        tokens.append(Token(parenthesis: .open, at: offset, outer: innermost + 1))
        innermost = index
    }

    /// False if no parenthesis is open.
    mutating func appendClose(at offset: Int) -> Bool {
        guard innermost >= 0 else { return false }
        let open = innermost
        let outer = Int(tokens[open].outer)
        tokens[open].extent = UInt32(truncatingIfNeeded: tokens.count)
        tokens.append(Token(parenthesis: .close, at: offset, outer: outer, partner: open))
        innermost = outer - 1
        return true
    }
}
