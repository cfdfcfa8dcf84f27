import Vocabulary

/// What shadow mode has learned of a database, by fingerprint: bounded in number and in bytes of
/// text; what was not used for longest is forgotten first, an eighth at a time.
package struct ShadowTable: Sendable, Hashable {
    package private(set) var statements: [UInt64: ShadowStatement] = [:]
    /// Statements that were forgotten to make room.
    package private(set) var forgotten: UInt64 = 0
    private var limit: Int
    private let byteLimit: Int
    private var textBytes = 0
    private var clock: UInt64 = 0

    /// - Parameters:
    ///   - limit: fingerprints at the most.
    ///   - bytes: of their texts together.
    package init(limit: Int, bytes: Int = Limits.shadowTextBytes) {
        self.limit = max(1, limit)
        byteLimit = bytes
    }

    /// Another bound in number, from now on.
    package mutating func update(limit: Int) {
        self.limit = max(1, limit)
        makeRoom(for: 0, 0)
    }

    /// Whether this fingerprint is known.
    package func knows(_ fingerprint: UInt64) -> Bool { statements[fingerprint] != nil }

    /// A fingerprint is met for the first time.
    package mutating func learn(_ fingerprint: UInt64, _ statement: ShadowStatement) {
        guard statements[fingerprint] == nil else { return }
        let bytes = statement.text?.utf8.count ?? 0
        makeRoom(for: 1, bytes)
        textBytes += bytes
        clock += 1
        var statement = statement
        statement.lastUse = clock
        statements[fingerprint] = statement
    }

    /// Changes what is known of a fingerprint; nothing, if it was forgotten.
    package mutating func change(
        _ fingerprint: UInt64, _ body: (inout ShadowStatement) -> Void
    ) {
        clock += 1
        guard statements[fingerprint] != nil else { return }
        statements[fingerprint]?.lastUse = clock
        body(&statements[fingerprint, default: ShadowStatement()])
    }

    private mutating func makeRoom(for count: Int, _ bytes: Int) {
        guard statements.count + count > limit || textBytes + bytes > byteLimit else { return }
        let oldest = statements.map { ($0.value.lastUse, $0.key) }.sorted { $0 < $1 }
        let least = max(1, statements.count / 8)
        var gone = 0
        for (_, fingerprint) in oldest {
            let fits =
                statements.count + count <= limit && textBytes + bytes <= byteLimit
            if fits && gone >= least { return }
            guard let old = statements.removeValue(forKey: fingerprint) else { continue }
            textBytes -= old.text?.utf8.count ?? 0
            forgotten += 1
            gone += 1
        }
    }
}
