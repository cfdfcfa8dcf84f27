/// What a token is, as far as routing cares.
enum TokenKind: UInt8 {
    /// An unquoted name or keyword; `keyword` and `wordClass` say more.
    case word
    /// A name in double quotes.
    case quotedName
    /// `U&"..."`: its spelling may hide any name.
    case unicodeName
    /// A string in any quotes, a bit string or a number; `literalKind` says which.
    case literal
    /// `$1`.
    case parameter
    case open, close, openBracket, closeBracket
    case comma, semicolon, dot, dotDot, colon, typecast, assign, arrow
    /// An operator with one of PostgreSQL's own names.
    case ownOperator
    /// An operator that PostgreSQL does not ship: an extension's or a user's.
    case foreignOperator
}

/// The spelling of a literal; only rules that read a literal's value ask for it.
enum LiteralKind: UInt8 {
    /// `'...'` without an escape or a continuation line: the bytes between the quotes are its
    /// value but for doubled quotes.
    case plain
    /// `E''`, `U&''`, `B''`, `X''`, or a string continued on a further line.
    case other
    /// `$tag$...$tag$`.
    case dollarQuoted
    case number
}

/// One token of a query string: 16 bytes, no references.
struct Token {
    /// Where it starts, in bytes.
    let offset: UInt32
    /// Its length in bytes; of a parenthesis the index of its partner.
    var extent: UInt32
    /// Of a parenthesis: one more than the index of the `(` around it, 0 at the top.
    let outer: UInt32
    let kind: TokenKind
    let keyword: Keyword
    /// `WordClass` of a word, `LiteralKind` of a literal.
    private let detail: UInt8
    /// Whether the name starts with `pg_`: such names are looked up even where they are no calls.
    let startsWithPg: Bool

    /// A parenthesis, whose partner is not known yet or given.
    init(parenthesis kind: TokenKind, at offset: Int, outer: Int, partner: Int = 0) {
        self.init(kind, at: offset, extent: partner, outer: UInt32(truncatingIfNeeded: outer))
    }

    /// Punctuation, an operator or a parameter.
    init(_ kind: TokenKind, at offset: Int, length: Int) {
        self.init(kind, at: offset, extent: length, outer: 0)
    }

    /// A literal of any kind.
    init(literal: LiteralKind, at offset: Int, length: Int) {
        self.init(.literal, at: offset, extent: length, outer: 0, detail: literal.rawValue)
    }

    /// A word or a quoted name, with what the keyword table knows of it.
    init(
        name kind: TokenKind, at offset: Int, length: Int, keyword: KeywordEntry,
        startsWithPg: Bool
    ) {
        self.init(
            kind, at: offset, extent: length, outer: 0, keyword: keyword.keyword,
            detail: keyword.wordClass.rawValue, startsWithPg: startsWithPg)
    }

    private init(
        _ kind: TokenKind, at offset: Int, extent: Int, outer: UInt32,
        keyword: Keyword = .none, detail: UInt8 = 0, startsWithPg: Bool = false
    ) {
        self.offset = UInt32(truncatingIfNeeded: offset)
        self.extent = UInt32(truncatingIfNeeded: extent)
        self.outer = outer
        self.kind = kind
        self.keyword = keyword
        self.detail = detail
        self.startsWithPg = startsWithPg
    }

    /// The class of a word; `.name` for every other token.
    var wordClass: WordClass {
        kind == .word ? WordClass(rawValue: detail) ?? .name : .name
    }

    /// The spelling of a literal; `.other` for every other token.
    var literalKind: LiteralKind {
        kind == .literal ? LiteralKind(rawValue: detail) ?? .other : .other
    }

    /// Whether it can name something: a word of any kind or a quoted name.
    var isNameLike: Bool { kind == .word || kind == .quotedName }

    /// Its length in bytes, parentheses included.
    var length: Int {
        kind == .open || kind == .close ? 1 : Int(extent)
    }
}
