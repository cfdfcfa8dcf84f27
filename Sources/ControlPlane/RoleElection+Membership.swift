import Vocabulary

// Which nodes are of one cluster: all its nodes have the system identifier that initdb once made.
extension RoleElection {
    enum Membership {
        /// That of the cluster; nil: no node has told any.
        case agreed(UInt64?)
        /// Nodes differ, and nothing says which of them are meant.
        case unclear(String)
    }

    /// The identifier by which nodes belong to the cluster: that of its primaries so far; before
    /// the first, that of most nodes.
    mutating func membership(of nodes: [Testimony]) -> Membership {
        let told = nodes.compactMap(\.systemIdentifier)
        if let systemIdentifier {
            // All servers were made anew: what is known of the former ones says nothing of them.
            guard !told.isEmpty, !told.contains(systemIdentifier) else {
                return .agreed(systemIdentifier)
            }
            forget()
        }
        let counts = told.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        let most = counts.values.max() ?? 0
        let leaders = counts.filter { $0.value == most }.keys.sorted()
        guard leaders.count > 1 else { return .agreed(leaders.first) }
        let texts = nodes.compactMap { node in
            node.systemIdentifier.map { "\(node.name) has \($0)" }
        }
        return .unclear(
            "the nodes differ in their system identifiers (" + texts.joined(separator: ", ") + ")")
    }

    /// Bars nodes of other clusters. Returns the places of those that belong to this one.
    func bar(
        othersThan identifier: UInt64?, _ nodes: [Testimony], _ outcome: inout Outcome
    ) -> [Int] {
        nodes.indices.filter { index in
            guard let identifier, let own = nodes[index].systemIdentifier, own != identifier
            else { return true }
            outcome.verdicts[index] = .barred(
                "belongs to another cluster: its system identifier is \(own), not \(identifier)")
            return false
        }
    }
}
