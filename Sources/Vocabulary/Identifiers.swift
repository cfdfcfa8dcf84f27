/// A client's session. Distinct for the life of the process, so that a late event can never reach
/// a successor: the number is never used again.
package struct SessionID: Hashable, Sendable, Comparable {
    package let rawValue: UInt64

    package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// A connection to a server. Never used again within one process.
package struct ServerID: Hashable, Sendable, Comparable {
    package let rawValue: UInt64

    package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// A PostgreSQL host of one cluster: its place in the configuration's list of nodes.
package struct NodeID: Hashable, Sendable, Comparable {
    private let number: Int32
    package var index: Int { Int(number) }

    package init(_ index: Int) { number = Int32(truncatingIfNeeded: index) }

    package static func < (a: Self, b: Self) -> Bool { a.index < b.index }
}

/// A set of startup parameters that clients agree on, interned: server connections are lent only
/// to clients of the same profile.
package struct ProfileID: Hashable, Sendable {
    private let number: Int32
    package var index: Int { Int(number) }

    package init(_ index: Int) { number = Int32(truncatingIfNeeded: index) }
}

/// One of the worker loops, counted from 0.
package struct LoopIndex: Hashable, Sendable {
    package let index: Int

    package init(_ index: Int) { self.index = index }
}
