import DequeModule
import PostgresWire
import Vocabulary

/// The texts that sessions of one worker have prepared by name, and those that are promoted: each
/// text with its parameter types once, however many sessions use it.
///
/// Invariant: an entry that no session refers to is kept, within bounds, for the next one; its
/// place is given to another text only with a new version, so that names on servers stay unique.
package struct StatementCatalog: ~Copyable, Sendable {
    private struct Entry: Sendable {
        /// What a Parse message says after the statement's name.
        var body: [UInt8]
        /// Of the settings that the text's meaning depends on where it was parsed.
        var salt: UInt64
        var key: Int
        var references = 1
        var version: UInt32 = 0
        /// Counts how often it was left without a reference.
        var departures: UInt32 = 0
        /// The next entry with the same key; -1: none.
        var next = -1
        /// It was used, without a reference, since it was last to be evicted.
        var isUsed = false
    }

    private var entries = ContiguousArray<Entry>()
    private var vacant: [Int] = []
    /// The first entry of each hash.
    private var first: [Int: Int] = [:]
    /// Entries without a reference, oldest first; those that were taken up again are passed over.
    private var idle: Deque<(number: Int, departure: UInt32)> = []
    private var idleBytes = 0

    package init() {}

    /// The number of a text with its parameter types, with one reference more. Sessions whose
    /// settings let the same text mean something else have another salt.
    mutating func intern(_ body: RawSpan, salt: UInt64) -> Int {
        let key = Self.hash(body, salt)
        if let known = find(body, salt, key) {
            retain(known)
            return known
        }
        return add(body, salt, key)
    }

    private func find(_ body: RawSpan, _ salt: UInt64, _ key: Int) -> Int? {
        var at = first[key] ?? -1
        while at >= 0 {
            if entries[at].salt == salt && Self.equal(entries[at].body, body) { return at }
            at = entries[at].next
        }
        return nil
    }

    private mutating func add(_ body: RawSpan, _ salt: UInt64, _ key: Int) -> Int {
        var entry = Entry(body: body.copy(0..<body.byteCount), salt: salt, key: key)
        entry.next = first[key] ?? -1
        let number = vacant.popLast() ?? entries.count
        if number == entries.count {
            entries.append(entry)
        } else {
            entry.version = entries[number].version &+ 1
            entries[number] = entry
        }
        first[key] = number
        return number
    }

    // MARK: Without a reference

    /// A text that no session need refer to, if it is here; counts as used now.
    /// - Returns: its hash as well.
    mutating func use(_ body: RawSpan, salt: UInt64) -> (statement: SharedStatement?, key: Int) {
        let key = Self.hash(body, salt)
        guard let number = find(body, salt, key) else { return (nil, key) }
        entries[number].isUsed = true
        return (current(number), key)
    }

    /// Takes a text up that no session refers to. It stays as long as it is used, within bounds.
    mutating func keep(_ body: RawSpan, salt: UInt64) -> SharedStatement {
        let number = intern(body, salt: salt)
        let statement = current(number)
        release(number)
        return statement
    }

    /// Its place has not been given to another text, and it is not to be prepared anew.
    func isCurrent(_ statement: SharedStatement) -> Bool {
        entries.indices.contains(statement.number) && current(statement.number) == statement
            && !entries[statement.number].body.isEmpty
    }

    // MARK: By number

    /// As servers are to know it now.
    func current(_ number: Int) -> SharedStatement {
        SharedStatement(number: number, version: entries[number].version)
    }

    /// What a Parse message says of it after its name: the text and its parameter types.
    func body(of number: Int) -> [UInt8] { entries[number].body }

    /// Its size, in bytes of text and parameter types.
    func byteCount(of number: Int) -> Int { entries[number].body.count }

    /// What it says is not what servers have planned any more: from now on it is prepared anew.
    mutating func renew(_ number: Int) { entries[number].version &+= 1 }

    /// Writes a Parse message that makes it on a server.
    func writeParse(_ statement: SharedStatement, to writer: inout MessageWriter) {
        writer.message(FrontendMessageType.parse.rawValue) {
            statement.write(to: &$0)
            $0.data(entries[statement.number].body)
        }
    }

    /// Writes a Parse message that makes it under another name.
    func writeParse(_ number: Int, named name: [UInt8], to writer: inout MessageWriter) {
        writer.message(FrontendMessageType.parse.rawValue) {
            $0.data(name)
            $0.byte(0)
            $0.data(entries[number].body)
        }
    }

    /// One reference less.
    mutating func release(_ number: Int) {
        entries[number].references -= 1
        guard entries[number].references == 0 else { return }
        entries[number].departures &+= 1
        idle.append((number, entries[number].departures))
        idleBytes += entries[number].body.count
        while idleBytes > Limits.idleStatementBytes || idle.count > Limits.idleStatements {
            evictOldest()
        }
    }

    private mutating func retain(_ number: Int) {
        if entries[number].references == 0 { idleBytes -= entries[number].body.count }
        entries[number].references += 1
    }

    private mutating func evictOldest() {
        guard let (number, departure) = idle.popFirst() else { return }
        guard entries[number].references == 0, entries[number].departures == departure else {
            return
        }
        guard !entries[number].isUsed else {
            entries[number].isUsed = false
            return idle.append((number, departure))
        }
        idleBytes -= entries[number].body.count
        unlink(number)
        entries[number].body = []
        vacant.append(number)
    }

    private mutating func unlink(_ number: Int) {
        let key = entries[number].key
        guard var at = first[key] else { return }
        if at == number {
            first[key] = entries[number].next < 0 ? nil : entries[number].next
            return
        }
        while entries[at].next != number { at = entries[at].next }
        entries[at].next = entries[number].next
    }

    /// Seeded once per process by the standard library.
    private static func hash(_ body: RawSpan, _ salt: UInt64) -> Int {
        var hasher = Hasher()
        hasher.combine(salt)
        unsafe body.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        return hasher.finalize()
    }

    private static func equal(_ bytes: [UInt8], _ body: RawSpan) -> Bool {
        guard bytes.count == body.byteCount else { return false }
        return unsafe body.withUnsafeBytes { unsafe $0.elementsEqual(bytes) }
    }
}
