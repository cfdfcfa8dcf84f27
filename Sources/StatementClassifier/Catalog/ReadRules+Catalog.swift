/// What the catalog says of the names in a statement.
extension StatementReader {
    /// The number that the facts have for the name at `index`; -1: they know none of that name.
    private func number(_ index: Int, _ facts: CatalogFacts) -> Int {
        let (offset, length) = nameBytes(index)
        return facts.names.find(text, offset, length, folding: tokens[index].kind == .word)
    }

    /// The schema that the dotted name from `first` to `index` is in; -1: it names none. nil: one
    /// that the facts do not know.
    private func qualifier(_ first: Int, _ index: Int, _ facts: CatalogFacts) -> Int32? {
        guard first < index else { return -1 }
        let schema = facts.schema(number(index - 2, facts))
        return schema < 0 ? nil : schema
    }

    /// Takes a ruling over. `otherwise` is the reason where nothing is known.
    func apply(
        _ ruling: CatalogRuling, or otherwise: VerdictReason, _ first: Int, _ last: Int,
        _ findings: inout Findings
    ) {
        switch ruling {
        case .nothing: findings.require(otherwise, first, last)
        case .harmless: break
        case .tainted(let reason, let object):
            findings.require(reason, first, last, object: object)
        }
    }

    // MARK: Calls

    /// A call of the name at `index`, which starts at `first`, is looked up. False: PostgreSQL's
    /// own functions of that name decide, or nothing is known.
    func examineKnownCall(
        _ index: Int, _ first: Int, _ known: KnownName?, _ scope: CatalogScope,
        _ findings: inout Findings
    ) -> Bool {
        if !scope.rules.isEmpty,
            examineByRules(index, first, known, scope.rules, &findings)
        {
            return true
        }
        guard let facts = scope.facts else { return false }
        let isOwn = first < index && isOwnSchema(first, index)
        if isOwn, known != nil { return false }
        guard let schema = qualifier(first, index, facts) else { return false }
        let ruling = scope.call(
            number(index, facts), schema: schema, arguments: argumentCount(index + 1))
        switch ruling {
        case .nothing: return false
        case .tainted(let reason, let object):
            findings.require(reason, first, index, object: object)
            return true
        case .harmless where scope.isDoubtful:
            findings.require(.catalogInDoubt, first, index)
            return true
        case .harmless:
            // It may ask for the time, too.
            findings.readsClock = true
            return known == nil || schema >= 0
        }
    }

    /// What the operator says of a function. False: nothing.
    private func examineByRules(
        _ index: Int, _ first: Int, _ known: KnownName?, _ rules: FunctionRules,
        _ findings: inout Findings
    ) -> Bool {
        let isQualified = first < index
        switch rules.word(on: spelling(index), schema: isQualified ? spelling(index - 2) : nil) {
        case nil: return false
        case .write:
            findings.require(.declaredWrite, first, index)
            return true
        case .readOnly:
            findings.readsClock = true
            // What is known of PostgreSQL's own is not for the operator to say.
            return known?.reason == nil || isQualified && !isOwnSchema(first, index)
        }
    }

    /// The name at `index` as the catalog spells it.
    private func spelling(_ index: Int) -> String {
        let (offset, length) = nameBytes(index)
        let isWord = tokens[index].kind == .word
        let bytes = (offset..<(offset + length)).map {
            isWord ? RawSpan.lowercased(text.byte($0)) : text.byte($0)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// How many arguments the call has whose parenthesis is at `open`.
    func argumentCount(_ open: Int) -> Int {
        let close = partner(open)
        guard close > open + 1 else { return 0 }
        if close == open + 2, isStar(open + 1) { return 0 }
        var count = 1
        var brackets = 0
        var index = open + 1
        while index < close {
            switch kind(index) {
            case .openBracket: brackets += 1
            case .closeBracket: brackets -= 1
            case .comma: if brackets == 0 { count += 1 }
            // What an aggregate is ordered by is no argument of it.
            case .word: if keyword(index) == .order, keyword(index + 1) == .by { return count }
            case .open, .close, .quotedName, .unicodeName, .literal, .parameter, .semicolon, .dot,
                .dotDot, .colon, .typecast, .assign, .arrow, .ownOperator, .foreignOperator:
                break
            }
            index = after(index)
        }
        return count
    }

    private func isStar(_ index: Int) -> Bool {
        kind(index) == .ownOperator && tokens[index].length == 1
            && text.byte(Int(tokens[index].offset)) == UInt8(ascii: "*")
    }

    // MARK: Operators

    /// An operator that is not written with a schema.
    func examineOperatorName(_ index: Int, _ findings: inout Findings) {
        let isForeign = kind(index) == .foreignOperator
        if !isForeign, isStar(index), standsForColumns(index) { return }
        let ruling = operation(index, schema: -1)
        if case .harmless = ruling, isForeign, scope?.isDoubtful ?? false {
            return findings.require(.catalogInDoubt, index)
        }
        if !isForeign, ruling == .nothing { return }
        apply(ruling, or: .foreignOperator, index, index, &findings)
    }

    /// Whether the `*` at `index` is that of `SELECT *`, `t.*` or `count(*)`: as an operator it has
    /// something on its left.
    private func standsForColumns(_ index: Int) -> Bool {
        guard index > start else { return false }
        switch kind(index - 1) {
        case .open, .comma, .dot: return true
        case .word:
            switch keyword(index - 1) {
            case .select, .all, .distinct, .returning: return true
            default: return false
            }
        default: return false
        }
    }

    private func operation(_ index: Int, schema: Int32) -> CatalogRuling {
        guard let scope, let facts = scope.facts else { return .nothing }
        let token = tokens[index]
        let number = facts.names.find(text, Int(token.offset), token.length, folding: false)
        return scope.operation(number, schema: schema)
    }

    /// What `OPERATOR(schema.name)` at `index` means; nil: it is not one of a schema that is known,
    /// or one of PostgreSQL's own.
    func qualifiedOperator(_ index: Int) -> CatalogRuling? {
        guard let facts = scope?.facts, meaning(index + 2) != .pgCatalog,
            kind(index + 3) == .dot, partner(index + 1) == index + 5
        else { return nil }
        let schema = facts.schema(number(index + 2, facts))
        return schema < 0 ? nil : operation(index + 4, schema: schema)
    }

    // MARK: Names that are no calls

    /// A name that may be that of a relation or a type, or call a function after a dot.
    /// - Parameter enclosing: the index of the `(` around it; -1 at the top.
    @inline(__always)
    func examineCatalogName(_ index: Int, _ enclosing: Int, _ findings: inout Findings) {
        let (offset, length) = nameBytes(index)
        guard length > 0, let facts = scope?.facts,
            facts.mayMatter(text.byte(offset), length: length)
        else { return }
        examineWatchedName(index, enclosing, facts, &findings)
    }

    private func examineWatchedName(
        _ index: Int, _ enclosing: Int, _ facts: CatalogFacts, _ findings: inout Findings
    ) {
        guard let scope, kind(index + 1) != .dot || !isName(index + 2) else { return }
        let name = number(index, facts)
        guard name >= 0 else { return }
        let first = startOfName(index)
        if let schema = qualifier(first, index, facts) {
            if namesRelation(first, enclosing) {
                take(scope.named(name, .relation, schema: schema), first, index, &findings)
            }
            if namesType(first, index, enclosing) {
                take(scope.named(name, .type, schema: schema), first, index, &findings)
            }
        }
        guard kind(index - 1) == .dot, kind(index + 1) != .open else { return }
        let ofRow = isName(index - 2)
        take(scope.attribute(name, ofRow: ofRow), first, index, &findings)
    }

    private func take(
        _ ruling: CatalogRuling, _ first: Int, _ last: Int, _ findings: inout Findings
    ) {
        if case .tainted(let reason, let object) = ruling {
            findings.require(reason, first, last, object: object)
        }
    }

    /// Whether the name that starts at `first` stands where a relation may. True when in doubt.
    private func namesRelation(_ first: Int, _ enclosing: Int) -> Bool {
        guard first > start else { return true }
        switch keyword(first - 1) {
        case .from, .join, .table, .only, .copy, .binary: return true
        default: break
        }
        switch kind(first - 1) {
        case .comma: return isInFromList(first - 1)
        case .open: return namesRelation(first - 1, outer(first - 1))
        default: return false
        }
    }

    /// Whether the comma at `index` separates the relations of a FROM clause.
    private func isInFromList(_ index: Int) -> Bool {
        var at = index - 1
        while at >= start {
            switch kind(at) {
            case .close: at = partner(at)
            case .open: return false
            case .word:
                switch keyword(at) {
                case .from: return true
                case .select, .where, .group, .order, .having, .window, .returning, .values,
                    .limit, .offset, .fetch, .for, .by, .partition, .with, .set:
                    return false
                default: break
                }
            default: break
            }
            at -= 1
        }
        return true
    }

    /// Whether the name from `first` to `index` stands where a type may: behind `::`, in CAST(...
    /// AS type), before a string, in a list of columns with their types.
    private func namesType(_ first: Int, _ index: Int, _ enclosing: Int) -> Bool {
        if kind(first - 1) == .typecast { return true }
        if kind(index + 1) == .literal { return true }
        if keyword(first - 1) == .returning { return true }
        guard enclosing >= start else { return false }
        if keyword(first - 1) == .as { return isCast(enclosing) }
        guard isName(first - 1), !startsQuery(enclosing + 1) else { return false }
        return kind(first - 2) == .open || kind(first - 2) == .comma
    }

    private func isCast(_ open: Int) -> Bool {
        spells("cast", open - 1) || spells("xmlserialize", open - 1) || spells("treat", open - 1)
    }
}
