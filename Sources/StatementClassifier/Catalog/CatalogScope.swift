/// Catalog facts as one session sees them: which schemas its `search_path` names, and in which
/// order. Without facts, what is not PostgreSQL's own is unknown.
package final class CatalogScope: Sendable {
    /// nil: not loaded.
    package let facts: CatalogFacts?
    /// The schemas that are searched, in order, `pg_catalog` among them; nil: not surely known, so
    /// all of them count.
    let path: ContiguousArray<Int32>?
    /// The catalog has changed since the facts were loaded: functions may not be what they were.
    let isDoubtful: Bool
    let rules: FunctionRules
    /// Different for scopes in which the same text may get another verdict.
    let key: UInt64

    /// - Parameters:
    ///   - user: the current user, for `"$user"`; nil: not known.
    ///   - path: the session's `search_path`; nil: not known.
    ///   - key: of no other scope of this process that differs in anything.
    package init(
        facts: CatalogFacts?, user: String?, path: String?, isDoubtful: Bool = false,
        rules: FunctionRules = FunctionRules(), key: UInt64
    ) {
        self.facts = facts
        self.path = facts.flatMap { Self.resolve(path, user, $0) }
        self.isDoubtful = isDoubtful
        self.rules = rules
        self.key = key
    }

    private static func resolve(
        _ path: String?, _ user: String?, _ facts: CatalogFacts
    ) -> ContiguousArray<Int32>? {
        guard let path, let parsed = SearchPath(path) else { return nil }
        var schemas: ContiguousArray<Int32> = []
        for element in parsed.elements {
            let name: String
            switch element {
            case .schema(let text): name = text
            case .user:
                guard let user else { return nil }
                name = user
            }
            let number = facts.schema(named: name)
            // It may have been made since the facts were loaded.
            if number < 0, element != .user { return nil }
            if number >= 0, !schemas.contains(number) { schemas.append(number) }
        }
        if !schemas.contains(facts.pgCatalog) { schemas.insert(facts.pgCatalog, at: 0) }
        return schemas
    }

    // MARK: Questions

    /// What calling a function means.
    /// - Parameters:
    ///   - name: of the facts' names.
    ///   - schema: that the call names; -1: none.
    ///   - arguments: how many it has.
    func call(_ name: Int, schema: Int32, arguments: Int) -> CatalogRuling {
        var ruling = CatalogRuling.nothing
        each(name, .function, schema) { entry in
            if entry.accepts(arguments) { ruling = Self.worse(ruling, entry) }
        }
        return ruling
    }

    /// What `x.name` means, where `name` is no column of `x`.
    func attribute(_ name: Int, ofRow: Bool) -> CatalogRuling {
        var ruling = CatalogRuling.nothing
        each(name, .function, -1) { entry in
            if entry.accepts(1), !ofRow || entry.takesRow { ruling = Self.worse(ruling, entry) }
        }
        return ruling
    }

    /// What using an operator means.
    func operation(_ name: Int, schema: Int32) -> CatalogRuling {
        var ruling = CatalogRuling.nothing
        each(name, .operator, schema) { ruling = Self.worse(ruling, $0) }
        return ruling
    }

    /// What naming a relation or a type means: of several the first in the path counts.
    func named(_ name: Int, _ kind: CatalogEntry.Kind, schema: Int32) -> CatalogRuling {
        guard schema < 0, let path else {
            var ruling = CatalogRuling.nothing
            each(name, kind, schema) { ruling = Self.worse(ruling, $0) }
            return ruling
        }
        for candidate in path {
            var ruling = CatalogRuling.nothing
            each(name, kind, candidate) { ruling = Self.worse(ruling, $0) }
            if ruling != .nothing { return ruling }
        }
        return .nothing
    }

    /// Goes through what a name may mean here.
    private func each(
        _ name: Int, _ kind: CatalogEntry.Kind, _ schema: Int32, _ body: (CatalogEntry) -> Void
    ) {
        guard let facts else { return }
        var index = facts.firstEntry(name)
        while index >= 0 {
            let entry = facts.entry(index)
            if entry.kind == kind, sees(entry.schema, schema) { body(entry) }
            index = Int(entry.next)
        }
    }

    private func sees(_ schema: Int32, _ wanted: Int32) -> Bool {
        if wanted >= 0 { return schema == wanted }
        return path?.contains(schema) ?? true
    }

    private static func worse(_ ruling: CatalogRuling, _ entry: CatalogEntry) -> CatalogRuling {
        if case .tainted = ruling { return ruling }
        return entry.isHarmless ? .harmless : .tainted(entry.reason, object: entry.object)
    }
}

extension CatalogFacts {
    /// The schema of this name; -1: none.
    func schema(named name: String) -> Int32 {
        // As names stand in quotes.
        let bytes = Array(name.utf8).flatMap { $0 == UInt8(ascii: "\"") ? [$0, $0] : [$0] }
        return schema(names.find(bytes.span.bytes, 0, bytes.count, folding: false))
    }
}
