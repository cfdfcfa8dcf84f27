import Vocabulary

/// Catalog facts in the making.
struct CatalogDraft {
    private(set) var names = CatalogNames()
    private(set) var entries: ContiguousArray<CatalogEntry> = []
    private(set) var first: ContiguousArray<Int32> = []
    private(set) var schemas: ContiguousArray<Int32> = []
    private(set) var objects: ContiguousArray<CatalogObject> = []
    private(set) var watched = ContiguousArray<UInt64>(repeating: 0, count: 256)
    private(set) var watchesOwnOperators = false
    private(set) var hasWideNames = false
    private(set) var taintedCount = 0
    private(set) var taintedTypes: [UInt32] = []
    private(set) var pgCatalog: Int32 = -1
    let paths: DefaultPaths

    private let contents: CatalogContents
    private let graph: CatalogGraph
    /// By number of the schema in PostgreSQL.
    private var schemaNumbers: [UInt32: Int32] = [:]
    private var schemaNames: [UInt32: String] = [:]
    /// By what they are in the graph: index among `objects`.
    private var objectNumbers: [CatalogContents.Node: Int32] = [:]
    private var labels: [CatalogContents.Node: String] = [:]

    var knownCount: Int { entries.count }

    init(_ contents: CatalogContents, rules: FunctionRules) {
        self.contents = contents
        paths = contents.paths
        graph = CatalogGraph(contents, rules: rules)
        addSchemas()
        label()
        addFunctions()
        addBuiltins()
        addOperators()
        addRelations()
        addTypes()
        labels = [:]
    }

    // MARK: Parts

    private mutating func addSchemas() {
        for (index, schema) in contents.schemas.enumerated() {
            let number = Int32(truncatingIfNeeded: index)
            let name = self.name(schema.name)
            schemas[name] = number
            schemaNumbers[schema.oid] = number
            schemaNames[schema.oid] = schema.name
            if schema.name == "pg_catalog" { pgCatalog = number }
        }
    }

    private mutating func addFunctions() {
        for function in contents.functions {
            let node = CatalogContents.Node(.function, function.oid)
            add(
                function.name, .function, node, schema: function.schema,
                arguments: function.arguments, takesRow: function.takesRow)
            guard graph.taints[node] != nil, function.arguments.contains(1) else { continue }
            watch(function.name)
        }
    }

    /// PostgreSQL's own, as far as they are not on the lists of names. What begins with `pg_` tells
    /// of the server or the session as a rule, and each has its own.
    private mutating func addBuiltins() {
        for (name, isVolatile) in contents.builtins
        where !name.hasPrefix("pg_") && KnownNameTable.shared.find(name) == nil {
            let object = Int32(truncatingIfNeeded: objects.count)
            objects.append(
                CatalogObject(
                    label: "function pg_catalog.\(name)", end: isVolatile ? "is volatile" : "",
                    via: -1))
            append(
                name,
                CatalogEntry(
                    kind: .function, reason: isVolatile ? .volatileFunction : .plainRead,
                    fewest: 0, most: 255, takesRow: false, schema: pgCatalog, object: object))
        }
    }

    private mutating func addOperators() {
        for one in contents.operators {
            let isOwnNamed = OwnOperators.contains(one.name)
            // It cannot be called but with a value of its type, which is watched for.
            if isOwnNamed && one.hasUserOperand { continue }
            let node = CatalogContents.Node(.operator, one.oid)
            add(one.name, .operator, node, schema: one.schema)
            if isOwnNamed && graph.taints[node] != nil { watchesOwnOperators = true }
        }
    }

    private mutating func addRelations() {
        for relation in contents.relations {
            let node = CatalogContents.Node(.relation, relation.oid)
            add(relation.name, .relation, node, schema: relation.schema)
            if graph.taints[node] != nil { watch(relation.name) }
        }
    }

    private mutating func addTypes() {
        for type in contents.types {
            var node = CatalogContents.Node(.conversion, type.oid)
            if graph.taints[node] != nil {
                taintedTypes.append(type.oid)
            } else {
                // Who names it has values of it.
                node.kind = .value
            }
            guard graph.taints[node] != nil else { continue }
            add(type.name, .type, node, schema: type.schema)
            watch(type.name)
        }
    }

    // MARK: Entries

    private mutating func add(
        _ name: String, _ kind: CatalogEntry.Kind, _ node: CatalogContents.Node, schema: UInt32,
        arguments: ClosedRange<Int> = 0...255, takesRow: Bool = false
    ) {
        guard let number = schemaNumbers[schema] else { return }
        append(
            name,
            CatalogEntry(
                kind: kind, reason: graph.taints[node]?.reason ?? .plainRead,
                fewest: UInt8(clamping: arguments.lowerBound),
                most: UInt8(clamping: arguments.upperBound), takesRow: takesRow,
                schema: number, object: object(node)))
    }

    private mutating func append(_ name: String, _ entry: CatalogEntry) {
        let wide = name.utf8.contains { $0 >= 0x80 }
        let name = self.name(name)
        var entry = entry
        entry.next = first[name]
        if !entry.isHarmless {
            taintedCount += 1
            if wide { hasWideNames = true }
        }
        first[name] = Int32(truncatingIfNeeded: entries.count)
        entries.append(entry)
    }

    private mutating func name(_ text: String) -> Int {
        let number = names.intern(text)
        if number == first.count {
            first.append(-1)
            schemas.append(-1)
        }
        return number
    }

    /// This name matters wherever it stands.
    private mutating func watch(_ name: String) {
        guard let byte = name.utf8.first else { return }
        // Where it is quoted, its quotes may be doubled; then any length will do.
        let bits: UInt64 =
            name.utf8.contains(UInt8(ascii: "\"")) ? .max : 1 << UInt64(min(name.utf8.count, 63))
        watched[Int(RawSpan.lowercased(byte))] |= bits
    }

    // MARK: In words

    private mutating func label() {
        func qualified(_ schema: UInt32, _ name: String) -> String {
            "\(schemaNames[schema] ?? "?").\(name)"
        }
        for one in contents.functions {
            labels[.init(.function, one.oid)] =
                "function \(qualified(one.schema, one.name))(\(one.signature))"
        }
        for one in contents.operators {
            labels[.init(.operator, one.oid)] =
                "operator \(qualified(one.schema, one.name)) (\(one.signature))"
        }
        for one in contents.relations {
            let label = "\(one.kind.word) \(qualified(one.schema, one.name))"
            labels[.init(.relation, one.oid)] = label
            labels[.init(.storage, one.oid)] = label
        }
        for one in contents.types {
            let label = "\(one.isDomain ? "domain" : "type") \(qualified(one.schema, one.name))"
            labels[.init(.conversion, one.oid)] = label
            labels[.init(.value, one.oid)] = label
        }
        for (node, name) in contents.builtinNames {
            labels[node] = "\(node.kind == .relation ? "view" : "function") pg_catalog.\(name)"
        }
    }

    /// The object of a node, and those on its way, each made once.
    private mutating func object(_ node: CatalogContents.Node) -> Int32 {
        if let known = objectNumbers[node] { return known }
        let taint = graph.taints[node]
        let via = taint?.via.map { object($0) } ?? -1
        let number = Int32(truncatingIfNeeded: objects.count)
        objects.append(
            CatalogObject(
                label: labels[node] ?? "an object", end: taint?.end ?? "", via: via))
        objectNumbers[node] = number
        return number
    }
}

extension CatalogContents.Relation.Kind {
    /// As it is told to people.
    var word: String {
        switch self {
        case .table: "table"
        case .view: "view"
        case .foreign: "foreign table"
        case .sequence: "sequence"
        }
    }
}
