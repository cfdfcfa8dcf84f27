import Vocabulary

/// Reads what a query string does to the settings of its session. Not for the data path: it reads
/// the text once more and allocates. Ask it where a verdict's effects speak of settings or roles.
package enum SettingStatement {
    /// The names of the proxy's own settings begin with it. Setting one is told as `.setConfig`.
    package static let ownPrefix = "switchyard."

    /// The first letter of the first word of a text, in lower case, comments left out.
    package static func firstLetter(of text: RawSpan) -> UInt8? {
        RoutingHint.firstByte(of: text).map(RawSpan.lowercased)
    }

    /// Whether the bytes of such a name are anywhere in the text, letter case aside.
    package static func mentionsOwn(_ text: RawSpan) -> Bool {
        guard text.byteCount <= Limits.classifiedTextBytes else { return false }
        let name: StaticString = "switchyard"
        var index = 0
        while index + name.utf8CodeUnitCount <= text.byteCount {
            if text.hasPrefix(name, at: index) { return true }
            index += 1
        }
        return false
    }

    /// The setting that a string consists of a SHOW of, in lower case; nil: it is anything else.
    package static func shown(in text: RawSpan) -> String? {
        guard text.byteCount <= Limits.nameBytes * 4 else { return nil }
        var tape = TokenTape()
        var lexer = Lexer(
            text: text, standardConformingStrings: true, keywords: KeywordTable.shared,
            fingerprint: Fingerprint(seed: 0))
        lexer.run(onto: &tape)
        guard lexer.fault == nil else { return nil }
        let tokens = tape.tokens.span
        var list = StatementList(tokens)
        guard let range = list.nextStatement(), list.nextStatement() == nil else { return nil }
        return StatementReader(
            text: text, tokens: tokens, names: KnownNameTable.shared, start: range.lowerBound,
            stop: range.upperBound
        ).shownSetting()
    }

    /// The changes that the string makes, in order; empty if it makes none. Nil if they cannot be
    /// told exactly: a value that is computed, a name in `U&""`, a DO block that mentions settings,
    /// transaction control among several statements, `SET ... FROM CURRENT`, the random seed.
    ///
    /// `SET TRANSACTION` and the settings of one transaction (`transaction_isolation` and kin) are
    /// no changes: the next transaction begins without them.
    /// - Parameters: as of `Classifier.classify`.
    package static func changes(
        in text: RawSpan, standardConformingStrings: Bool = true, isEncodingSafe: Bool = true
    ) -> [SettingChange]? {
        guard text.byteCount <= Limits.classifiedTextBytes else { return nil }
        if !isEncodingSafe, Classifier.holdsHighByte(text) { return nil }
        var tape = TokenTape()
        var lexer = Lexer(
            text: text, standardConformingStrings: standardConformingStrings,
            keywords: KeywordTable.shared, fingerprint: Fingerprint(seed: 0))
        lexer.run(onto: &tape)
        guard lexer.fault == nil else { return nil }
        return changes(text, tape.tokens.span)
    }

    private static func changes(_ text: RawSpan, _ tokens: Span<Token>) -> [SettingChange]? {
        var list = StatementList(tokens)
        var changes: [SettingChange] = []
        var count = 0
        var holdsTransaction = false
        while let range = list.nextStatement() {
            let reader = StatementReader(
                text: text, tokens: tokens, names: KnownNameTable.shared,
                start: range.lowerBound, stop: range.upperBound)
            let findings = reader.judge()
            guard let more = reader.settingChanges(findings) else { return nil }
            changes += more
            count += 1
            holdsTransaction = holdsTransaction || findings.transaction != .none
        }
        return count > 1 && holdsTransaction ? nil : changes
    }
}

/// One statement's changes.
extension StatementReader {
    private static let settingEffects: SessionEffects = [
        .setting, .role, .unexamined, .resetAll, .resetRole, .discardAll,
    ]

    /// What the statement changes; nil if it cannot be told.
    fileprivate func settingChanges(_ findings: Findings) -> [SettingChange]? {
        switch keyword(start) {
        case .set: return setChanges()
        case .reset: return resetChange(start + 1).map { $0 }
        case .discard where keyword(start + 1) == .all:
            return start + 2 == stop ? [.discardAll] : nil
        case .select:
            if let calls = setConfigCalls() { return calls }
            return findings.effects.isDisjoint(with: Self.settingEffects) ? [] : nil
        default: return findings.effects.isDisjoint(with: Self.settingEffects) ? [] : nil
        }
    }

    /// The bytes from the statement's first token to its last.
    func statementBytes() -> [UInt8] {
        let last = tokens[stop - 1]
        let end = Int(last.offset) + last.length
        return bytes(Int(tokens[start].offset), end)
    }

    /// The bytes of the text from `first` to before `end`.
    func bytes(_ first: Int, _ end: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(max(0, end - first))
        for offset in first..<max(first, end) { bytes.append(text.byte(offset)) }
        return bytes
    }
}
