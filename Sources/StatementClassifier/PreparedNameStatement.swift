import Vocabulary

/// What a query string of one statement says of statements prepared in SQL. Names are as PostgreSQL
/// keeps them: in lower case unless quoted, cut after 63 bytes.
package enum PreparedNameStatement: Sendable, Hashable {
    /// PREPARE name ... AS.
    case prepare([UInt8])
    /// EXECUTE name, also under EXPLAIN and CREATE TABLE ... AS.
    case execute([UInt8])
    /// DEALLOCATE [PREPARE] name.
    case deallocate([UInt8])
    /// DEALLOCATE [PREPARE] ALL.
    case deallocateAll

    /// Reads a string; nil if it holds anything but one such statement, or a name whose bytes
    /// depend on the server's encoding. Not for the data path: ask where a verdict's effects speak
    /// of prepared names.
    /// - Parameter standardConformingStrings: as of `Classifier.classify`.
    package static func read(
        _ text: RawSpan, standardConformingStrings: Bool = true
    ) -> PreparedNameStatement? {
        StatementReader.readAlone(text, standardConformingStrings) { $0.preparedName() }
    }
}

extension StatementReader {
    /// Gives the statement of a string that holds exactly one to `body`; nil for any other string.
    static func readAlone<Result>(
        _ text: RawSpan, _ standardConformingStrings: Bool,
        _ body: (borrowing StatementReader) -> Result?
    ) -> Result? {
        guard text.byteCount <= Limits.classifiedTextBytes else { return nil }
        var tape = TokenTape()
        var lexer = Lexer(
            text: text, standardConformingStrings: standardConformingStrings,
            keywords: KeywordTable.shared, fingerprint: Fingerprint(seed: 0))
        lexer.run(onto: &tape)
        guard lexer.fault == nil else { return nil }
        let tokens = tape.tokens.span
        var list = StatementList(tokens)
        guard let range = list.nextStatement(), list.nextStatement() == nil else { return nil }
        let reader = StatementReader(
            text: text, tokens: tokens, names: KnownNameTable.shared, start: range.lowerBound,
            stop: range.upperBound)
        return body(reader)
    }

    /// What the statement says of a prepared name.
    fileprivate func preparedName() -> PreparedNameStatement? {
        switch keyword(start) {
        case .prepare:
            guard let name = identifier(start + 1) else { return nil }
            // PREPARE TRANSACTION 'x' is another thing.
            return keyword(start + 2) == .as || kind(start + 2) == .open ? .prepare(name) : nil
        case .deallocate:
            let first = keyword(start + 1) == .prepare && start + 2 < stop ? start + 2 : start + 1
            guard first + 1 == stop else { return nil }
            return keyword(first) == .all
                ? .deallocateAll : identifier(first).map { .deallocate($0) }
        case .execute, .explain, .create:
            return executeWord().flatMap { identifier($0 + 1) }.map { .execute($0) }
        default: return nil
        }
    }

    /// The index of the word EXECUTE where the grammar has it: first, after EXPLAIN and its
    /// options, or after the AS of CREATE TABLE.
    private func executeWord() -> Int? {
        var index = start
        if keyword(index) == .explain {
            index += 1
            if kind(index) == .open {
                index = partner(index) + 1
            } else {
                if keyword(index) == .analyze || keyword(index) == .analyse { index += 1 }
                if keyword(index) == .verbose { index += 1 }
            }
        }
        if keyword(index) == .create {
            repeat { index = after(index) } while index < stop && keyword(index) != .as
            index += 1
        }
        return keyword(index) == .execute ? index : nil
    }

    /// The name (`ColId` in src/backend/parser/gram.y) at `index` as PostgreSQL keeps it. Nil if
    /// there is none, if it is empty, or if its bytes depend on the encoding: capitals beyond
    /// ASCII, or a cut among them.
    func identifier(_ index: Int) -> [UInt8]? {
        guard isName(index) else { return nil }
        switch tokens[index].wordClass {
        case .reserved, .functionName: return nil
        case .name, .unreserved, .columnName: break
        }
        let (offset, length) = nameBytes(index)
        let isQuoted = kind(index) == .quotedName
        var name: [UInt8] = []
        var isASCII = true
        var next = offset
        while next < offset + length {
            let byte = text.byte(next)
            name.append(isQuoted ? byte : RawSpan.lowercased(byte))
            isASCII = isASCII && byte < 0x80
            // A doubled quote is one.
            next += isQuoted && byte == UInt8(ascii: "\"") ? 2 : 1
        }
        guard !name.isEmpty, isASCII || isQuoted && name.count < 64 else { return nil }
        return Array(name.prefix(63))
    }
}
