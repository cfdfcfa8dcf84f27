import Vocabulary

/// Reads of one fingerprint that replicas have failed, by SQLSTATE.
package struct HealSnapshot: Sendable, Hashable {
    /// What tells one from another.
    package struct Key: Sendable, Hashable {
        /// As clients name it.
        package var database: String
        /// 0: not known.
        package var fingerprint: UInt64
        /// `08006` where the connection was lost without a word.
        package var state: String

        package init(database: String, fingerprint: UInt64, state: String) {
            self.database = database
            self.fingerprint = fingerprint
            self.state = state
        }
    }

    /// How often it was run elsewhere.
    package var count: UInt64 = 0
    package var lastSeen = MonotonicInstant(nanoseconds: 0)
    /// The replica that failed it last.
    package var node = ""
    /// Until then it goes to the primary straight away; in the past: it does not.
    package var rememberedUntil = MonotonicInstant(nanoseconds: 0)
    /// Without literals; empty: not known.
    package var statement = ""

    package init() {}

    /// Adds what another worker knows of the same.
    package mutating func add(_ other: Self) {
        let (sum, overflowed) = count.addingReportingOverflow(other.count)
        count = overflowed ? .max : sum
        rememberedUntil = max(rememberedUntil, other.rememberedUntil)
        if statement.isEmpty { statement = other.statement }
        guard other.lastSeen > lastSeen else { return }
        (lastSeen, node) = (other.lastSeen, other.node)
    }
}

/// Those of one worker.
///
/// Invariant: at most `Limits.healRecords`; the one seen longest ago goes first.
package struct HealRecords: Sendable, Hashable {
    package private(set) var records: [HealSnapshot.Key: HealSnapshot] = [:]

    package init() {}

    /// Whether the text of this one is known already.
    package func knows(_ key: HealSnapshot.Key) -> Bool { records[key] != nil }

    /// A read was taken from a replica that failed it.
    package mutating func healed(
        _ key: HealSnapshot.Key, node: String, at now: MonotonicInstant,
        rememberedUntil: MonotonicInstant?, statement: @autoclosure () -> String
    ) {
        if records[key] == nil {
            makeRoom()
            records[key] = HealSnapshot()
            records[key]?.statement = statement()
        }
        records[key]?.count += 1
        records[key]?.lastSeen = now
        records[key]?.node = node
        if let rememberedUntil { records[key]?.rememberedUntil = rememberedUntil }
    }

    /// What was remembered of this database is forgotten.
    package mutating func forgotten(_ database: String) {
        for key in records.keys where key.database == database {
            records[key]?.rememberedUntil = MonotonicInstant(nanoseconds: 0)
        }
    }

    private mutating func makeRoom() {
        guard records.count >= Limits.healRecords,
            let oldest = records.min(by: { $0.value.lastSeen < $1.value.lastSeen })
        else { return }
        records[oldest.key] = nil
    }
}
