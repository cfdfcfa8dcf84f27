extension ProxyConfiguration {
    /// What a read on a replica must see.
    package struct Consistency: Sendable, Equatable {
        /// Whose writes a read must see.
        package enum Scope: String, Sendable, Equatable, CaseIterable {
            /// Those of its own session.
            case session
            /// Those of all clients of the database, as far as this process has acknowledged them.
            case database
            /// Nobody's: whatever the replica has.
            case eventual
        }

        /// What becomes of a read while no replica is proven to hold what it must see.
        package enum Unproven: Sendable, Equatable {
            /// It runs on the primary.
            case primary
            /// It waits for a replica to be proven, this long at the most, and then runs on the
            /// primary.
            case wait(milliseconds: Int)
        }

        package var scope = Scope.session
        /// A replica that may be further behind takes no reads; 0: no bound.
        package var maxStalenessMillis = 0
        package var whenUnproven = Unproven.primary

        package init() {}

        /// Proofs are needed at any time, not only where an application asks for one.
        package var needsProofs: Bool { scope != .eventual || maxStalenessMillis > 0 }
    }
}
