import Testing

@testable import Vocabulary

struct NameExpressionTests {
    @Test(
        arguments: [
            ("app", "app", true), ("app", "my_app_1", true), ("^app$", "apps", false),
            ("^app", "app_x", true), ("^a.c$", "abc", true), ("^a.c$", "ac", false),
            ("^(a|b|)c$", "c", true), ("^(a|b)c$", "bc", true), ("^(a|b)c$", "cc", false),
            ("^a*$", "", true), ("^a+$", "", false), ("^a?b$", "b", true), ("^a?b$", "aab", false),
            ("^a{2,3}$", "a", false), ("^a{2,3}$", "aaa", true), ("^a{2,3}$", "aaaa", false),
            ("^a{2}$", "aa", true), ("^a{2,}$", "aaaaa", true), ("^a{0}b$", "b", true),
            ("^[a-c_]+$", "a_b", true), ("^[^a-c]+$", "xyz", true), ("^[^a-c]+$", "xaz", false),
            ("^[]x]+$", "]x", true), ("^[a-]+$", "-a", true), ("^[[:digit:]x]+$", "1x2", true),
            ("^\\d+\\.\\d+$", "1.25", true), ("^\\d+\\.\\d+$", "1x25", false),
            ("^\\w+$", "Ab_9", true), ("^\\S+$", "a b", false), ("^[\\d.]+$", "1.2", true),
            ("^(?:ab)+$", "abab", true), ("(^a|b$)", "xb", true), ("(^a|b$)", "xa", false),
            ("^(a*)*$", "aaaa", true), ("^(a|a)*b$", String(repeating: "a", count: 500), false),
            ("^ü.$", "üé", true), ("^x+?y$", "xxy", true), ("^a\\|b$", "a|b", true),
        ] as [(String, String, Bool)])
    func matches(text: String, name: String, isFound: Bool) throws {
        #expect((try NameExpression(text).match(in: name) != nil) == isFound)
    }

    @Test(
        arguments: [
            ("^(.*)@example\\.com$", "joe@example.com", "joe"), ("(\\d+)", "a12b345", "12"),
            ("(a+?)(b*)", "aab", "a"), ("(a+)", "baaac", "aaa"), ("^(?:x)(y)", "xy", "y"),
            ("^(a)|b$", "b", nil), ("^x$", "x", nil), ("((a)b)", "cab", "ab"),
        ] as [(String, String, String?)])
    func captures(text: String, name: String, capture: String?) throws {
        let match = try #require(try NameExpression(text).match(in: name))
        #expect(match.capture == capture)
    }

    @Test(arguments: [
        "", "(", ")", "a)", "[", "[a", "[]", "*", "+a", "a**", "^*",
        "a{", "a{x}", "a{3,2}", "a{256}",
        "a{99999999999999999999}", "\\", "\\b", "\\1", "(?i)a", "(?=a)", "[b-a]",
        "[[:nope:]]", "[\\W]", "[[.a.]]", "{2}",
    ])
    func refuses(text: String) {
        #expect(throws: NameExpression.Fault.self) { try NameExpression(text) }
    }

    /// A stranger's name must not buy more time than its length is worth.
    @Test func takesTimeInProportion() throws {
        let expression = try NameExpression("^(a|aa|a*)*(b|(a+)+)*c$")
        #expect(expression.match(in: String(repeating: "a", count: 10_000)) == nil)
    }

    /// Whatever is written, it is read or refused; whatever is matched, it ends.
    @Test func nonsenseDoesNotTrap() {
        var state: UInt64 = 0x5EED
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let letters = Array("ab1(|)*+?{},[]^$\\.-:dws=é")
        var count = 0
        for _ in 0..<20_000 {
            let text = String((0..<next(12)).map { _ in letters[next(letters.count)] })
            guard let expression = try? NameExpression(text) else { continue }
            let name = String((0..<next(6)).map { _ in letters[next(letters.count)] })
            let match = expression.match(in: name)
            if let capture = match?.capture { #expect(name.contains(capture) || capture.isEmpty) }
            count += 1
        }
        #expect(count > 500)
    }

    @Test func isBounded() {
        let deep = String(repeating: "(", count: 200) + String(repeating: ")", count: 200)
        let wide = "((((a{255}){255}){255}){255})"
        for text in [deep, wide, String(repeating: "a", count: 2_000)] {
            #expect(throws: NameExpression.Fault.self) { try NameExpression(text) }
        }
    }
}
