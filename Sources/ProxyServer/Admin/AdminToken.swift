/// A token of a command to the admin database.
struct AdminToken: Equatable {
    enum Kind: Equatable {
        /// A bare word, in lower case as PostgreSQL folds it.
        case word(String)
        /// A quoted identifier, as written.
        case name(String)
        /// A string constant, '...' or $tag$...$tag$, unquoted.
        case string(String)
        case integer(Int64)
        /// Any other single character.
        case symbol(Character)
    }

    var kind: Kind
    /// Characters before it, plus one.
    var position: Int
}

/// Cuts commands into tokens, without white space and comments.
struct AdminTokenizer {
    private let text: [Character]
    private var offset = 0

    /// - Throws: `AdminError` for a quote or a comment that is never closed.
    static func tokens(of text: String) throws(AdminError) -> [AdminToken] {
        var tokenizer = AdminTokenizer(text: Array(text))
        var tokens: [AdminToken] = []
        while let token = try tokenizer.next() { tokens.append(token) }
        return tokens
    }

    private init(text: [Character]) { self.text = text }

    private mutating func next() throws(AdminError) -> AdminToken? {
        try skipBlanks()
        guard let first = peek() else { return nil }
        let position = offset + 1
        return AdminToken(kind: try kind(startingWith: first), position: position)
    }

    private mutating func kind(startingWith first: Character) throws(AdminError) -> AdminToken.Kind
    {
        if first == "'" { return .string(try quoted(by: first)) }
        if first == "\"" { return .name(try quoted(by: first)) }
        if first == "$", let body = try dollarQuoted() { return .string(body) }
        if first.isASCIIDigit {
            let start = offset
            let digits = take { $0.isASCIIDigit }
            guard let value = Int64(digits) else {
                throw AdminError(
                    .syntaxError, "the number \(digits) is too large", position: start + 1)
            }
            return .integer(value)
        }
        if first.isWordPart { return .word(take { $0.isWordPart || $0 == "$" }.lowercased()) }
        offset += 1
        return .symbol(first)
    }

    private func peek(_ distance: Int = 0) -> Character? {
        let place = offset + distance
        return place < text.count ? text[place] : nil
    }

    private mutating func take(while wanted: (Character) -> Bool) -> String {
        let start = offset
        while let character = peek(), wanted(character) { offset += 1 }
        return String(text[start..<offset])
    }

    private mutating func skipBlanks() throws(AdminError) {
        while let character = peek() {
            if character.isWhitespace {
                offset += 1
            } else if character == "-", peek(1) == "-" {
                _ = take { !$0.isNewline }
            } else if character == "/", peek(1) == "*" {
                try skipComment()
            } else {
                return
            }
        }
    }

    /// Comments nest (PostgreSQL documentation, "Lexical Structure").
    private mutating func skipComment() throws(AdminError) {
        let start = offset
        var depth = 0
        repeat {
            if peek() == "/", peek(1) == "*" {
                depth += 1
                offset += 2
            } else if peek() == "*", peek(1) == "/" {
                depth -= 1
                offset += 2
            } else if peek() == nil {
                throw AdminError(.syntaxError, "unterminated /* comment", position: start + 1)
            } else {
                offset += 1
            }
        } while depth > 0
    }

    /// A doubled quote stands for itself.
    private mutating func quoted(by quote: Character) throws(AdminError) -> String {
        let start = offset
        var body = ""
        offset += 1
        while let character = peek() {
            offset += 1
            if character != quote {
                body.append(character)
            } else if peek() == quote {
                body.append(quote)
                offset += 1
            } else {
                return body
            }
        }
        throw AdminError(.syntaxError, "unterminated quoted text", position: start + 1)
    }

    /// nil, and nothing taken: the dollar sign does not open a quote.
    private mutating func dollarQuoted() throws(AdminError) -> String? {
        var end = offset + 1
        while end < text.count, text[end].isWordPart { end += 1 }
        guard end < text.count, text[end] == "$" else { return nil }
        let tag = text[offset...end]
        var close = end + 1
        while close + tag.count <= text.count {
            if text[close..<close + tag.count] == tag {
                offset = close + tag.count
                return String(text[(end + 1)..<close])
            }
            close += 1
        }
        throw AdminError(
            .syntaxError, "unterminated dollar-quoted text", position: offset + 1)
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }

    fileprivate var isWordPart: Bool {
        self == "_" || isLetter || isASCIIDigit
    }
}
