/// What a node is in its cluster, in PostgreSQL's own words.
package enum Role: String, Sendable, Hashable, CaseIterable {
    case primary
    case replica
}
