import Vocabulary

/// Judges query strings. Owns the verdict cache of one worker; not shared between loops.
///
/// What the text cannot tell, and what the verdict therefore says nothing about: triggers, rules,
/// views, policies, casts, domains and operators on a user's types that reach functions which
/// write; functions called as `row.function` without a parenthesis; a user's function that has the
/// name of one of PostgreSQL's and other argument types; unlogged tables.
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
    package mutating func classify(
        _ text: RawSpan, standardConformingStrings: Bool = true, isEncodingSafe: Bool = true,
        watchesClock: Bool = false
    ) -> StatementVerdict {
        guard text.byteCount <= Limits.classifiedTextBytes else { return Self.unexamined(.tooLong) }
        if !isEncodingSafe, Self.holdsHighByte(text) { return Self.unexamined(.unsafeEncoding) }
        tape.rewind()
        var lexer = Lexer(
            text: text, standardConformingStrings: standardConformingStrings, keywords: keywords,
            fingerprint: Fingerprint(seed: seed))
        lexer.run(onto: &tape)
        let fingerprint = lexer.fingerprint.value
        if let fault = lexer.fault { return Self.verdict(fault, at: lexer.at, fingerprint) }
        var verdict = judged(text, fingerprint)
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

    /// The verdict on the text whose tokens are on the tape, from the cache if it is there.
    private mutating func judged(_ text: RawSpan, _ fingerprint: UInt64) -> StatementVerdict {
        if let known = cache.find(fingerprint) {
            return verdict(known.findings, known.statementCount, fingerprint)
        }
        let (findings, count) = judge(text)
        if !findings.dependsOnLiterals {
            cache.store(fingerprint, findings, statementCount: count)
        }
        return verdict(findings, count, fingerprint)
    }

    /// The findings on all statements of the string together, and their number.
    private func judge(_ text: RawSpan) -> (Findings, Int) {
        let tokens = tape.tokens.span
        var list = StatementList(tokens)
        guard let first = list.nextStatement() else { return (Findings(), 0) }
        var findings = reader(text, tokens, first).judge()
        var count = 1
        while let next = list.nextStatement() {
            findings.add(reader(text, tokens, next).judge())
            count += 1
        }
        if count > 1 { findings.finishSeveral() }
        return (findings, count)
    }

    @_lifetime(copy text, copy tokens)
    private func reader(
        _ text: RawSpan, _ tokens: Span<Token>, _ range: Range<Int>
    ) -> StatementReader {
        StatementReader(
            text: text, tokens: tokens, names: names, start: range.lowerBound,
            stop: range.upperBound)
    }

    private func verdict(
        _ findings: Findings, _ count: Int, _ fingerprint: UInt64
    ) -> StatementVerdict {
        var verdict = StatementVerdict(
            route: findings.isRead ? .replica : .primary,
            reason: count == 0 ? .emptyQuery : findings.reason, effects: findings.effects,
            transaction: findings.transaction, statementCount: count, fingerprint: fingerprint)
        verdict.isTimeless = !findings.readsClock
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
