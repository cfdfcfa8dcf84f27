import Testing

@testable import StatementClassifier

private func known(_ name: String, folding: Bool = true) -> KnownName? {
    let bytes = Array("x\(name)y".utf8)
    return KnownNameTable.shared.find(
        in: bytes.span.bytes, offset: 1, length: name.utf8.count, folding: folding)
}

@Suite struct KnownNameTableTests {
    @Test func everyListedNameIsFound() {
        for (names, meaning) in KnownNameLists.all where meaning != .nodeView {
            for name in names.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
                #expect(known(String(name)) == meaning, "\(name)")
                #expect(known(name.uppercased()) == meaning, "\(name)")
                #expect(known(name.uppercased(), folding: false) == nil, "\(name)")
            }
        }
    }

    @Test(arguments: ["", "lowe", "lowerr", "write_it", String(repeating: "a", count: 70), "größe"])
    func othersAreNot(_ name: String) {
        #expect(known(name) == nil)
    }

    /// What a standby accepts without a word, or answers differently, is never harmless.
    @Test(arguments: [
        "pg_advisory_lock", "set_config", "nextval", "currval", "lastval", "setseed",
        "txid_current", "pg_is_in_recovery", "pg_backend_pid", "pg_notify", "lo_create",
        "query_to_xml", "pg_stat_get_activity", "pg_export_snapshot", "pg_terminate_backend",
    ])
    func harmfulNamesAreNotHarmless(_ name: String) {
        #expect(known(name) != .harmless)
    }
}

@Suite struct KeywordTableTests {
    private func find(_ word: String) -> KeywordEntry {
        var lanes: [UInt64] = [0, 0, 0]
        for (index, byte) in word.utf8.prefix(24).enumerated() {
            lanes[index / 8] |= UInt64(byte) << UInt64(index % 8 * 8)
        }
        return KeywordTable.shared.find(lanes[0], lanes[1], lanes[2])
    }

    @Test func everyKeywordIsFoundWithItsClass() {
        for (words, wordClass) in KeywordTable.lists {
            for word in words.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
                #expect(find(String(word)).wordClass == wordClass, "\(word)")
            }
        }
    }

    @Test func everyNamedKeywordIsInTheLists() {
        for keyword in Keyword.allCases where keyword != .none && keyword != .unnamed {
            #expect(find(keyword.rawValue).keyword == keyword)
        }
    }

    @Test func othersAreNames() {
        #expect(find("accounts").keyword == .none)
        #expect(find("current_timestampx").wordClass == .name)
        #expect(find("current_timestamp").wordClass == .reserved)
    }
}

@Suite struct OwnOperatorsTests {
    private func contains(_ name: String) -> Bool {
        OwnOperators.contains(name.utf8.reduce(0) { $0 << 8 | UInt64($1) }, name.utf8.count)
    }

    @Test(arguments: ["+", "=", "<=", "<>", "!=", "||", "->>", "@>", "!~~*", "~<=~", "-|-"])
    func own(_ name: String) { #expect(contains(name)) }

    @Test(arguments: ["<=>", "<#>", "%>", "=~", "@@@@", "+++++", "<~>"])
    func foreign(_ name: String) { #expect(!contains(name)) }
}
