import Vocabulary

/// Judges query strings. Owns the verdict cache of one worker; not shared between loops.
///
/// What the text cannot tell, the catalog facts of a `CatalogScope` do: which functions are
/// volatile, which views, policies, domains, casts and operators reach such, which tables have no
/// rows on a replica. Without facts, functions and operators that are not PostgreSQL's own are for
/// the primary, and nothing is known of the rest.
package struct Classifier: ~Copyable {
    let seed: UInt64
    let keywords = KeywordTable.shared
    private let names = KnownNameTable.shared
    var tape = TokenTape()
    private var cache: VerdictCache

    /// - Parameter seed: random, drawn once per process by the caller, so that fingerprints cannot
    ///   be made to collide from outside.
    package init(seed: UInt64, cachedVerdicts: Int = Limits.cachedVerdicts) {
        self.seed = seed
        cache = VerdictCache(capacity: cachedVerdicts)
    }

    /// The verdict on `text`, a query string in the client's encoding without its closing zero
    /// byte. Never fails: what cannot be judged is `.primary` with a reason.
    /// - Parameter standardConformingStrings: the session's setting; when off, a plain '...' with
    ///   a backslash in it cannot be told from outside, and the verdict is `.primary`.
    /// - Parameter isEncodingSafe: false while `client_encoding` is one of SJIS, SHIFT_JIS_2004,
    ///   BIG5, GBK, UHC, GB18030 and JOHAB, whose characters may hold the bytes of quotes and
    ///   backslashes: then a text with a byte above 127 is `.primary`.
    /// - Parameter watchesClock: look for what depends on the beginning of the transaction.
    /// - Parameter scope: what is known of the session's database; nil: nothing.
    package mutating func classify(
        _ text: RawSpan, standardConformingStrings: Bool = true, isEncodingSafe: Bool = true,
        watchesClock: Bool = false, in scope: CatalogScope? = nil
    ) -> StatementVerdict {
        let verdict =
            switch examine(text, standardConformingStrings, isEncodingSafe, scope?.key ?? 0) {
            case .done(let verdict): verdict
            case .fresh(let fingerprint): judge(text, scope, fingerprint)
            }
        return completed(verdict, text, watchesClock: watchesClock)
    }

    /// The same, in the scope that a session's mark stands for. What is cached costs no look at it.
    package mutating func classify(
        _ text: RawSpan, standardConformingStrings: Bool, isEncodingSafe: Bool,
        watchesClock: Bool = false, in shelf: borrowing CatalogShelf, at mark: CatalogMark
    ) -> StatementVerdict {
        let verdict =
            switch examine(text, standardConformingStrings, isEncodingSafe, shelf.key(mark)) {
            case .done(let verdict): verdict
            case .fresh(let fingerprint): judge(text, shelf.scope(mark), fingerprint)
            }
        return completed(verdict, text, watchesClock: watchesClock)
    }

    /// What the tokens and the cache know of a text.
    private enum Examined {
        case done(StatementVerdict)
        /// It has to be judged.
        case fresh(UInt64)
    }

    private mutating func examine(
        _ text: RawSpan, _ standardConformingStrings: Bool, _ isEncodingSafe: Bool, _ key: UInt64
    ) -> Examined {
        guard text.byteCount <= Limits.classifiedTextBytes else {
            return .done(Self.unexamined(.tooLong))
        }
        if !isEncodingSafe, Self.holdsHighByte(text) {
            return .done(Self.unexamined(.unsafeEncoding))
        }
        tape.rewind()
        var lexer = Lexer(
            text: text, standardConformingStrings: standardConformingStrings, keywords: keywords,
            fingerprint: Fingerprint(seed: seed))
        lexer.run(onto: &tape)
        let fingerprint = lexer.fingerprint.value
        if let fault = lexer.fault {
            return .done(Self.verdict(fault, at: lexer.at, fingerprint))
        }
        // In another scope the same text is another statement.
        guard let known = cache.find(fingerprint ^ key) else { return .fresh(fingerprint) }
        return .done(verdict(known.findings, known.statementCount, fingerprint))
    }

    /// The verdict on the text that lies on the tape.
    private mutating func judge(
        _ text: RawSpan, _ scope: CatalogScope?, _ fingerprint: UInt64
    ) -> StatementVerdict {
        let (findings, count) = judge(text, scope)
        if !findings.dependsOnLiterals {
            cache.store(fingerprint ^ (scope?.key ?? 0), findings, statementCount: count)
        }
        return verdict(findings, count, fingerprint)
    }

    /// Adds what the fingerprint does not tell, which is never cached.
    private func completed(
        _ known: StatementVerdict, _ text: RawSpan, watchesClock: Bool
    ) -> StatementVerdict {
        var verdict = known
        if watchesClock && verdict.isTimeless {
            verdict.isTimeless = !holdsClockInput(text)
        } else {
            verdict.isTimeless = false
        }
        verdict.hint = RoutingHint.find(in: text)
        return verdict
    }

    /// Whether one of the constants on the tape may be input like 'now'.
    private func holdsClockInput(_ text: RawSpan) -> Bool {
        for token in tape.tokens where token.kind == .literal && token.literalKind != .number {
            let first = Int(token.offset)
            if ClockWords.areInput(in: text.extracting(first..<first + token.length)) {
                return true
            }
        }
        return false
    }

    /// The findings on all statements of the string together, and their number.
    private func judge(_ text: RawSpan, _ scope: CatalogScope?) -> (Findings, Int) {
        let tokens = tape.tokens.span
        var list = StatementList(tokens)
        guard let first = list.nextStatement() else { return (Findings(), 0) }
        var findings = reader(text, tokens, first, scope).judge()
        var count = 1
        while let next = list.nextStatement() {
            findings.add(reader(text, tokens, next, scope).judge())
            count += 1
        }
        if count > 1 { findings.finishSeveral() }
        return (findings, count)
    }

    @_lifetime(copy text, copy tokens)
    func reader(
        _ text: RawSpan, _ tokens: Span<Token>, _ range: Range<Int>, _ scope: CatalogScope?
    ) -> StatementReader {
        StatementReader(
            text: text, tokens: tokens, names: names, scope: scope, start: range.lowerBound,
            stop: range.upperBound)
    }

    private func verdict(
        _ findings: Findings, _ count: Int, _ fingerprint: UInt64
    ) -> StatementVerdict {
        var verdict = StatementVerdict(
            route: findings.isRead ? .replica : .primary,
            reason: count == 0 ? .emptyQuery : findings.reason, effects: findings.effects,
            transaction: findings.transaction, statementCount: count, fingerprint: fingerprint)
        verdict.decidingObject = findings.object
        verdict.isTimeless = !findings.readsClock
        verdict.callsDeclared = findings.callsDeclared
        verdict.isOnlyCaution = findings.yields
        if findings.firstToken >= 0, findings.firstToken < tape.count {
            let first = tape.tokens[findings.firstToken]
            let last = tape.tokens[min(findings.lastToken, tape.count - 1)]
            verdict.decidingOffset = Int(first.offset)
            verdict.decidingLength = Int(last.offset) + last.length - Int(first.offset)
        }
        return verdict
    }

    private static func verdict(
        _ fault: LexicalFault, at offset: Int, _ fingerprint: UInt64
    ) -> StatementVerdict {
        var verdict =
            switch fault {
            case .malformed: unexamined(.malformed)
            case .ambiguousQuoting: unexamined(.ambiguousQuoting)
            case .tooManyTokens: unexamined(.tooLong)
            }
        verdict.fingerprint = fingerprint
        verdict.decidingOffset = offset
        return verdict
    }

    /// A text that was not judged may have done anything to the session.
    private static func unexamined(_ reason: VerdictReason) -> StatementVerdict {
        StatementVerdict(route: .primary, reason: reason, effects: .unexamined)
    }

    /// Whether a byte of `text` is above 127.
    static func holdsHighByte(_ text: RawSpan) -> Bool {
        var index = 0
        while index < text.byteCount {
            if text.lane(index) & 0x8080_8080_8080_8080 != 0 { return true }
            index += 8
        }
        return false
    }
}
