@testable import StatementClassifier

/// A database as the catalog probe would find it, with something of every kind.
enum CatalogSample {
    private static let app: UInt32 = 100
    private static let open: UInt32 = 101
    private static let own: UInt32 = 11

    static var contents: CatalogContents {
        var contents = CatalogContents()
        contents.schemas = [
            .init(oid: own, name: "pg_catalog"), .init(oid: open, name: "public"),
            .init(oid: app, name: "app"), .init(oid: 102, name: "Mixed Case"),
            .init(oid: 103, name: "alice"),
        ]
        contents.functions = [
            function(1, app, "write_log", true, 1...1, "integer"),
            function(2, app, "total", false, 1...2, "integer, integer"),
            function(3, app, "total", true, 3...3, "integer, integer, integer"),
            function(4, app, "many", false, 1...255, "VARIADIC integer[]"),
            function(5, open, "lower", true, 1...1, "app.money"),
            function(6, 102, "Shout It", true, 0...0, ""),
            function(7, app, "of_row", true, 1...1, "app.users", takesRow: true),
            function(8, app, "of_text", true, 1...1, "text"),
            function(9, app, "checks", true, 1...1, "text"),
            function(10, app, "uses_default", false, 0...1, "integer"),
            function(11, 103, "greet", true, 0...0, ""),
            function(12, open, "greet", false, 0...0, ""),
            function(13, app, "sum_up", false, 1...1, "integer"),
        ]
        contents.operators = [
            operation(20, app, "@@@@", 1), operation(21, app, "<<>>", 2),
            operation(22, app, "+", 1, hasUserOperand: true), operation(23, 103, "*", 1),
        ]
        contents.relations = [
            relation(30, app, "v", .view), relation(31, app, "w", .view),
            relation(32, app, "plain_view", .view), relation(33, app, "scratch", isUnlogged: true),
            relation(34, open, "scratch"), relation(35, app, "far", .foreign),
            relation(36, app, "ids", .sequence), relation(37, app, "parent"),
            relation(38, app, "child", isUnlogged: true), relation(39, app, "secret"),
            relation(40, app, "activity", .view), relation(41, app, "locks", .view),
            relation(42, app, "prices"),
        ]
        contents.types = [
            .init(oid: 50, schema: app, name: "email", isDomain: true),
            .init(oid: 51, schema: app, name: "fine", isDomain: true),
        ]
        contents.builtinNames = [
            .init(.relation, 900): "pg_stat_activity", .init(.relation, 901): "pg_class",
        ]
        contents.edges = [
            edge(.relation, 30, .function, 1), edge(.relation, 31, .relation, 30),
            edge(.relation, 32, .function, 2), edge(.storage, 37, .storage, 38),
            edge(.relation, 39, .function, 9), edge(.conversion, 50, .function, 9),
            edge(.conversion, 51, .function, 2), edge(.relation, 40, .relation, 900),
            edge(.function, 10, .function, 1), edge(.operator, 20, .function, 1),
            edge(.operator, 21, .function, 2), edge(.operator, 22, .function, 1),
            edge(.operator, 23, .function, 1),
            edge(.value, 52, .operator, 22), edge(.relation, 42, .value, 52),
            edge(.value, 53, .operator, 20), edge(.relation, 32, .value, 53),
        ]
        contents.mentions = [.init(.init(.relation, 41), "pg_advisory_lock")]
        contents.builtins = [
            "some_new_builtin": false, "some_new_writer": true, "lower": false,
            "pg_some_new_state": false,
        ]
        contents.paths.server = "\"$user\", public"
        return contents
    }

    /// The sample as a session sees it.
    static func scope(
        path: String? = "app, public", user: String? = "alice", isDoubtful: Bool = false,
        rules: FunctionRules = FunctionRules()
    ) -> CatalogScope {
        CatalogScope(
            facts: CatalogFacts(contents, generation: 1, rules: rules), user: user, path: path,
            isDoubtful: isDoubtful, rules: rules, key: 0xABCD)
    }

    private static func function(
        _ oid: UInt32, _ schema: UInt32, _ name: String, _ isVolatile: Bool,
        _ arguments: ClosedRange<Int>, _ signature: String, takesRow: Bool = false
    ) -> CatalogContents.Function {
        .init(
            oid: oid, schema: schema, name: name, isVolatile: isVolatile, arguments: arguments,
            takesRow: takesRow, signature: signature)
    }

    private static func operation(
        _ oid: UInt32, _ schema: UInt32, _ name: String, _ function: UInt32,
        hasUserOperand: Bool = false
    ) -> CatalogContents.Operator {
        .init(
            oid: oid, schema: schema, name: name, hasUserOperand: hasUserOperand,
            signature: "integer, integer")
    }

    private static func relation(
        _ oid: UInt32, _ schema: UInt32, _ name: String,
        _ kind: CatalogContents.Relation.Kind = .table, isUnlogged: Bool = false
    ) -> CatalogContents.Relation {
        .init(oid: oid, schema: schema, name: name, kind: kind, isUnlogged: isUnlogged)
    }

    private static func edge(
        _ from: CatalogContents.Node.Kind, _ fromNumber: UInt32,
        _ to: CatalogContents.Node.Kind, _ toNumber: UInt32
    ) -> CatalogContents.Edge {
        .init(.init(from, fromNumber), .init(to, toNumber))
    }
}
