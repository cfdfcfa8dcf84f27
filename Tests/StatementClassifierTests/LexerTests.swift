import Testing

@testable import StatementClassifier

/// The tokens of a text as their kinds and spellings, and the lexer's fault.
private func lex(_ sql: String, conforming: Bool = true) -> (tokens: [String], fault: LexicalFault?)
{
    var tape = TokenTape()
    let bytes = Array(sql.utf8)
    var lexer = Lexer(
        text: bytes.span.bytes, standardConformingStrings: conforming, keywords: .shared,
        fingerprint: Fingerprint(seed: 1))
    lexer.run(onto: &tape)
    let tokens = (0..<tape.count).map { index -> String in
        let token = tape.tokens[index]
        let start = Int(token.offset)
        return "\(token.kind) "
            + String(decoding: bytes[start..<(start + token.length)], as: UTF8.self)
    }
    return (tokens, lexer.fault)
}

@Suite struct LexerTests {
    @Test func wordsAndPunctuation() {
        #expect(
            lex("SELECT a.b, (c[1])::int;").tokens == [
                "word SELECT", "word a", "dot .", "word b", "comma ,", "open (", "word c",
                "openBracket [", "literal 1", "closeBracket ]", "close )", "typecast ::",
                "word int", "semicolon ;",
            ])
        #expect(
            lex("a := b => c : d .. e").tokens.map { $0.split(separator: " ")[0] } == [
                "word", "assign", "word", "arrow", "word", "colon", "word", "dotDot", "word",
            ])
    }

    @Test func wordsLongerThanALane() {
        #expect(
            lex("abcdefgh abcdefghi abcdefghijklmnopqrstuvwxyz_0123456789$ a").tokens == [
                "word abcdefgh", "word abcdefghi",
                "word abcdefghijklmnopqrstuvwxyz_0123456789$", "word a",
            ])
        #expect(lex("größe_名前$1").tokens == ["word größe_名前$1"])
    }

    @Test(arguments: [
        "'a''b'", "''", "E'a\\'b'", "e'\\\\'", "E'a''b'", "U&'d\\0061'", "B'01'", "x'1f'",
        "$$a'b$$", "$tag$a$$b$tag$", "$a$ $b$ $a$", "'a' \n 'b'", "'a' -- c\n 'b'",
        "E'a'\n'\\''", "'a'\r'b'", "1", "1.5", ".5", "1.", "1e10", "1.5E-3", "1_000", "0x1F",
        "0b1_0", "0o17",
    ])
    func oneLiteral(_ text: String) {
        let (tokens, fault) = lex(text)
        #expect(tokens == ["literal \(text)"])
        #expect(fault == nil)
    }

    @Test func stringsOnOneLineAreTwo() {
        #expect(lex("'a' 'b'").tokens == ["literal 'a'", "literal 'b'"])
        #expect(lex("'a' /* \n */ 'b'").tokens.count == 2)
    }

    @Test func prefixesOnlyStartStringsAtTheQuote() {
        #expect(lex("e 'a'").tokens == ["word e", "literal 'a'"])
        #expect(lex("be'a\\'").tokens == ["word be", "literal 'a\\'"])
        #expect(lex("n'a'").tokens == ["word n", "literal 'a'"])
        #expect(lex("u&a").tokens == ["word u", "ownOperator &", "word a"])
        #expect(lex("u&\"a\"").tokens == ["unicodeName u&\"a\""])
    }

    @Test func dollarsInNamesOpenNothing() {
        #expect(lex("a$$b$$ $1$x$1$x$").tokens.first == "word a$$b$$")
        #expect(lex("$1 $23").tokens == ["parameter $1", "parameter $23"])
        #expect(lex("1$$a$$").tokens == ["literal 1", "literal $$a$$"])
    }

    @Test func numbersEndWhereTheyMust() {
        #expect(lex("123abc").tokens == ["literal 123", "word abc"])
        #expect(lex("1e'a'").tokens == ["literal 1", "literal e'a'"])
        #expect(lex("0xg").tokens == ["literal 0", "word xg"])
        #expect(lex("1..2").tokens == ["literal 1", "dotDot ..", "literal 2"])
        #expect(lex("1_a").tokens == ["literal 1", "word _a"])
        #expect(lex("1e+").tokens == ["literal 1", "word e", "ownOperator +"])
    }

    @Test func operatorsAreCutAsPostgreSQLCutsThem() {
        #expect(lex("a=-1").tokens == ["word a", "ownOperator =", "ownOperator -", "literal 1"])
        #expect(lex("a@-1").tokens == ["word a", "foreignOperator @-", "literal 1"])
        #expect(lex("a*/* x */b").tokens == ["word a", "ownOperator *", "word b"])
        #expect(lex("a<--x\n1").tokens == ["word a", "ownOperator <", "literal 1"])
        #expect(
            lex("a <=> b !~~* c != d").tokens.map { String($0.prefix(7)) } == [
                "word a", "foreign", "word b", "ownOper", "word c", "ownOper", "word d",
            ])
        #expect(lex("a + -b").tokens.count == 4)
        #expect(
            lex("a +++ b").tokens == [
                "word a", "ownOperator +", "ownOperator +", "ownOperator +", "word b",
            ])
    }

    @Test func comments() {
        #expect(lex("1 -- 'x\n2").tokens == ["literal 1", "literal 2"])
        #expect(lex("1 -- x\r2").tokens == ["literal 1", "literal 2"])
        #expect(lex("/* a /* b */ c */ 1").tokens == ["literal 1"])
        #expect(lex("/*/ */ 1 /***/ 2 /* **/ 3").tokens.count == 3)
        #expect(lex("--").tokens == [])
    }

    @Test(arguments: [
        "'a", "\"a", "$$a", "$a$ $b$", "/* a", "/* /* */", "E'a\\'", "(", ")", "(()", "\\", "{",
        "$", "$a", "'a' \n 'b", "a\0b", "$a-$",
    ])
    func malformed(_ text: String) {
        #expect(lex(text).fault == .malformed)
    }

    @Test func backslashesWithoutConformingStrings() {
        #expect(lex("'a\\'", conforming: true).fault == nil)
        #expect(lex("'a\\'", conforming: false).fault == .ambiguousQuoting)
        #expect(lex("'a\\' b'", conforming: false).fault == .ambiguousQuoting)
        #expect(lex("E'a\\'' \"\\\" $$\\$$ 'a'", conforming: false).fault == nil)
    }

    @Test func parenthesesKnowTheirPartners() {
        var tape = TokenTape()
        let bytes = Array("a(b(c)(d))".utf8)
        var lexer = Lexer(
            text: bytes.span.bytes, standardConformingStrings: true, keywords: .shared,
            fingerprint: Fingerprint(seed: 1))
        lexer.run(onto: &tape)
        #expect(tape.tokens[1].extent == 9)
        #expect(tape.tokens[9].extent == 1)
        #expect(tape.tokens[3].extent == 5)
        #expect(tape.tokens[6].outer == 2)
    }
}

@Suite struct TokenTapeTests {
    @Test func storageOfALargeTextIsGivenBack() {
        var tape = TokenTape()
        for offset in 0...(TokenTape.keptTokens * 2) {
            tape.append(Token(.comma, at: offset, length: 1))
        }
        tape.rewind()
        #expect(tape.count == 0)
        #expect(tape.tokens.capacity <= TokenTape.keptTokens)
    }

    @Test func aTokenIsSixteenBytes() {
        #expect(MemoryLayout<Token>.stride == 16)
    }
}
