import Vocabulary

/// Which objects of a catalog reach something that a replica must not run, and by which way.
///
/// Invariant: an object that is tainted has either an end, which says what is wrong with it, or a
/// way to another that is.
struct CatalogGraph {
    typealias Node = CatalogContents.Node

    /// Why an object is not for a replica.
    struct Taint {
        var reason: VerdictReason
        /// What it reaches, the next on the way; nil: it is the end of it.
        var via: Node?
        /// What is wrong with it, after its name: `is volatile`.
        var end: String
    }

    private(set) var taints: [Node: Taint] = [:]
    private var dependents: [Node: [Node]] = [:]
    private var queue: [Node] = []

    init(_ contents: CatalogContents, rules: FunctionRules) {
        let ownNamed = Set(
            contents.operators.filter { OwnOperators.contains($0.name) }.map(\.oid))
        for edge in contents.edges {
            // An operator of a name of its own is judged wherever its name stands.
            if edge.from.kind == .value, edge.to.kind == .operator, !ownNamed.contains(edge.to.oid)
            {
                continue
            }
            dependents[edge.to, default: []].append(edge.from)
        }
        addFunctions(contents, rules)
        addBuiltins(contents)
        addRelations(contents)
        spread()
    }

    /// Why this object is not for a replica; nil: it is.
    func taint(of kind: Node.Kind, _ oid: UInt32) -> Taint? { taints[Node(kind, oid)] }

    // MARK: Ends

    private mutating func addFunctions(_ contents: CatalogContents, _ rules: FunctionRules) {
        let schemas = Dictionary(
            contents.schemas.map { ($0.oid, $0.name) }, uniquingKeysWith: { first, _ in first })
        for function in contents.functions {
            let node = Node(.function, function.oid)
            switch rules.isEmpty
                ? nil : rules.word(on: function.name, schema: schemas[function.schema])
            {
            case .write: end(node, .declaredWrite, "writes, says the configuration")
            case .readOnly: exempt.insert(node)
            case nil: if function.isVolatile { end(node, .declaredVolatile, "is volatile") }
            }
        }
    }

    /// Functions that the operator vouches for, with all that they use.
    private var exempt: Set<Node> = []

    private mutating func addBuiltins(_ contents: CatalogContents) {
        for (node, name) in contents.builtinNames {
            let known = KnownNameTable.shared.find(name)
            switch node.kind {
            case .function:
                if known?.reason != nil || known == nil {
                    end(node, known?.reason ?? .volatileFunction, "acts on the server")
                }
            case .relation:
                if known?.reason != nil || name.hasPrefix("pg_stat") {
                    end(node, .nodeView, "speaks of one server")
                }
            case .operator, .storage, .conversion, .value: break
            }
        }
        for mention in contents.mentions {
            guard let reason = KnownNameTable.shared.find(mention.name)?.reason else { continue }
            end(mention.from, reason, "uses \(mention.name)()")
        }
        for oid in contents.lockingViews {
            end(Node(.relation, oid), .locksRows, "locks the rows that it reads")
        }
    }

    private mutating func addRelations(_ contents: CatalogContents) {
        for relation in contents.relations {
            switch relation.kind {
            case .foreign:
                end(Node(.storage, relation.oid), .foreignTable, "is a foreign table")
            case .sequence:
                end(Node(.relation, relation.oid), .readsSequence, "is exact on the primary only")
            case .table, .view:
                guard relation.isUnlogged else { continue }
                end(Node(.storage, relation.oid), .unloggedTable, "is unlogged")
            }
        }
    }

    private mutating func end(_ node: Node, _ reason: VerdictReason, _ text: String) {
        guard taints[node] == nil, !exempt.contains(node) else { return }
        taints[node] = Taint(reason: reason, via: nil, end: text)
        queue.append(node)
    }

    // MARK: Ways

    /// From the ends back to all that reaches them, shortest ways first.
    private mutating func spread() {
        var next = 0
        while next < queue.count {
            let node = queue[next]
            next += 1
            guard let taint = taints[node] else { continue }
            for dependent in dependents[node] ?? [] { reach(dependent, node, taint) }
            if node.kind == .storage { pass(to: Node(.relation, node.oid), taint) }
        }
    }

    private mutating func reach(_ node: Node, _ via: Node, _ taint: Taint) {
        guard taints[node] == nil, !exempt.contains(node) else { return }
        taints[node] = Taint(reason: Self.reason(beyond: taint.reason), via: via, end: "")
        queue.append(node)
    }

    /// The same object, seen as a whole.
    private mutating func pass(to node: Node, _ taint: Taint) {
        guard taints[node] == nil else { return }
        taints[node] = taint
        queue.append(node)
    }

    private static func reason(beyond reason: VerdictReason) -> VerdictReason {
        reason == .declaredVolatile || reason == .volatileFunction ? .reachesVolatile : reason
    }
}
