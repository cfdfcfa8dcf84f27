import Vocabulary

/// Which of a worker's scopes a session is in. Small: every session has one.
package struct CatalogMark: Sendable, Hashable {
    /// Of the session's database and user; -1: none.
    package var place: Int32 = -1
    /// Of the place when `scope` was looked up; 0: never.
    var stamp: UInt32 = 0
    var scope: Int32 = -1
    /// The session's count of changes to what its path depends on.
    var settings: UInt32 = 0
    /// Of the scope; 0: nothing is known.
    var key: UInt64 = 0

    package init() {}

    package init(place: Int32) { self.place = place }
}

/// What one worker knows of the catalogs of its databases, by database and user: the facts as they
/// were published last, and the scopes that sessions see them in.
///
/// Invariant: a scope that is on the shelf belongs to its place's newest facts.
package struct CatalogShelf: ~Copyable, Sendable {
    /// What a session has said of its path.
    package enum Choice: Sendable, Hashable {
        /// Nothing: the defaults of its user and database.
        case standard
        /// A statement that sets `search_path`.
        case statement([UInt8])
        /// Who the current user is, is not known.
        case otherUser
    }

    private struct Place: Sendable {
        let user: String
        var facts: CatalogFacts?
        var isDoubtful = false
        var rules: FunctionRules
        var scopes: ContiguousArray<CatalogScope> = []
        var numbers: [Choice: Int32] = [:]
    }

    private var places: ContiguousArray<Place?> = []
    /// By place: changes with whatever is known there.
    private var current: ContiguousArray<UInt32> = []
    private var vacant: [Int32] = []
    private var made: UInt64 = 0
    /// Stamps are not used twice, whatever place they are of.
    private var stamps: UInt32 = 0

    package init() {}

    // MARK: Places

    /// A place for the sessions of one user in one database.
    package mutating func add(user: String, rules: FunctionRules) -> Int32 {
        let place = Place(user: user, rules: rules)
        if let number = vacant.popLast() {
            places[Int(number)] = place
            current[Int(number)] = nextStamp()
            return number
        }
        places.append(place)
        current.append(nextStamp())
        return Int32(truncatingIfNeeded: places.count - 1)
    }

    /// No session is there any more.
    package mutating func remove(_ place: Int32) {
        guard places.indices.contains(Int(place)), places[Int(place)] != nil else { return }
        places[Int(place)] = nil
        vacant.append(place)
    }

    /// What is known now. Sessions of the place see it with their next statement.
    package mutating func update(
        _ place: Int32, facts: CatalogFacts?, isDoubtful: Bool, rules: FunctionRules
    ) {
        let number = Int(place)
        guard places.indices.contains(number), let known = places[number] else { return }
        let isSame =
            known.facts === facts && known.isDoubtful == isDoubtful && known.rules == rules
        if isSame { return }
        var fresh = Place(user: known.user, rules: rules)
        fresh.facts = facts
        fresh.isDoubtful = isDoubtful
        places[number] = fresh
        current[number] = nextStamp()
    }

    /// The facts of a place; nil: not loaded.
    package func facts(_ place: Int32) -> CatalogFacts? {
        places.indices.contains(Int(place)) ? places[Int(place)]?.facts : nil
    }

    private mutating func nextStamp() -> UInt32 {
        stamps = stamps == .max ? 1 : stamps + 1
        return stamps
    }

    // MARK: Scopes

    /// Whether the mark's scope is the one that counts.
    /// - Parameter settings: the session's count of changes to what its path depends on.
    @inline(__always)
    package func isCurrent(_ mark: CatalogMark, settings: UInt32) -> Bool {
        mark.place < 0
            || mark.settings == settings && current[Int(mark.place)] == mark.stamp
    }

    /// Looks up the scope of a session.
    package mutating func renew(
        _ mark: inout CatalogMark, _ choice: Choice, settings: UInt32
    ) {
        let number = Int(mark.place)
        mark.settings = settings
        mark.scope = -1
        mark.key = 0
        guard places.indices.contains(number), let place = places[number] else { return }
        mark.stamp = current[number]
        guard place.facts != nil || !place.rules.isEmpty else { return }
        if let known = place.numbers[choice] {
            mark.scope = known
            mark.key = place.scopes[Int(known)].key
            return
        }
        if place.scopes.count >= Limits.catalogScopes {
            // Sessions may be in some of them: they look theirs up again.
            places[number]?.scopes = []
            places[number]?.numbers = [:]
            mark.stamp = nextStamp()
            current[number] = mark.stamp
        }
        let scope = add(choice, to: number, place)
        mark.scope = Int32(truncatingIfNeeded: (places[number]?.scopes.count ?? 0) - 1)
        mark.key = scope.key
    }

    private mutating func add(_ choice: Choice, to number: Int, _ place: Place) -> CatalogScope {
        made &+= 1
        // Spread, since it is combined with fingerprints.
        let key = NameLanes.mix(made &* 0xD6E8_FEB8_6659_FD93, 0x5851_F42D_4C95_7F2D)
        let scope = CatalogScope(
            facts: place.facts, user: choice == .otherUser ? nil : place.user,
            path: Self.path(choice, place), isDoubtful: place.isDoubtful, rules: place.rules,
            key: key)
        places[number]?.scopes.append(scope)
        let index = (places[number]?.scopes.count ?? 0) - 1
        places[number]?.numbers[choice] = Int32(truncatingIfNeeded: index)
        return scope
    }

    private static func path(_ choice: Choice, _ place: Place) -> String? {
        switch choice {
        case .standard: place.facts?.paths.path(of: place.user)
        case .statement(let statement): SearchPath.value(of: statement)
        case .otherUser: nil
        }
    }

    /// What a mark's scope changes about fingerprints; 0: nothing.
    @inline(__always)
    package func key(_ mark: CatalogMark) -> UInt64 { mark.key }

    /// Whether a name that matters has other letters than ASCII: only in UTF-8 it is found.
    package func hasWideNames(_ mark: CatalogMark) -> Bool {
        facts(mark.place)?.hasWideNames ?? false
    }

    /// The scope of a mark that is current; nil: nothing is known.
    package func scope(_ mark: CatalogMark) -> CatalogScope? {
        guard mark.scope >= 0, places.indices.contains(Int(mark.place)),
            let place = places[Int(mark.place)],
            place.scopes.indices.contains(Int(mark.scope))
        else { return nil }
        return place.scopes[Int(mark.scope)]
    }
}

extension SearchPath {
    /// The value that a statement gives to `search_path`, as `CarriedSettings` has such statements:
    /// SET, SET SCHEMA or set_config(). nil: it is not understood.
    package static func value(of statement: [UInt8]) -> String? {
        let text = String(decoding: statement, as: UTF8.self)
        let call = "SELECT pg_catalog.set_config('search_path', '"
        if text.hasPrefix(call), text.hasSuffix("', false)") {
            let value = text.dropFirst(call.count).dropLast("', false)".count)
            return value.split(separator: "''", omittingEmptySubsequences: false)
                .joined(separator: "'")
        }
        let folded = Array(statement.map(RawSpan.lowercased))
        if let end = folded.end(of: "search_path") {
            var rest = folded[end...]
            if rest.first == UInt8(ascii: "\"") { rest = rest.dropFirst() }
            rest = rest.drop { $0 <= 0x20 }
            if rest.first == UInt8(ascii: "=") {
                return String(decoding: statement[(rest.startIndex + 1)...], as: UTF8.self)
            }
            guard rest.starts(with: "to".utf8) else { return nil }
            return String(decoding: statement[(rest.startIndex + 2)...], as: UTF8.self)
        }
        return folded.end(of: "schema").map {
            String(decoding: statement[$0...], as: UTF8.self)
        }
    }
}

extension [UInt8] {
    /// The index after the first place where `word` stands.
    fileprivate func end(of word: StaticString) -> Int? {
        let length = word.utf8CodeUnitCount
        guard count >= length else { return nil }
        return word.withUTF8Buffer { letters in
            (0...(count - length)).first { self[$0..<($0 + length)].elementsEqual(letters) }
        }.map { $0 + length }
    }
}
