import StatementClassifier
import Vocabulary

/// The prepared statements of a session as the client knows them, with the Parse messages that
/// made them, so that they can be made again on another server connection.
///
/// Invariant: `present` flags speak of the server connection that is attached now; a new attachment
/// has none of them. Each Parse has a number of its own, so that a late error meets the right one.
package struct PreparedStatements: Sendable {
    struct Entry: Sendable {
        var name: [UInt8]
        /// The whole Parse message as the client sent it.
        var message: [UInt8]
        var verdict: StatementVerdict
        var isPresent: Bool
        var number: UInt32
        /// The number of a Close that was sent and that the server has not acknowledged.
        var closing: UInt32?
    }

    /// The number of no statement: nothing is forgotten when its Parse fails.
    static let noNumber = UInt32.max

    private var unnamed: Entry?
    private var named: [Entry] = []
    /// Of statements, and of the messages that close them; numbers grow.
    private(set) var lastNumber: UInt32 = 0
    private var namedBytes = 0

    package init() {}

    package var hasNamed: Bool { !named.isEmpty }

    /// A Parse was seen. A name that exists stays remembered beside the new one until the server
    /// has said which it is: it refuses the second one (42P05), unless the first was deallocated in
    /// SQL. Returns the number for the ledger; nil when the bound on remembered bytes is hit.
    mutating func parsed(
        name: [UInt8], message: RawSpan, verdict: StatementVerdict
    ) -> UInt32? {
        if name.isEmpty {
            lastNumber &+= 1
            var entry =
                unnamed
                ?? Entry(name: [], message: [], verdict: verdict, isPresent: true, number: 0)
            entry.message.removeAll(keepingCapacity: true)
            unnamed = nil
            unsafe message.withUnsafeBytes { unsafe entry.message.append(contentsOf: $0) }
            entry.verdict = verdict
            entry.isPresent = true
            entry.number = lastNumber
            unnamed = entry
            return lastNumber
        }
        guard namedBytes + message.byteCount <= Limits.rememberedStatementBytes else { return nil }
        lastNumber &+= 1
        namedBytes += message.byteCount
        named.append(
            Entry(
                name: name, message: message.copy(0..<message.byteCount), verdict: verdict,
                isPresent: true, number: lastNumber))
        return lastNumber
    }

    private mutating func absent(_ number: UInt32) {
        if unnamed?.number == number { unnamed?.isPresent = false }
        for index in named.indices where named[index].number == number {
            named[index].isPresent = false
        }
    }

    private mutating func failed(_ number: UInt32) {
        if unnamed?.number == number { unnamed = nil } else { remove { $0.number == number } }
    }

    /// The server has made this statement: one of the same name before it was gone already.
    mutating func confirmed(_ number: UInt32) {
        guard let entry = named.last(where: { $0.number == number }), named.count > 1 else {
            return
        }
        remove { $0.name == entry.name && $0.number < number }
    }

    /// A Close was seen: the statement is not referred to any more. Returns the number of the
    /// Close.
    mutating func closed(name: [UInt8]) -> UInt32 {
        if name.isEmpty {
            unnamed = nil
        } else if index(of: name) != nil {
            lastNumber &+= 1
            for index in named.indices where named[index].name == name {
                named[index].closing = named[index].closing ?? lastNumber
            }
            return lastNumber
        }
        return Self.noNumber
    }

    /// The server has closed it.
    mutating func closeCompleted(_ number: UInt32) {
        remove { $0.closing == number }
    }

    /// A message was refused or skipped, by the server or here.
    mutating func undo(_ owed: Owed) {
        switch owed.kind {
        case .parse:
            if owed.disposition == .swallow {
                absent(owed.statement)
            } else {
                failed(owed.statement)
            }
        case .close:
            for index in named.indices where named[index].closing == owed.statement {
                named[index].closing = nil
            }
        case .bind, .describeStatement, .describePortal, .execute, .sync, .query, .functionCall,
            .copyEnd:
            break
        }
    }

    /// A simple Query ends the unnamed statement (PostgreSQL documentation, "Extended Query").
    mutating func forgetUnnamed() { unnamed = nil }

    /// DEALLOCATE ALL or DISCARD ALL went through: statements up to this number are gone.
    mutating func forgetNamed(through number: UInt32) { remove { $0.number <= number } }

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
        } else if let index = index(of: name) {
            named[index].isPresent = true
        }
        return .parse(entry.message, number: entry.number)
    }

    private func entry(_ name: [UInt8]) -> Entry? {
        name.isEmpty ? unnamed : index(of: name).map { named[$0] }
    }

    private func index(of name: [UInt8]) -> Int? {
        named.lastIndex { $0.name == name && $0.closing == nil }
    }

    private mutating func remove(_ matches: (Entry) -> Bool) {
        if named.isEmpty { return }
        named.removeAll {
            guard matches($0) else { return false }
            namedBytes -= $0.message.count
            return true
        }
    }
}
