import Foundation

@testable import StatementClassifier

/// One entry of Tests/Fixtures/routing: a statement and what is expected of it.
struct CorpusEntry: Sendable, CustomStringConvertible {
    let file: String
    let line: Int
    let sql: String
    let route: StatementRoute
    let reason: String
    var effects: SessionEffects = []
    var transaction = TransactionVerb.none
    var decidedBy: String?
    var statements = 1
    var isInvalid = false
    var conforming = true

    var description: String { "\(file):\(line): \(sql)" }
}

/// Reads the corpus; its format is described in Tests/Fixtures/routing/README.md.
enum RoutingCorpus {
    struct Malformed: Error { let line: String }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/routing")

    static func read() throws -> [CorpusEntry] {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        return try files.filter { $0.hasSuffix(".sql") && $0 != "schema.sql" }.flatMap(read(file:))
    }

    private static func read(file: String) throws -> [CorpusEntry] {
        let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var entries: [CorpusEntry] = []
        var index = 0
        while index < lines.count {
            guard !lines[index].isEmpty else {
                index += 1
                continue
            }
            var last = index + 1
            while last < lines.count, !lines[last].isEmpty { last += 1 }
            let sql = lines[(index + 1)..<last].joined(separator: "\n")
            entries.append(
                try entry(header: lines[index], sql: sql, file: file, line: index + 1))
            index = last + 1
        }
        return entries
    }

    private static func entry(
        header: String, sql: String, file: String, line: Int
    ) throws -> CorpusEntry {
        let parts = header.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
        let start = parts[0].split(separator: " ")
        guard start.count == 3, start[0] == "--", start[1] == "replica:" || start[1] == "primary:"
        else { throw Malformed(line: header) }
        var entry = CorpusEntry(
            file: file, line: line, sql: sql,
            route: start[1] == "replica:" ? .replica : .primary, reason: String(start[2]))
        for part in parts.dropFirst() {
            let words = part.split(separator: " ").map(String.init)
            switch words[0] {
            case "effects": entry.effects = try effects(words.dropFirst())
            case "transaction": entry.transaction = try transaction(Array(words.dropFirst()))
            case "by": entry.decidedBy = String(part.dropFirst(3))
            case "statements": entry.statements = Int(words[1]) ?? -1
            case "invalid": entry.isInvalid = true
            case "conforming": entry.conforming = words[1] != "off"
            case "after", "alone", "not", "varies": break
            default: throw Malformed(line: header)
            }
        }
        return entry
    }

    private static func effects(_ words: ArraySlice<String>) throws -> SessionEffects {
        try words.reduce(into: []) { effects, word in
            guard let effect = effectNames[word] else { throw Malformed(line: word) }
            effects.insert(effect)
        }
    }

    private static let effectNames: [String: SessionEffects] = [
        "setting": .setting, "role": .role, "temporaryObject": .temporaryObject,
        "listen": .listen, "advisoryLock": .advisoryLock, "holdCursor": .holdCursor,
        "sqlPrepared": .sqlPrepared, "load": .load, "sequence": .sequence,
        "unexamined": .unexamined, "discardAll": .discardAll, "deallocateAll": .deallocateAll,
        "unlistenAll": .unlistenAll, "resetAll": .resetAll, "closeAll": .closeAll,
        "readsSequence": .readsSequence, "usesPreparedName": .usesPreparedName,
        "mayRelease": .mayRelease, "readsChannels": .readsChannels,
        "discardTemporary": .discardTemporary, "unlockAll": .unlockAll,
        "resetRole": .resetRole,
    ]

    private static func transaction(_ words: [String]) throws -> TransactionVerb {
        switch words.first {
        case "commit": return .commit
        case "rollback": return .rollback
        case "other": return .other
        case "begin": return .begin(try modes(words.dropFirst()))
        case "setTransaction": return .setTransaction(try modes(words.dropFirst()))
        default: throw Malformed(line: words.joined(separator: " "))
        }
    }

    private static func modes(_ words: ArraySlice<String>) throws -> TransactionModes {
        var modes = TransactionModes()
        for word in words {
            switch word {
            case "readOnly": modes.access = .readOnly
            case "readWrite": modes.access = .readWrite
            case "deferrable": modes.isDeferrable = true
            case "serializable": modes.isolation = .serializable
            case "repeatableRead": modes.isolation = .repeatableRead
            case "readCommitted": modes.isolation = .readCommitted
            case "readUncommitted": modes.isolation = .readUncommitted
            default: throw Malformed(line: word)
            }
        }
        return modes
    }
}

extension Classifier {
    /// The verdict on a string.
    mutating func classify(_ sql: String, conforming: Bool = true) -> StatementVerdict {
        let bytes = Array(sql.utf8)
        return classify(bytes.span.bytes, standardConformingStrings: conforming)
    }
}
