import Vocabulary

/// An object of the catalog that a statement may mean.
package struct CatalogMention: Sendable, Hashable {
    /// Such as `view app.v reaches function app.f(integer), which is volatile`, or the object alone
    /// where a replica may run it.
    package var text: String
    package var isForReplicas: Bool
    /// Where its name stands first, in bytes.
    package var offset: Int
}

extension Classifier {
    /// Everything in a text that the catalog facts know by name, in the order of the text, each
    /// once: more than decides, since a name may stand for a column or an alias.
    /// - Parameter limit: no more than so many.
    package mutating func objects(
        _ text: RawSpan, in scope: CatalogScope, limit: Int = 50
    ) -> [CatalogMention] {
        guard let facts = scope.facts else { return [] }
        _ = classify(text)
        let tokens = tape.tokens.span
        var seen: Set<Int32> = []
        var found: [CatalogMention] = []
        for index in tokens.indices where found.count < limit {
            let whole = reader(text, tokens, 0..<tokens.count, scope)
            for object in whole.objects(index) where seen.insert(object).inserted {
                guard let words = facts.explanation(of: object) else { continue }
                found.append(
                    CatalogMention(
                        text: words, isForReplicas: facts.isForReplicas(object),
                        offset: Int(tokens[index].offset)))
            }
        }
        return found
    }
}

extension CatalogFacts {
    /// Whether nothing is wrong with an object.
    func isForReplicas(_ object: Int32) -> Bool {
        let object = objects[Int(object)]
        return object.end.isEmpty && object.via < 0
    }
}

extension StatementReader {
    /// The objects that the name or operator at `index` may mean, of all kinds.
    func objects(_ index: Int) -> [Int32] {
        guard let scope, let facts = scope.facts else { return [] }
        let token = tokens[index]
        let isOperator = token.kind == .ownOperator || token.kind == .foreignOperator
        guard isOperator || token.isNameLike else { return [] }
        let (offset, length) = isOperator ? (Int(token.offset), token.length) : nameBytes(index)
        let name = facts.names.find(text, offset, length, folding: token.kind == .word)
        guard name >= 0 else { return [] }
        let arguments = kind(index + 1) == .open ? argumentCount(index + 1) : nil
        return scope.objects(name, arguments: arguments, isOperator: isOperator)
    }
}

extension CatalogScope {
    /// What a name may mean here.
    /// - Parameter arguments: of a call; nil: it is none.
    func objects(_ name: Int, arguments: Int?, isOperator: Bool) -> [Int32] {
        guard let facts else { return [] }
        var found: [Int32] = []
        var index = facts.firstEntry(name)
        while index >= 0 {
            let entry = facts.entry(index)
            let fits =
                switch entry.kind {
                case .operator: isOperator
                case .function: !isOperator && arguments.map(entry.accepts) ?? false
                case .relation, .type: !isOperator
                }
            if fits, path?.contains(entry.schema) ?? true { found.append(entry.object) }
            index = Int(entry.next)
        }
        return found
    }
}
