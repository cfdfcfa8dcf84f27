import Testing

@testable import Configuration

struct JSONParserTests {
    private func parse(_ text: String) -> (root: JSONNode?, lines: [String]) {
        let (root, problems) = JSONParser.parse(Array(text.utf8))
        return (root, problems.map(\.description))
    }

    @Test func everyKindOfValue() throws {
        let root = try #require(
            parse(#" { "a" : null, "b": [true, false], "c": -1.5e+2, "d": "x", "e": {} } "#).root)
        #expect(root["a"]?.value == .null)
        guard case .array(let elements)? = root["b"]?.value else {
            Issue.record("no array")
            return
        }
        #expect(elements.map(\.value) == [.boolean(true), .boolean(false)])
        #expect(root["c"]?.value == .number("-1.5e+2"))
        #expect(root["c"]?.integer == -150)
        #expect(root["d"]?.value == .string("x"))
        #expect(root["e"]?.value == .object([]))
    }

    @Test func placesOfKeysAndValues() throws {
        let root = try #require(parse("{\n  \"é\": 1,\n  \"ö\": [\n    2]\r\n}").root)
        guard case .object(let members) = root.value else {
            Issue.record("no object")
            return
        }
        #expect(members.map(\.position.description) == ["2:3", "3:3"])
        #expect(members.map(\.value.position.description) == ["2:8", "3:8"])
        guard case .array(let elements) = members[1].value.value else {
            Issue.record("no array")
            return
        }
        #expect(elements[0].position == TextPosition(line: 4, column: 5))
    }

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
        (#""\u0041\u00e9\u20AC""#, "Aé€"),
        (#""\ud83d\udc18""#, "🐘"),
        (#""🐘 é""#, "🐘 é"),
        (#""\u0000""#, "\0"),
        (#""""#, ""),
    ])
    func strings(literal: String, value: String) {
        #expect(parse(literal).root?.value == .string(value))
        #expect(parse(literal).lines == [])
    }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("6432", 6432), ("1e3", 1_000), ("5.0", 5), ("5.5", nil),
        ("1e400", nil), ("99999999999999999999", nil), ("-7", -7),
    ])
    func integers(literal: String, value: Int?) {
        #expect(parse(literal).root?.integer == value)
        #expect(parse(literal).lines == [])
    }

    @Test(arguments: [
        ("", "1:1: error: the file is empty; expected a JSON object"),
        ("  \n ", "2:2: error: the file is empty; expected a JSON object"),
        (
            "{",
            "1:2: error: the end of the file where a key should be; expected a string in double"
                + " quotes, or `}`"
        ),
        (
            "{a: 1}",
            "1:2: error: `a` where a key should be; expected a string in double quotes,"
                + " or `}`"
        ),
        ("{\"a\" 1}", "1:6: error: a: `1` is out of place; expected `:` after the key"),
        ("{\"a\": 1 \"b\": 2}", "1:9: error: `\"` is out of place; expected `,` or `}`"),
        ("[1 2]", "1:4: error: `2` is out of place; expected `,` or `]`"),
        ("{} x", "1:4: error: `x` after the end; expected nothing more"),
        ("[01]", "1:3: error: [0]: a number that begins with 0; expected no leading zeros"),
        ("[1.]", "1:4: error: [0]: `]` in a number; expected a digit"),
        ("[-]", "1:3: error: [0]: `]` in a number; expected a digit"),
        ("[1e]", "1:4: error: [0]: `]` in a number; expected a digit"),
        ("[1x]", "1:3: error: [0]: `x` within a number; expected digits"),
        ("[+1]", "1:2: error: [0]: `+` where a value should be; expected a value"),
        (
            "[True]",
            "1:6: error: [0]: `True` is not a value; expected a value; strings go in double"
                + " quotes"
        ),
        (
            "[\"a]\n",
            "1:2: error: [0]: a string that does not end on its line; expected a closing"
                + " `\"`"
        ),
        (
            "[\"a\tb\"]",
            "1:4: error: [0]: the control character 0x9 within a string; expected an"
                + " escape such as \\t or \\u0009"
        ),
        (
            "[\"\\x\"]",
            "1:4: error: [0]: `x` after `\\`; expected one of \\\" \\\\ \\/ \\b \\f \\n"
                + " \\r \\t \\uXXXX"
        ),
        ("[\"\\u12G4\"]", "1:7: error: [0]: `G` within \\uXXXX; expected four hexadecimal digits"),
        (
            "[\"\\ud83d\"]",
            "1:9: error: [0]: half of a surrogate pair; expected \\uD800-\\uDBFF and"
                + " then \\uDC00-\\uDFFF"
        ),
        ("[\"\\ud83d\\n\"]", "1:10: error: [0]: half of a surrogate pair; expected \\u"),
        (
            "[\"\\ud83d\\u0041\"]",
            "1:15: error: [0]: half of a surrogate pair; expected"
                + " \\uDC00-\\uDFFF as its second half"
        ),
        (
            "[\"\\udc18\"]",
            "1:9: error: [0]: half of a surrogate pair; expected \\uD800-\\uDBFF and"
                + " then \\uDC00-\\uDFFF"
        ),
        ("/* no end", "1:1: error: JSON has no comments; expected it left out"),
    ])
    func whatIsNotJSON(text: String, line: String) {
        let (root, lines) = parse(text)
        #expect(root == nil)
        #expect(lines == [line])
    }

    @Test func commonMistakesAreAllReported() throws {
        let (root, lines) = parse(
            """
            { // a comment
              "a": [1, 2, ],  # another
              "b": 1, /* and
              another */ "b": { "x": 2, },
            }
            """)
        #expect(
            lines == [
                "1:3: error: JSON has no comments; expected it left out",
                "2:13: error: a: a comma before `]`; expected no comma after the last one",
                "2:19: error: JSON has no comments; expected it left out",
                "3:11: error: JSON has no comments; expected it left out",
                "4:27: error: b: a comma before `}`; expected no comma after the last one",
                "4:14: error: b: this key is given twice (first at 3:3); expected it once",
                "4:30: error: a comma before `}`; expected no comma after the last one",
            ])
        // What follows them is read all the same.
        #expect(root?["a"]?.kind == "an array")
        #expect(root?["b"]?.integer == 1)
    }

    @Test func byteOrderMark() {
        #expect(
            parse("\u{feff}{}").lines
                == [
                    "1:1: error: the file begins with a byte order mark; expected UTF-8 without one"
                ])
    }

    @Test(arguments: [
        [0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xF5, 0x80, 0x80, 0x80],
    ])
    func invalidUTF8(bytes: [UInt8]) {
        let (root, problems) = JSONParser.parse([0x22] + bytes + [0x22])
        #expect(root == nil)
        #expect(
            problems.map(\.description)
                == ["1:1: error: a string that is not valid UTF-8; expected the file in UTF-8"])
    }

    @Test func depthIsBounded() {
        let fits =
            String(repeating: "[", count: JSONParser.maximumDepth)
            + String(repeating: "]", count: JSONParser.maximumDepth)
        #expect(parse(fits).lines == [])
        let deep = parse(String(repeating: "[", count: 1_000_000))
        #expect(deep.root == nil)
        #expect(deep.lines.count == 1)
        #expect(deep.lines[0].hasSuffix("too deeply nested; expected at most 64 levels"))
    }

    @Test func lengthIsBounded() {
        let (root, problems) = JSONParser.parse(
            [UInt8](repeating: 0x20, count: JSONParser.maximumBytes + 1))
        #expect(root == nil)
        #expect(problems.count == 1)
    }
}
