import Testing

@testable import StatementClassifier

/// Paths, and what sessions see of the facts of their database.
@Suite struct CatalogShelfTests {
    @Test(arguments: [
        ("\"$user\", public", ["$", "public"]), ("app,Public", ["app", "public"]),
        (" \"Mixed Case\" , 'x y' ", ["Mixed Case", "x y"]), ("\"a\"\"b\"", ["a\"b"]), ("", []),
        ("$user", ["$"]), ("''", [""]),
    ])
    func pathsAreRead(_ text: String, _ names: [String]) throws {
        let path = try #require(SearchPath(text))
        #expect(
            path.elements.map {
                switch $0 {
                case .schema(let name): name
                case .user: "$"
                }
            } == names)
    }

    @Test(arguments: ["a b", "a,", "\"a", "a /* c */", "a; b", ",a", "app.x"])
    func whatIsNoPathIsNotRead(_ text: String) { #expect(SearchPath(text) == nil) }

    @Test(arguments: [
        ("SET search_path TO app, public", " app, public"),
        ("set session SEARCH_PATH='x'", "'x'"), ("SET \"search_path\" = a", " a"),
        ("SET SCHEMA 'app'", " 'app'"),
        ("SELECT pg_catalog.set_config('search_path', 'a, ''b''', false)", "a, 'b'"),
    ])
    func valuesAreFoundInStatements(_ statement: String, _ value: String) {
        #expect(SearchPath.value(of: Array(statement.utf8)) == value)
    }

    @Test func aCommentDoesNotPassForAPath() {
        let sly = SearchPath.value(of: Array("SET /* search_path to a, */ search_path TO b".utf8))
        #expect(sly.flatMap { SearchPath($0) } == nil)
    }

    @Test func sessionsTakeUpWhatIsNew() throws {
        var shelf = CatalogShelf()
        let place = shelf.add(user: "alice", rules: FunctionRules())
        var mark = CatalogMark(place: place)
        var isCurrent = shelf.isCurrent(mark, settings: 1)
        #expect(!isCurrent)
        shelf.renew(&mark, .standard, settings: 1)
        isCurrent = shelf.isCurrent(mark, settings: 1)
        let nothing = shelf.scope(mark)
        #expect(isCurrent && nothing == nil && mark.key == 0)

        let facts = CatalogFacts(CatalogSample.contents, generation: 1)
        shelf.update(place, facts: facts, isDoubtful: false, rules: FunctionRules())
        isCurrent = shelf.isCurrent(mark, settings: 1)
        #expect(!isCurrent)
        shelf.renew(&mark, .standard, settings: 1)
        let standard = mark.key
        #expect(standard != 0)
        let scope = shelf.scope(mark)
        #expect(scope?.path?.count == 3, "alice, public, pg_catalog")

        shelf.renew(&mark, .statement(Array("SET search_path TO app".utf8)), settings: 2)
        isCurrent = shelf.isCurrent(mark, settings: 1)
        #expect(mark.key != standard && !isCurrent)
        shelf.renew(&mark, .standard, settings: 3)
        #expect(mark.key == standard, "the same path is the same scope")
        shelf.renew(&mark, .otherUser, settings: 4)
        let other = try unwrap(shelf.scope(mark))
        #expect(other.path == nil)

        shelf.update(place, facts: facts, isDoubtful: false, rules: FunctionRules())
        isCurrent = shelf.isCurrent(mark, settings: 4)
        #expect(isCurrent, "nothing is new")
        shelf.update(place, facts: facts, isDoubtful: true, rules: FunctionRules())
        isCurrent = shelf.isCurrent(mark, settings: 4)
        #expect(!isCurrent)
    }

    private func unwrap(_ scope: CatalogScope?) throws -> CatalogScope { try #require(scope) }

    @Test func placesAreUsedAgain() {
        var shelf = CatalogShelf()
        let first = shelf.add(user: "a", rules: FunctionRules())
        let second = shelf.add(user: "b", rules: FunctionRules())
        shelf.remove(first)
        shelf.remove(first)
        let third = shelf.add(user: "c", rules: FunctionRules())
        let fourth = shelf.add(user: "d", rules: FunctionRules())
        #expect(third == first && fourth == second + 1)
    }

    @Test func scopesAreBounded() {
        var shelf = CatalogShelf()
        let place = shelf.add(user: "a", rules: FunctionRules())
        shelf.update(
            place, facts: CatalogFacts(CatalogContents(), generation: 1), isDoubtful: false,
            rules: FunctionRules())
        var keys: Set<UInt64> = []
        var early = CatalogMark(place: place)
        shelf.renew(&early, .standard, settings: 1)
        for number in 0..<3_000 {
            var mark = CatalogMark(place: place)
            shelf.renew(
                &mark, .statement(Array("SET search_path TO t\(number)".utf8)), settings: 1)
            let scope = shelf.scope(mark)
            #expect(scope?.key == mark.key)
            keys.insert(mark.key)
        }
        #expect(keys.count == 3_000, "no key comes twice")
        let isCurrent = shelf.isCurrent(early, settings: 1)
        #expect(!isCurrent, "its scope is gone")
    }

    @Test func namesAreFoundAsPostgresSpellsThem() {
        var names = CatalogNames()
        let plain = names.intern("accounts")
        let mixed = names.intern("Accounts")
        let quoted = names.intern("a\"b")
        let long = names.intern(String(repeating: "x", count: 63))
        for number in 0..<500 { _ = names.intern("filler\(number)") }
        func find(_ text: String, folding: Bool) -> Int {
            let bytes = Array(text.utf8)
            return names.find(bytes.span.bytes, 0, bytes.count, folding: folding)
        }
        #expect(find("ACCOUNTS", folding: true) == plain)
        #expect(find("Accounts", folding: false) == mixed)
        #expect(find("a\"\"b", folding: false) == quoted)
        #expect(find(String(repeating: "X", count: 70), folding: true) == long)
        #expect(find("account", folding: true) == -1)
        #expect(find("filler499", folding: true) >= 0)
    }
}
