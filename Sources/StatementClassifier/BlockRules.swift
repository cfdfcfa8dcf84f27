/// DO: the block is a string in some language. It is not understood, only searched for words that
/// leave something behind in the session.
extension StatementReader {
    /// Judges a DO statement: always the primary, with the effects its words suggest.
    func judgeBlock(_ findings: inout Findings) {
        findings.require(.anonymousBlock, start)
        findings.dependsOnLiterals = true
        for index in start..<stop where kind(index) == .literal {
            let token = tokens[index]
            searchBlock(Int(token.offset), Int(token.offset) + token.length, &findings)
        }
    }

    /// Looks at each word between the bytes `first` and `last`.
    private func searchBlock(_ first: Int, _ last: Int, _ findings: inout Findings) {
        var index = first
        var mayStartStatement = true
        while index < last {
            let count = wordLength(index, last)
            if count == 0 {
                let byte = text.byte(index)
                if byte == UInt8(ascii: "\\") {
                    // An escape of one letter, white space mostly, in a string of dynamic SQL.
                    index += 1
                    mayStartStatement = true
                } else if byte > 0x20 {
                    mayStartStatement = Self.precedesStatement(byte)
                }
                index += 1
                continue
            }
            noteWord(index, count, mayStartStatement, &findings)
            mayStartStatement = isBlockWord(index, count)
            index += count
        }
    }

    private func wordLength(_ start: Int, _ last: Int) -> Int {
        var index = start
        while index < last {
            let byte = text.byte(index)
            guard (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_") else {
                break
            }
            index += 1
        }
        return index - start
    }

    /// A semicolon, a quote (of dynamic SQL), the `$` that opens the block, a parenthesis.
    private static func precedesStatement(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ";") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "$")
            || byte == UInt8(ascii: "(") || byte == UInt8(ascii: "\"")
    }

    /// Words of PL/pgSQL that a statement may follow.
    private func isBlockWord(_ start: Int, _ count: Int) -> Bool {
        holds("begin", start, count) || holds("then", start, count) || holds("else", start, count)
            || holds("loop", start, count) || holds("execute", start, count)
    }

    /// Of statements that change the schema, and of what may run any.
    private static let schemaWords: [StaticString] = ["create", "alter", "drop", "execute", "call"]

    private func holds(_ word: StaticString, _ start: Int, _ count: Int) -> Bool {
        count == word.utf8CodeUnitCount && text.hasPrefix(word, at: start)
    }

    private func noteWord(
        _ start: Int, _ count: Int, _ mayStartStatement: Bool, _ findings: inout Findings
    ) {
        if Self.schemaWords.contains(where: { holds($0, start, count) }) {
            findings.effects.insert(.changesCatalog)
        }
        if holds("temp", start, count) || holds("temporary", start, count)
            || holds("pg_temp", start, count)
        {
            findings.effects.insert(.temporaryObject)
        } else if holds("set_config", start, count) || holds("setseed", start, count) {
            findings.effects.insert(.setting)
        } else if holds("nextval", start, count) || holds("setval", start, count) {
            findings.effects.insert(.sequence)
        } else if holds("currval", start, count) || holds("lastval", start, count) {
            findings.effects.insert(.readsSequence)
        } else if holds("drop", start, count) || holds("close", start, count) {
            findings.effects.insert(.mayRelease)
        } else if holds("hold", start, count) {
            findings.effects.insert(.holdCursor)
        } else if text.hasPrefix("pg_advisory_unlock", at: start) {
            findings.effects.insert(.mayRelease)
        } else if text.hasPrefix("pg_advisory_lock", at: start)
            || text.hasPrefix("pg_try_advisory_lock", at: start)
        {
            findings.effects.insert(.advisoryLock)
        } else if mayStartStatement {
            noteFirstWord(start, count, &findings)
        }
    }

    /// A word that may be the first of a statement in the block.
    private func noteFirstWord(_ start: Int, _ count: Int, _ findings: inout Findings) {
        if holds("listen", start, count) { findings.effects.insert(.listen) }
        if holds("load", start, count) { findings.effects.insert(.load) }
        if holds("prepare", start, count) {
            findings.effects.formUnion([.sqlPrepared, .usesPreparedName])
        }
        if holds("unlisten", start, count) { findings.effects.insert(.mayRelease) }
        // EXECUTE of PL/pgSQL runs a string; one that is in a string itself runs what is prepared.
        let isDynamic = text.byte(start - 1) == UInt8(ascii: "'")
        if isDynamic && holds("execute", start, count) || holds("deallocate", start, count) {
            findings.effects.formUnion([.usesPreparedName, .mayRelease])
        }
        guard holds("set", start, count) || holds("reset", start, count) else { return }
        var next = start + count
        while text.byteOrZero(next) == 0x20 { next += 1 }
        if text.hasPrefix("role", at: next) || text.hasPrefix("session authorization", at: next) {
            findings.effects.formUnion([.role, .unexamined])
        } else if !text.hasPrefix("local ", at: next), !text.hasPrefix("constraints ", at: next),
            !text.hasPrefix("transaction ", at: next)
        {
            findings.effects.insert(.setting)
        }
    }
}
