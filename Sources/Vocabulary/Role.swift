/// What a node is in its cluster, in PostgreSQL's own words.
package enum Role: String, Sendable, Hashable {
    case primary
    case replica
    /// Not found out, or in doubt: it gets neither writes nor reads. Only of a node whose role is
    /// to be found out.
    case unknown
}
