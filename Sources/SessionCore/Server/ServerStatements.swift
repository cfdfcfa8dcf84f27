import Vocabulary

/// The shared statements that one server connection has prepared: the most recently used ones,
/// bounded in number and in bytes of text.
package struct ServerStatements: Sendable {
    struct Slot: Sendable {
        var statement: SharedStatement
        var bytes: Int
        var lastUse: UInt64
    }

    private let limit: Int
    private(set) var slots: ContiguousArray<Slot> = []
    private var places: [SharedStatement: Int] = [:]
    private var bytes = 0
    private var clock: UInt64 = 0
    /// The server may have statements that are not known here any more: a name must be closed there
    /// before it is prepared.
    private(set) var isUncertain = false

    /// - Parameter limit: how many statements at most.
    package init(limit: Int = Limits.serverStatements) { self.limit = max(1, limit) }

    /// How many there are.
    package var count: Int { slots.count }

    /// Whether it is prepared; if so, it counts as used now.
    mutating func use(_ statement: SharedStatement) -> Bool {
        guard let place = places[statement] else { return false }
        clock += 1
        slots[place].lastUse = clock
        return true
    }

    /// Whether it is prepared.
    func has(_ statement: SharedStatement) -> Bool { places[statement] != nil }

    /// A statement that has to go before one of this size comes: the one not used for longest.
    mutating func evict(for bytes: Int) -> SharedStatement? {
        guard slots.count >= limit || self.bytes + bytes > Limits.serverStatementBytes else {
            return nil
        }
        guard let oldest = slots.min(by: { $0.lastUse < $1.lastUse }) else { return nil }
        remove(oldest.statement)
        return oldest.statement
    }

    /// It was prepared, or its removal did not take place.
    mutating func insert(_ statement: SharedStatement, bytes: Int) {
        guard places[statement] == nil else { return }
        clock += 1
        places[statement] = slots.count
        slots.append(Slot(statement: statement, bytes: bytes, lastUse: clock))
        self.bytes += bytes
    }

    /// It is not there any more, or was not made.
    mutating func remove(_ statement: SharedStatement) {
        guard let place = places.removeValue(forKey: statement) else { return }
        bytes -= slots[place].bytes
        let last = slots.removeLast()
        guard place < slots.count else { return }
        slots[place] = last
        places[last.statement] = place
    }

    /// All of them are about to be removed, if what removes them succeeds.
    mutating func removeAll(isCertain: Bool) {
        slots.removeAll()
        places.removeAll()
        bytes = 0
        isUncertain = !isCertain
    }

    /// What removed them has succeeded: nothing unknown is left.
    mutating func removalSucceeded() { isUncertain = false }
}

extension ServerStatements {
    /// Their names on the server, for checks.
    package var names: Set<String> { Set(slots.map(\.statement.name)) }
}
