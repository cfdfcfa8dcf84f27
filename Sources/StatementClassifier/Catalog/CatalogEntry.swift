/// One thing that a name may mean.
struct CatalogEntry: Sendable {
    enum Kind: UInt8, Sendable { case function, relation, type, `operator` }

    let kind: Kind
    /// `.plainRead`: a replica may run it.
    let reason: VerdictReason
    /// Of a function: how many arguments a call may have; 255 stands for any number.
    let fewest: UInt8
    let most: UInt8
    /// Of a function: `row.name` may call it.
    let takesRow: Bool
    let schema: Int32
    /// Index among the facts' objects.
    let object: Int32
    /// The next entry of the same name; -1: none.
    var next: Int32 = -1

    /// Whether a call with so many arguments may mean it.
    func accepts(_ arguments: Int) -> Bool {
        arguments >= Int(fewest) && (most == 255 || arguments <= Int(most))
    }

    /// A replica may run it.
    var isHarmless: Bool { reason == .plainRead }
}

/// An object of the catalog as it is told to people.
struct CatalogObject: Sendable {
    /// `function app.f(integer)`.
    let label: String
    /// What is wrong with it; empty: nothing, or what it reaches.
    let end: String
    /// The object that it reaches, the next on the way; -1: none.
    let via: Int32
}

/// What the facts say of something that a statement mentions.
enum CatalogRuling: Sendable, Equatable {
    /// Nothing of this name is visible.
    case nothing
    case harmless
    /// It is not for a replica.
    case tainted(VerdictReason, object: Int32)
}
