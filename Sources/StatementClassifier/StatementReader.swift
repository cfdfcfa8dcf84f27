/// The tokens of one statement, and the questions that the rules ask of them. A view: it owns
/// nothing and lives as long as the text and the tape it looks at.
struct StatementReader: ~Escapable {
    let text: RawSpan
    let tokens: Span<Token>
    let names: KnownNameTable
    /// What is known of the database; nil: nothing.
    let scope: CatalogScope?
    /// Names that are no calls may matter, and operators of PostgreSQL's own names.
    let watchesNames: Bool
    let watchesOwnOperators: Bool
    /// The statement is the tokens from `start` to before `stop`, without its semicolon.
    let start: Int
    let stop: Int

    /// A view of the tokens from `start` to before `stop`.
    @_lifetime(copy text, copy tokens)
    init(
        text: RawSpan, tokens: Span<Token>, names: KnownNameTable, scope: CatalogScope? = nil,
        start: Int, stop: Int
    ) {
        self.text = text
        self.tokens = tokens
        self.names = names
        self.scope = scope
        watchesNames = scope?.facts?.watchesNames ?? false
        watchesOwnOperators = scope?.facts?.watchesOwnOperators ?? false
        self.start = start
        self.stop = stop
    }

    /// The same tokens from `start` to before `stop` only.
    @_lifetime(copy self)
    func part(from start: Int, to stop: Int) -> StatementReader {
        StatementReader(
            text: text, tokens: tokens, names: names, scope: scope, start: start, stop: stop)
    }

    /// The kind of the token at `index`; outside the statement as if there were a semicolon.
    @inline(__always)
    func kind(_ index: Int) -> TokenKind {
        index >= start && index < stop ? tokens[index].kind : .semicolon
    }

    /// The keyword at `index`; `.none` outside the statement and for anything but words.
    @inline(__always)
    func keyword(_ index: Int) -> Keyword {
        guard index >= start, index < stop else { return .none }
        let token = tokens[index]
        return token.kind == .word ? token.keyword : .none
    }

    /// What the name at `index`, quoted or not, means by its spelling.
    @inline(__always)
    func meaning(_ index: Int) -> Keyword {
        index >= start && index < stop ? tokens[index].keyword : .none
    }

    /// Whether the token at `index` can name something.
    func isName(_ index: Int) -> Bool {
        index >= start && index < stop && tokens[index].isNameLike
    }

    /// The index of the parenthesis that belongs to the one at `index`.
    @inline(__always)
    func partner(_ index: Int) -> Int { Int(tokens[index].extent) }

    /// The index of the `(` around the parenthesis at `index`; -1 at the top.
    func outer(_ index: Int) -> Int { Int(tokens[index].outer) - 1 }

    /// The index of the token after the one at `index`, past a parenthesis as a whole.
    func after(_ index: Int) -> Int {
        kind(index) == .open ? partner(index) + 1 : index + 1
    }

    /// Whether the word at `index` is `word`, letter case aside, and nothing else.
    func spells(_ word: StaticString, _ index: Int) -> Bool {
        guard isName(index) else { return false }
        let (offset, length) = nameBytes(index)
        return length == word.utf8CodeUnitCount && text.hasPrefix(word, at: offset)
    }

    /// Where the bytes of a name are, without its quotes.
    func nameBytes(_ index: Int) -> (offset: Int, length: Int) {
        let token = tokens[index]
        let offset = Int(token.offset)
        return token.kind == .quotedName
            ? (offset + 1, Int(token.extent) - 2) : (offset, Int(token.extent))
    }

    /// What PostgreSQL's own function or view of the name at `index` is; nil if there is none.
    func knownName(_ index: Int) -> KnownName? {
        guard isName(index) else { return nil }
        let (offset, length) = nameBytes(index)
        return names.find(
            in: text, offset: offset, length: length, folding: tokens[index].kind == .word)
    }

    /// The index of the first token of the dotted name that ends at `index`.
    func startOfName(_ index: Int) -> Int {
        var first = index
        while kind(first - 1) == .dot, isName(first - 2) { first -= 2 }
        return first
    }

    /// Whether an operand ends at `index`, so that a name after it is no call. False when in doubt:
    /// only words that no version of PostgreSQL gives a meaning count as names here.
    func endsOperand(_ index: Int) -> Bool {
        switch kind(index) {
        case .literal, .parameter, .quotedName, .unicodeName, .closeBracket: true
        case .word:
            tokens[index].wordClass == .name || tokens[index].keyword == .ordinality
                || kind(index - 1) == .dot
        case .close: !introducesOperand(partner(index))
        default: false
        }
    }

    /// Whether an operand follows the parentheses that `open` starts: `OPERATOR(...)` and
    /// `DISTINCT ON (...)`.
    private func introducesOperand(_ open: Int) -> Bool {
        keyword(open - 1) == .operator
            || keyword(open - 1) == .on && keyword(open - 2) == .distinct
    }
}
