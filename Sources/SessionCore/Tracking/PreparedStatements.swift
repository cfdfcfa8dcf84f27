import StatementClassifier
import Vocabulary

/// The prepared statements of a session as the client knows them, with the Parse messages that
/// made them, so that they can be made again on another server connection.
///
/// Invariant: `present` flags speak of the server connection that is attached now; a new attachment
/// has none of them. The unnamed statement is number 0 and lives in its own slot.
package struct PreparedStatements: Sendable {
    struct Entry: Sendable {
        var name: [UInt8]
        /// The whole Parse message as the client sent it.
        var message: [UInt8]
        var verdict: StatementVerdict
        var isPresent: Bool
        var number: UInt32
    }

    /// The number of the unnamed statement.
    static let unnamedNumber: UInt32 = 0
    /// The number of no statement: nothing is forgotten when its Parse fails.
    static let noNumber = UInt32.max

    private var unnamed: Entry?
    private var named: [Entry] = []
    private var lastNumber: UInt32 = 0
    private var namedBytes = 0

    package init() {}

    package var hasNamed: Bool { !named.isEmpty }

    /// A Parse was seen. A name that exists stays as it is: the server will refuse the second one
    /// (42P05). Returns the number for the ledger; nil when the bound on remembered bytes is hit.
    mutating func parsed(
        name: [UInt8], message: RawSpan, verdict: StatementVerdict
    ) -> UInt32? {
        if name.isEmpty {
            var entry = unnamed ?? Entry(
                name: [], message: [], verdict: verdict, isPresent: true,
                number: Self.unnamedNumber)
            entry.message.removeAll(keepingCapacity: true)
            unnamed = nil
            unsafe message.withUnsafeBytes { unsafe entry.message.append(contentsOf: $0) }
            entry.verdict = verdict
            entry.isPresent = true
            unnamed = entry
            return Self.unnamedNumber
        }
        guard !named.contains(where: { $0.name == name }) else { return Self.noNumber }
        guard namedBytes + message.byteCount <= Limits.rememberedStatementBytes else { return nil }
        lastNumber &+= 1
        namedBytes += message.byteCount
        named.append(
            Entry(
                name: name, message: message.copy(0..<message.byteCount), verdict: verdict,
                isPresent: true, number: lastNumber))
        return lastNumber
    }

    /// The proxy's own Parse of this statement was refused or skipped.
    mutating func absent(_ number: UInt32) {
        if number == Self.unnamedNumber { unnamed?.isPresent = false }
        for index in named.indices where named[index].number == number {
            named[index].isPresent = false
        }
    }

    /// The server refused or skipped the client's Parse of this statement.
    mutating func failed(_ number: UInt32) {
        if number == Self.unnamedNumber { unnamed = nil } else { remove { $0.number == number } }
    }

    /// A Close was seen.
    mutating func closed(name: [UInt8]) {
        if name.isEmpty { unnamed = nil } else { remove { $0.name == name } }
    }

    /// A simple Query ends the unnamed statement (PostgreSQL documentation, "Extended Query").
    mutating func forgetUnnamed() { unnamed = nil }

    /// DEALLOCATE ALL or DISCARD ALL went through.
    mutating func forgetNamed() {
        named.removeAll()
        namedBytes = 0
    }

    /// The session left its server connection.
    mutating func detached() {
        unnamed?.isPresent = false
        for index in named.indices { named[index].isPresent = false }
    }

    /// What the statement of this name was judged to be; nil: no such statement.
    func verdict(name: [UInt8]) -> StatementVerdict? { entry(name)?.verdict }

    /// What must be sent before a message that refers to this name, and its number.
    enum Preparation: Sendable {
        case none
        /// The remembered Parse message, to be sent again.
        case parse([UInt8], number: UInt32)
        /// The client has no unnamed statement, but the connection may have a stranger's: close it,
        /// so that the server itself gives the right error.
        case closeUnnamed
    }

    mutating func prepare(name: [UInt8]) -> Preparation {
        guard let entry = entry(name) else { return name.isEmpty ? .closeUnnamed : .none }
        guard !entry.isPresent else { return .none }
        if name.isEmpty {
            unnamed?.isPresent = true
        } else if let index = named.firstIndex(where: { $0.name == name }) {
            named[index].isPresent = true
        }
        return .parse(entry.message, number: entry.number)
    }

    private func entry(_ name: [UInt8]) -> Entry? {
        name.isEmpty ? unnamed : named.first { $0.name == name }
    }

    private mutating func remove(_ matches: (Entry) -> Bool) {
        named.removeAll {
            guard matches($0) else { return false }
            namedBytes -= $0.message.count
            return true
        }
    }
}
