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
        #expect(!shelf.isCurrent(mark, settings: 1))
        shelf.renew(&mark, .standard, settings: 1)
        #expect(shelf.isCurrent(mark, settings: 1) && shelf.scope(mark) == nil)
        #expect(shelf.key(mark) == 0)

        let facts = CatalogFacts(CatalogSample.contents, generation: 1)
        shelf.update(place, facts: facts, isDoubtful: false, rules: FunctionRules())
        #expect(!shelf.isCurrent(mark, settings: 1))
        shelf.renew(&mark, .standard, settings: 1)
        let standard = shelf.key(mark)
        #expect(standard != 0)
        #expect(try #require(shelf.scope(mark)).path?.count == 3, "alice, public, pg_catalog")

        shelf.renew(&mark, .statement(Array("SET search_path TO app".utf8)), settings: 2)
        #expect(shelf.key(mark) != standard && !shelf.isCurrent(mark, settings: 1))
        shelf.renew(&mark, .standard, settings: 3)
        #expect(shelf.key(mark) == standard, "the same path is the same scope")
        shelf.renew(&mark, .otherUser, settings: 4)
        #expect(try #require(shelf.scope(mark)).path == nil)

        shelf.update(place, facts: facts, isDoubtful: false, rules: FunctionRules())
        #expect(shelf.isCurrent(mark, settings: 4), "nothing is new")
        shelf.update(place, facts: facts, isDoubtful: true, rules: FunctionRules())
        #expect(!shelf.isCurrent(mark, settings: 4))
    }

    @Test func placesAreUsedAgain() {
        var shelf = CatalogShelf()
        let first = shelf.add(user: "a", rules: FunctionRules())
        let second = shelf.add(user: "b", rules: FunctionRules())
        shelf.remove(first)
        shelf.remove(first)
        #expect(shelf.add(user: "c", rules: FunctionRules()) == first)
        #expect(shelf.add(user: "d", rules: FunctionRules()) == second + 1)
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
            #expect(shelf.scope(mark)?.key == shelf.key(mark))
            keys.insert(shelf.key(mark))
        }
        #expect(keys.count == 3_000, "no key comes twice")
        #expect(!shelf.isCurrent(early, settings: 1), "its scope is gone")
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
