/// Why a text could not be split into tokens.
enum LexicalFault: UInt8 {
    /// An unterminated quote or comment, a byte no token starts with, unbalanced parentheses.
    case malformed
    /// A plain '...' with a backslash while `standard_conforming_strings` is off.
    case ambiguousQuoting
    /// More tokens than are examined.
    case tooManyTokens
}

/// Splits a query string into tokens by the rules of PostgreSQL's own lexer
/// (src/backend/parser/scan.l) and hashes them in the same pass. Bytes with the high bit set belong
/// to names, as there.
///
/// Where versions differ, the lexer takes the reading that all of them accept or that ends in an
/// error of the server: `123abc` is two tokens as before PostgreSQL 15, an error since.
struct Lexer: ~Escapable {
    let text: RawSpan
    let end: Int
    let standardConformingStrings: Bool
    let keywords: KeywordTable
    var at = 0
    var fingerprint: Fingerprint
    var fault: LexicalFault?

    @_lifetime(copy text)
    init(
        text: RawSpan, standardConformingStrings: Bool, keywords: KeywordTable,
        fingerprint: Fingerprint
    ) {
        self.text = text
        self.end = text.byteCount
        self.standardConformingStrings = standardConformingStrings
        self.keywords = keywords
        self.fingerprint = fingerprint
    }

    /// Reads the whole text onto `tape`. Stops early with `fault` set if it cannot go on.
    mutating func run(onto tape: inout TokenTape) {
        while at < end, fault == nil {
            token(text.byte(at), onto: &tape)
            if tape.count > TokenTape.maximumTokens { fault = .tooManyTokens }
        }
        if tape.innermost >= 0 { fault = fault ?? .malformed }
    }

    /// Reads one token, or one piece of white space, that starts with `byte`.
    @inline(__always)
    private mutating func token(_ byte: UInt8, onto tape: inout TokenTape) {
        switch byte {
        case 0x20, 0x09...0x0D: at &+= 1
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "_"), 0x80...0xFF:
            wordOrPrefixedString(byte, onto: &tape)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): number(onto: &tape)
        case UInt8(ascii: "'"): plainString(from: at, onto: &tape)
        case UInt8(ascii: "\""): quotedName(.quotedName, prefix: 0, onto: &tape)
        case UInt8(ascii: "$"): dollar(onto: &tape)
        case UInt8(ascii: "."): dot(onto: &tape)
        case UInt8(ascii: ":"): colon(onto: &tape)
        case UInt8(ascii: ","): punctuation(.comma, length: 1, onto: &tape)
        case UInt8(ascii: "["): punctuation(.openBracket, length: 1, onto: &tape)
        case UInt8(ascii: "]"): punctuation(.closeBracket, length: 1, onto: &tape)
        case UInt8(ascii: "("), UInt8(ascii: ")"): parenthesis(byte, onto: &tape)
        case UInt8(ascii: ";"): punctuation(.semicolon, length: 1, onto: &tape)
        default: operatorOrComment(byte, onto: &tape)
        }
    }

    /// Records a token of one or two bytes that its kind tells all about.
    @inline(__always)
    mutating func punctuation(_ kind: TokenKind, length: Int, onto tape: inout TokenTape) {
        tape.append(Token(kind, at: at, length: length))
        fingerprint.end(kind)
        at &+= length
    }

    private mutating func parenthesis(_ byte: UInt8, onto tape: inout TokenTape) {
        if byte == UInt8(ascii: "(") {
            tape.appendOpen(at: at)
            fingerprint.end(.open)
        } else {
            guard tape.appendClose(at: at) else { return fault = .malformed }
            fingerprint.end(.close)
        }
        at &+= 1
    }

    private mutating func dot(onto tape: inout TokenTape) {
        let next = text.byteOrZero(at &+ 1)
        if next &- UInt8(ascii: "0") < 10 { return number(onto: &tape) }
        if next == UInt8(ascii: ".") { return punctuation(.dotDot, length: 2, onto: &tape) }
        punctuation(.dot, length: 1, onto: &tape)
    }

    private mutating func colon(onto tape: inout TokenTape) {
        switch text.byteOrZero(at &+ 1) {
        case UInt8(ascii: ":"): punctuation(.typecast, length: 2, onto: &tape)
        case UInt8(ascii: "="): punctuation(.assign, length: 2, onto: &tape)
        default: punctuation(.colon, length: 1, onto: &tape)
        }
    }
}
