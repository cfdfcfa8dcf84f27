import PostgresWire
import StatementClassifier
import Vocabulary

/// The prepared statements of a session as the client knows them.
///
/// Named ones refer to the `StatementCatalog`, and exist on servers under the proxy's names. The
/// unnamed one is remembered with its Parse message, so that it can be made again.
///
/// Invariant: of one name at most one statement is not being closed. What an earlier segment did to
/// a name is settled once the server has answered; until then the name must not be used.
package struct PreparedStatements: Sendable {
    struct Unnamed: Sendable {
        /// The whole Parse message as the client sent it.
        var message: [UInt8]
        var verdict: StatementVerdict
        /// Of the catalog scope that it was judged in.
        var key: UInt64 = 0
        /// What running it does to the session's settings.
        var changes: [SettingChange]
        /// What running it asks of statements prepared in SQL.
        var uses: PreparedNameUse
        /// It exists on the server connection that is attached now.
        var isPresent: Bool
        var number: UInt32
    }

    struct Named: Sendable {
        enum State: UInt8, Sendable { case parsing, ready, closing }

        var name: [UInt8]
        /// Of the catalog.
        var statement: Int
        var verdict: StatementVerdict
        /// Of the catalog scope that it was judged in.
        var key: UInt64
        /// What running it does to the session's settings.
        var changes: [SettingChange]
        /// What running it asks of statements prepared in SQL.
        var uses: PreparedNameUse
        var state = State.parsing
        /// Of its Parse.
        var number: UInt32
        /// Of the Close or DEALLOCATE ALL that is on its way.
        var closing: UInt32 = 0
        /// In which its state changed last.
        var segment: UInt32
        var bytes: Int
    }

    /// The number of no statement: nothing is forgotten when its Parse fails.
    static let noNumber = UInt32.max

    private(set) var unnamed: Unnamed?
    private(set) var named: ContiguousArray<Named> = []
    /// Of the names, in the same order.
    private var hashes: ContiguousArray<UInt64> = []
    private var namedBytes = 0
    /// Numbers of Parses and of what closes statements; they grow, so that a late error meets the
    /// right one.
    private var lastNumber: UInt32 = 0
    /// Counts the segments that were sent.
    private var segment: UInt32 = 0
    /// The last DEALLOCATE ALL or DISCARD ALL, while it is on its way.
    private var removal: (number: UInt32, segment: UInt32)?
    /// Names of Parses that are going to be refused, whole: what of them PostgreSQL does not look
    /// at is told all the same.
    private var refused: [(number: UInt32, name: [UInt8])] = []
    /// Catalog entries that are not referred to any more, to be released.
    var released: [Int] = []

    package init() {}

    package var hasNamed: Bool { !named.isEmpty }

    private mutating func nextNumber() -> UInt32 {
        lastNumber = lastNumber &+ 1 == Self.noNumber ? 1 : lastNumber &+ 1
        return lastNumber
    }

    /// A message that ends a segment was sent.
    mutating func endSegment() { segment &+= 1 }

    // MARK: The unnamed statement

    /// An unnamed Parse was seen. Returns its number for the ledger.
    mutating func parsedUnnamed(
        _ message: RawSpan, _ verdict: StatementVerdict, key: UInt64, _ changes: [SettingChange],
        _ uses: PreparedNameUse
    ) -> UInt32 {
        let number = nextNumber()
        var entry =
            unnamed
            ?? Unnamed(
                message: [], verdict: verdict, changes: [], uses: .nothing, isPresent: true,
                number: number)
        unnamed = nil
        entry.message.removeAll(keepingCapacity: true)
        unsafe message.withUnsafeBytes { unsafe entry.message.append(contentsOf: $0) }
        entry.verdict = verdict
        entry.key = key
        entry.changes = changes
        entry.uses = uses
        entry.isPresent = true
        entry.number = number
        unnamed = entry
        return number
    }

    /// A simple Query ends the unnamed statement (PostgreSQL documentation, "Extended Query").
    mutating func forgetUnnamed() { unnamed = nil }

    /// The session left its server connection, or the proxy's own Query has ended the statement.
    mutating func unnamedIsAbsent() { unnamed?.isPresent = false }

    /// What must be sent before a message that refers to the unnamed statement.
    enum Preparation: Sendable {
        case none
        /// The remembered Parse message, to be sent again.
        case parse([UInt8], number: UInt32)
        /// The client has no unnamed statement, but the connection may have a stranger's: close it,
        /// so that the server itself gives the right error.
        case closeUnnamed
    }

    mutating func prepareUnnamed() -> Preparation {
        guard let entry = unnamed else { return .closeUnnamed }
        guard !entry.isPresent else { return .none }
        unnamed?.isPresent = true
        return .parse(entry.message, number: entry.number)
    }

    // MARK: Named statements

    /// What is known of a name.
    enum Found: Sendable {
        case nothing
        case at(Int)
        /// A server has still to say what became of it.
        case unsettled
    }

    /// Looks a name up; of a long one PostgreSQL's part counts.
    func find(_ body: RawSpan, _ range: Range<Int>) -> Found {
        guard !named.isEmpty else { return .nothing }
        let name = body.extracting(Self.significant(range))
        let hash = Self.hash(name)
        var found = Found.nothing
        for index in hashes.indices where hashes[index] == hash {
            guard Self.equal(named[index].name, name) else { continue }
            let isOfThisSegment = named[index].segment == segment
            switch named[index].state {
            case .ready: found = .at(index)
            case .parsing:
                if !isOfThisSegment { return .unsettled }
                found = .at(index)
            case .closing: if !isOfThisSegment { return .unsettled }
            }
        }
        return found
    }

    /// Looks a name up that SQL text has.
    func find(_ name: [UInt8]) -> Found {
        name.withUnsafeBytes { find($0.bytes, 0..<name.count) }
    }

    /// Those that can be referred to now.
    var liveIndices: [Int] { named.indices.filter { named[$0].state != .closing } }

    /// Of some name a server has still to say what became of it.
    var isUnsettled: Bool {
        named.contains { $0.state != .ready && $0.segment != segment }
    }

    /// Whether a statement of so many bytes more may be remembered.
    func hasRoom(for bytes: Int) -> Bool { namedBytes + bytes <= Limits.rememberedStatementBytes }

    /// A Parse with a name that is free was seen. Returns its number for the ledger.
    mutating func parsed(
        _ body: RawSpan, _ range: Range<Int>, statement: Int, verdict: StatementVerdict,
        key: UInt64, changes: [SettingChange], uses: PreparedNameUse
    ) -> UInt32 {
        let name = body.copy(range)
        let number = nextNumber()
        named.append(
            Named(
                name: name, statement: statement, verdict: verdict, key: key, changes: changes,
                uses: uses, number: number, segment: segment, bytes: body.byteCount))
        hashes.append(Self.hash(body.extracting(Self.significant(range))))
        namedBytes += body.byteCount
        return number
    }

    /// More is known of the database than when it was parsed.
    mutating func rejudged(at index: Int, _ fresh: StatementVerdict, key: UInt64) {
        named[index].verdict.takeRoute(of: fresh)
        named[index].key = key
    }

    /// The same of the unnamed statement.
    mutating func unnamedRejudged(_ fresh: StatementVerdict, key: UInt64) {
        unnamed?.verdict.takeRoute(of: fresh)
        unnamed?.key = key
    }

    /// The server has made this statement, or was found to have it.
    mutating func confirmed(_ number: UInt32) {
        guard let index = named.lastIndex(where: { $0.number == number }) else { return }
        if named[index].state == .parsing { named[index].state = .ready }
    }

    /// A Close was seen: the statement is not referred to any more. Returns the number of the
    /// Close.
    mutating func close(at index: Int) -> UInt32 {
        let number = nextNumber()
        close(index, number)
        return number
    }

    /// DEALLOCATE of this one is about to be run, in a segment that closes others by this number;
    /// 0: by none yet. Returns the number.
    mutating func deallocate(at index: Int, _ number: UInt32) -> UInt32 {
        let number = number == 0 ? nextNumber() : number
        close(index, number)
        return number
    }

    /// DEALLOCATE ALL or DISCARD ALL is about to be run. Returns its number.
    mutating func closeAll() -> UInt32 {
        let number = nextNumber()
        for index in named.indices where named[index].state != .closing { close(index, number) }
        removal = (number, segment)
        return number
    }

    private mutating func close(_ index: Int, _ number: UInt32) {
        named[index].state = .closing
        named[index].closing = number
        named[index].segment = segment
    }

    /// What closes them has gone through.
    mutating func closeCompleted(_ number: UInt32) {
        remove { $0.state == .closing && $0.closing == number }
        if removal?.number == number { removal = nil }
    }

    /// What would have closed them was refused or skipped.
    mutating func closeUndone(_ number: UInt32) {
        if removal?.number == number { removal = nil }
        for index in named.indices
        where named[index].state == .closing && named[index].closing == number {
            guard let removal else {
                named[index].state = .ready
                continue
            }
            // A Close did nothing, but what removes them all is behind it.
            named[index].closing = removal.number
            named[index].segment = removal.segment
        }
    }

    /// A message was refused or skipped, by the server or here.
    mutating func undo(_ owed: Owed) {
        switch owed.kind {
        case .parse, .parseKnown:
            if owed.disposition == .forward {
                failed(owed.statement)
            } else if unnamed?.number == owed.statement {
                unnamed?.isPresent = false
            }
        case .close: closeUndone(owed.statement)
        case .sync, .query, .functionCall:
            if owed.statement != 0 { closeUndone(owed.statement) }
        case .bind, .describeStatement, .describePortal, .execute, .malformed, .copyEnd: break
        }
    }

    private mutating func failed(_ number: UInt32) {
        if !refused.isEmpty { refused.removeAll { $0.number == number } }
        if unnamed?.number == number { unnamed = nil } else { remove { $0.number == number } }
    }

    /// A Parse of this number is going to be refused, or is not remembered.
    func isForServer(_ number: UInt32) -> Bool {
        number == Self.noNumber || refused.contains { $0.number == number }
    }

    /// The client's name of a shared statement; nil: it has none of that number.
    func name(of statement: Int) -> [UInt8]? {
        named.last { $0.statement == statement }?.name
    }

    /// The client's name of the statement with this number: several may share one.
    func name(numbered number: UInt32) -> [UInt8]? {
        named.last { $0.number == number }?.name ?? refused.last { $0.number == number }?.name
    }

    /// A Parse with a name that is taken was seen. Returns its number for the ledger.
    mutating func refuses(_ name: [UInt8]) -> UInt32 {
        let number = nextNumber()
        refused.append((number, name))
        return number
    }

    /// The session is over.
    mutating func removeAll() { remove { _ in true } }

    private mutating func remove(_ matches: (Named) -> Bool) {
        var index = named.count - 1
        while index >= 0 {
            if matches(named[index]) {
                namedBytes -= named[index].bytes
                released.append(named[index].statement)
                named.swapAt(index, named.count - 1)
                hashes.swapAt(index, hashes.count - 1)
                named.removeLast()
                hashes.removeLast()
            }
            index -= 1
        }
    }

    // MARK: Names

    /// What PostgreSQL takes for the name.
    static func significant(_ range: Range<Int>) -> Range<Int> {
        range.lowerBound..<(range.lowerBound + min(range.count, Limits.nameBytes))
    }

    private static func equal(_ bytes: [UInt8], _ name: RawSpan) -> Bool {
        guard min(bytes.count, Limits.nameBytes) == name.byteCount else { return false }
        return unsafe name.withUnsafeBytes {
            unsafe $0.elementsEqual(bytes.prefix(Limits.nameBytes))
        }
    }

    /// Cheap: names that collide are compared, and are all of one client.
    private static func hash(_ name: RawSpan) -> UInt64 {
        var hash = UInt64(name.byteCount) &+ 0x9E37_79B9_7F4A_7C15
        for offset in 0..<name.byteCount {
            let byte = name.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        return hash
    }
}
