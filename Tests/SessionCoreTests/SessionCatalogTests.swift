import PostgresWire
import Routing
import StatementClassifier
import Testing
import WireFixtures

@testable import SessionCore

/// Sessions judge by what is known of their database at that moment.
@Suite("Session: catalog facts")
struct SessionCatalogTests {
    private let texts = SharedTexts()
    private let place: Int32

    init() { place = texts.memory.catalogs.add(user: "app", rules: FunctionRules()) }

    /// A database with one function, in one of two schemas.
    private func know(isVolatile: Bool, generation: UInt64) {
        var contents = CatalogContents()
        contents.schemas = [
            .init(oid: 11, name: "pg_catalog"), .init(oid: 20, name: "app"),
            .init(oid: 21, name: "other"),
        ]
        contents.functions = [
            .init(oid: 30, schema: 20, name: "f", isVolatile: isVolatile, arguments: 0...0),
            .init(oid: 31, schema: 21, name: "f", isVolatile: true, arguments: 0...0),
        ]
        contents.paths.server = "app"
        texts.memory.catalogs.update(
            place, facts: CatalogFacts(contents, generation: generation), isDoubtful: false,
            rules: FunctionRules())
    }

    private func makeStage() -> SessionStage {
        let stage = SessionStage(texts: texts)
        stage.session.judges(by: place)
        return stage
    }

    /// The route of one query; the server answers it.
    private func run(_ stage: SessionStage, _ text: String) -> RouteNeed? {
        stage.client { query(text) }
        let need = stage.needs.last
        stage.grant(need == .read ? .replica : .primary)
        stage.server {
            commandComplete("SELECT 1")
            readyForQuery()
        }
        return need
    }

    /// The route of a Bind of what was prepared before.
    private func runPrepared(_ stage: SessionStage, _ name: String) -> RouteNeed? {
        stage.client {
            bind(name)
            execute()
            sync()
        }
        let need = stage.needs.last
        stage.grant(need == .read ? .replica : .primary, holding: stage.contents)
        let parses = stage.serverSees().filter { $0.hasPrefix("Parse") }.count
        stage.server {
            for _ in 0..<parses { parseComplete() }
            bindComplete()
            commandComplete("SELECT 1")
            readyForQuery()
        }
        return need
    }

    @Test("what becomes known counts for the next statement")
    func queries() {
        let stage = makeStage()
        #expect(run(stage, "select f()") == .primary)
        know(isVolatile: false, generation: 1)
        #expect(run(stage, "select f()") == .read)
        know(isVolatile: true, generation: 2)
        #expect(run(stage, "select f()") == .primary)
    }

    @Test("a prepared statement is judged again with the next Bind")
    func prepared() {
        know(isVolatile: false, generation: 1)
        let stage = makeStage()
        stage.client {
            parse("s", "select f()")
            sync()
        }
        #expect(stage.needs == [.read])
        stage.grant(.replica)
        stage.server {
            parseComplete()
            readyForQuery()
        }
        _ = stage.serverSees()
        #expect(runPrepared(stage, "s") == .read)
        know(isVolatile: true, generation: 2)
        #expect(runPrepared(stage, "s") == .primary)
        know(isVolatile: false, generation: 3)
        #expect(runPrepared(stage, "s") == .read)
    }

    @Test("the unnamed statement is judged again, too")
    func unnamed() {
        know(isVolatile: false, generation: 1)
        let stage = makeStage()
        stage.client {
            parse("", "select f()")
            bind()
            execute()
            sync()
        }
        #expect(stage.needs == [.read])
        stage.grant(.replica)
        stage.server {
            parseComplete()
            bindComplete()
            commandComplete("SELECT 1")
            readyForQuery()
        }
        _ = stage.serverSees()
        know(isVolatile: true, generation: 2)
        #expect(runPrepared(stage, "") == .primary)
    }

    @Test("names are looked up by the session's own path")
    func paths() {
        know(isVolatile: false, generation: 1)
        let stage = makeStage()
        #expect(run(stage, "select f()") == .read)
        stage.client { query("set search_path to other") }
        stage.grant(.primary)
        stage.server {
            commandComplete("SET")
            readyForQuery()
        }
        #expect(run(stage, "select f()") == .primary)
        let other = makeStage()
        #expect(run(other, "select f()") == .read)
    }

    private func changed(_ stage: SessionStage) -> Bool { stage.session.takeCatalogChange() }

    @Test("a schema change is told of once it is over")
    func changes() {
        let stage = makeStage()
        #expect(!changed(stage))
        _ = run(stage, "insert into t values (1)")
        #expect(!changed(stage))
        stage.client { query("begin") }
        stage.client { query("create view v as select 1") }
        stage.grant(.primary)
        stage.server {
            commandComplete("BEGIN")
            readyForQuery(.inTransaction)
            commandComplete("CREATE VIEW")
            readyForQuery(.inTransaction)
        }
        #expect(!changed(stage))
        stage.client { query("commit") }
        stage.server {
            commandComplete("COMMIT")
            readyForQuery()
        }
        #expect(changed(stage))
        #expect(!changed(stage))
        _ = run(stage, "create index on t (id)")
        #expect(!changed(stage))
        _ = run(stage, "do 'begin alter table t add x int; end'")
        #expect(changed(stage))
    }

    @Test("a READ ONLY transaction does not ask a replica for rows that it lacks")
    func readOnlyBlocks() {
        var contents = CatalogContents()
        contents.schemas = [.init(oid: 20, name: "app")]
        contents.relations = [
            .init(oid: 30, schema: 20, name: "scratch", kind: .table, isUnlogged: true)
        ]
        contents.paths.server = "app"
        texts.memory.catalogs.update(
            place, facts: CatalogFacts(contents, generation: 1), isDoubtful: false,
            rules: FunctionRules())
        for (text, need) in [("select 1", RouteNeed.read), ("table scratch", .primary)] {
            let stage = makeStage()
            stage.client {
                query("begin read only")
                query(text)
            }
            #expect(stage.needs == [need], "\(text)")
        }
    }
}
