import Vocabulary

/// What is known of a database's names: which functions, relations, types and operators a replica
/// must not run, and which it may. Made once from the catalogs, never changed, shared by all
/// workers.
package final class CatalogFacts: Sendable {
    /// Different for each load of this process.
    package let generation: UInt64
    package let paths: DefaultPaths
    /// Functions, operators and relations that are known, and those that replicas must not run.
    package let knownCount: Int
    package let taintedCount: Int
    /// Types that values must not be made of on a replica, by number.
    package let taintedTypes: [UInt32]

    let names: CatalogNames
    private let entries: ContiguousArray<CatalogEntry>
    /// By the number of the name: the first entry; -1: none.
    private let first: ContiguousArray<Int32>
    /// By the number of the name: the schema of that name; -1: none.
    private let schemas: ContiguousArray<Int32>
    let objects: ContiguousArray<CatalogObject>
    /// By the first byte of a name, lower case: the lengths of names that matter where they are no
    /// calls, as bits.
    private let watched: ContiguousArray<UInt64>
    /// Own operators are to be looked at as well.
    let watchesOwnOperators: Bool
    /// Names are to be looked at that are no calls.
    let watchesNames: Bool
    let pgCatalog: Int32
    /// A name that matters has other letters than ASCII.
    let hasWideNames: Bool

    init(_ draft: CatalogDraft, generation: UInt64) {
        self.generation = generation
        paths = draft.paths
        knownCount = draft.knownCount
        taintedCount = draft.taintedCount
        taintedTypes = draft.taintedTypes
        names = draft.names
        entries = draft.entries
        first = draft.first
        schemas = draft.schemas
        objects = draft.objects
        watched = draft.watched
        watchesOwnOperators = draft.watchesOwnOperators
        watchesNames = draft.watched.contains { $0 != 0 }
        pgCatalog = draft.pgCatalog
        hasWideNames = draft.hasWideNames
    }

    /// - Parameters:
    ///   - generation: of no other facts in this process.
    ///   - rules: what the operator says of functions.
    package convenience init(
        _ contents: CatalogContents, generation: UInt64, rules: FunctionRules = FunctionRules()
    ) {
        self.init(CatalogDraft(contents, rules: rules), generation: generation)
    }

    // MARK: Names

    /// Whether the name may matter though no `(` follows it. Wrong one way only.
    @inline(__always)
    func mayMatter(_ byte: UInt8, length: Int) -> Bool {
        let bits = watched[Int(RawSpan.lowercased(byte))]
        return bits &>> UInt64(min(length, 63)) & 1 != 0
    }

    /// The first entry of a name; -1: none.
    func firstEntry(_ name: Int) -> Int { name < 0 ? -1 : Int(first[name]) }

    func entry(_ index: Int) -> CatalogEntry { entries[index] }

    /// The schema of this name; -1: none.
    func schema(_ name: Int) -> Int32 { name < 0 ? -1 : schemas[name] }

    // MARK: In words

    /// What is known of an object that a verdict or a list of objects refers to, such as `view
    /// app.v reaches function app.f(integer), which is volatile`; nil: there is none.
    package func explanation(of object: Int32) -> String? {
        guard objects.indices.contains(Int(object)) else { return nil }
        var text = objects[Int(object)].label
        var at = objects[Int(object)]
        var steps = 0
        while at.via >= 0, steps < objects.count {
            at = objects[Int(at.via)]
            text += (steps == 0 ? " reaches " : ", which reaches ") + at.label
            steps += 1
        }
        guard !at.end.isEmpty else { return text }
        return text + (steps == 0 ? " " : ", which ") + at.end
    }
}
