import StatementClassifier

/// Makes `CatalogContents` of what the catalogs answer.
struct CatalogReader {
    let session: CatalogSession
    /// Rows at the most.
    let largest: Int
    private(set) var contents = CatalogContents()

    init(session: CatalogSession, largest: Int) {
        self.session = session
        self.largest = largest
    }

    /// Asks for everything, one query after the other.
    mutating func readAll() throws(LibpqError) {
        try readPaths()
        try readNames()
        try readTypes()
        try readEdges()
        try readMentions()
        try readHolders()
    }

    // MARK: Parts

    private mutating func readPaths() throws(LibpqError) {
        // What the monitor's own role or this database begin with is not what others do.
        for row in try session.ask(CatalogQueries.paths) where row.count == 2 {
            contents.paths.server = row[1] == "t" ? nil : row[0]
        }
        for row in try session.ask(CatalogQueries.pathSettings) where row.count == 3 {
            guard let value = row[2] else { continue }
            contents.paths.settings.append(
                .init(user: row[0], isOfDatabase: row[1] == "t", value: value))
        }
    }

    private mutating func readNames() throws(LibpqError) {
        contents.schemas = try rows(CatalogQueries.schemas) { row in
            row.oid(0).map { .init(oid: $0, name: row.text(1)) }
        }
        contents.functions = try rows(CatalogQueries.functions) { row in
            guard let oid = row.oid(0), let schema = row.oid(1), let most = Int(row.text(5)),
                let fewest = Int(row.text(4)), fewest <= most
            else { return nil }
            return .init(
                oid: oid, schema: schema, name: row.text(2), isVolatile: row.flag(3),
                arguments: max(0, fewest)...most, takesRow: row.flag(6), signature: row.text(7))
        }
        for row in try session.ask(CatalogQueries.builtins) {
            let row = CatalogRow(row)
            contents.builtins[row.text(0)] = row.flag(1)
        }
        for row in try session.ask(CatalogQueries.builtinNames) {
            let row = CatalogRow(row)
            if let node = row.node(0) { contents.builtinNames[node] = row.text(2) }
        }
        contents.operators = try rows(CatalogQueries.operators) { row in
            guard let oid = row.oid(0), let schema = row.oid(1) else { return nil }
            return .init(
                oid: oid, schema: schema, name: row.text(2), hasUserOperand: row.flag(3),
                signature: row.text(4))
        }
    }

    /// Types, and the relations, of which some matter because of their columns' types.
    private mutating func readTypes() throws(LibpqError) {
        var telling: [UInt32] = []
        for row in try session.ask(CatalogQueries.tellingTypes) {
            let row = CatalogRow(row)
            guard let oid = row.oid(0), let schema = row.oid(1) else { continue }
            telling.append(oid)
            contents.types.append(
                .init(oid: oid, schema: schema, name: row.text(2), isDomain: row.flag(3)))
            for held in [row.oid(4), row.oid(5)] {
                guard let held, held != 0 else { continue }
                contents.edges.append(.init(.init(.value, oid), .init(.value, held)))
            }
        }
        let known = Set(telling)
        contents.types += try rows(CatalogQueries.types) { row in
            guard let oid = row.oid(0), let schema = row.oid(1), !known.contains(oid) else {
                return nil
            }
            return .init(oid: oid, schema: schema, name: row.text(2), isDomain: row.flag(3))
        }
        let list = Self.list(telling)
        contents.relations = try rows(CatalogQueries.relations, list) { row in
            guard let oid = row.oid(0), let schema = row.oid(1) else { return nil }
            let kind: CatalogContents.Relation.Kind =
                switch row.text(3) {
                case "v": .view
                case "f": .foreign
                case "S": .sequence
                default: .table
                }
            return .init(
                oid: oid, schema: schema, name: row.text(2), kind: kind, isUnlogged: row.flag(4))
        }
        if !telling.isEmpty { try readEdges(CatalogQueries.values, list) }
    }

    private mutating func readEdges() throws(LibpqError) { try readEdges(CatalogQueries.edges) }

    private mutating func readEdges(
        _ sql: String, _ parameters: String...
    ) throws(LibpqError) {
        for row in try session.ask(sql, parameters) {
            let row = CatalogRow(row)
            guard let from = row.node(0), let to = row.node(2) else { continue }
            contents.edges.append(.init(from, to))
        }
        try checkSize()
    }

    /// What stored expressions use of PostgreSQL's own.
    private mutating func readMentions() throws(LibpqError) {
        let names = "{" + KnownName.telling.joined(separator: ",") + "}"
        var readers: [UInt32] = []
        for row in try session.ask(CatalogQueries.mentions, [names]) {
            let row = CatalogRow(row)
            guard let node = row.node(0) else { continue }
            contents.mentions.append(.init(node, row.text(2)))
            if row.text(2) == Self.readsSetting, node.kind == .relation { readers.append(node.oid) }
        }
        for row in try session.ask(CatalogQueries.lockingViews) {
            if let oid = CatalogRow(row).oid(0) { contents.lockingViews.append(oid) }
        }
        if !readers.isEmpty { try spareHarmlessReaders(readers) }
    }

    private static let readsSetting = "current_setting"

    /// Views and policies that only read settings which the session takes along are harmless.
    private mutating func spareHarmlessReaders(_ readers: [UInt32]) throws(LibpqError) {
        var harmless = Set(readers)
        var classifier = Classifier(seed: 1, cachedVerdicts: 0)
        let trusting = CatalogScope(
            facts: nil, user: nil, path: nil, rules: FunctionRules(readOnly: [.all]), key: 1)
        for row in try session.ask(CatalogQueries.texts, [Self.list(readers)]) {
            let row = CatalogRow(row)
            guard let oid = row.oid(1) else { continue }
            let text = Array(row.text(2).utf8)
            let verdict = text.withUnsafeBytes {
                classifier.classify($0.bytes, in: trusting)
            }
            if verdict.route == .primary { harmless.remove(oid) }
        }
        contents.mentions.removeAll {
            $0.name == Self.readsSetting && $0.from.kind == .relation
                && harmless.contains($0.from.oid)
        }
    }

    /// What holds types that values must not be made of on a replica.
    private mutating func readHolders() throws(LibpqError) {
        let tainted = CatalogFacts(contents, generation: 0).taintedTypes
        guard !tainted.isEmpty else { return }
        var known = Set(contents.types.map(\.oid))
        for row in try session.ask(CatalogQueries.holders, [Self.list(tainted)]) {
            let row = CatalogRow(row)
            guard let from = row.node(0), let held = row.oid(5) else { continue }
            contents.edges.append(.init(from, .init(.conversion, held)))
            guard from.kind == .conversion, let schema = row.oid(2),
                known.insert(from.oid).inserted
            else { continue }
            contents.types.append(
                .init(oid: from.oid, schema: schema, name: row.text(3), isDomain: row.flag(4)))
        }
        try checkSize()
    }

    // MARK: Rows

    private func rows<Value>(
        _ sql: String, _ parameters: String..., read: (CatalogRow) -> Value?
    ) throws(LibpqError) -> [Value] {
        let values = try session.ask(sql, parameters).compactMap { read(CatalogRow($0)) }
        try checkSize(values.count)
        return values
    }

    private func checkSize(_ more: Int = 0) throws(LibpqError) {
        guard contents.count + more > largest else { return }
        throw LibpqError(
            .query, "\(CatalogProbe.tooLarge): more than \(largest) rows, so no facts are kept")
    }

    private static func list(_ numbers: [UInt32]) -> String {
        "{" + numbers.map(String.init).joined(separator: ",") + "}"
    }
}

/// A row of an answer in text form.
struct CatalogRow {
    private let values: [String?]

    init(_ values: [String?]) { self.values = values }

    func text(_ index: Int) -> String {
        values.indices.contains(index) ? values[index] ?? "" : ""
    }

    func flag(_ index: Int) -> Bool { text(index) == "t" }

    func oid(_ index: Int) -> UInt32? { UInt32(text(index)) }

    /// A kind's letter and a number.
    func node(_ index: Int) -> CatalogContents.Node? {
        guard let oid = oid(index + 1) else { return nil }
        let kind: CatalogContents.Node.Kind
        switch text(index) {
        case "p": kind = .function
        case "o": kind = .operator
        case "c": kind = .relation
        case "s": kind = .storage
        case "t": kind = .conversion
        case "u": kind = .value
        case _: return nil
        }
        return .init(kind, oid)
    }
}
