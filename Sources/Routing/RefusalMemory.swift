import Vocabulary

/// The fingerprints that replicas have refused not long ago: they go to the primary straight away.
///
/// Invariant: at most `Limits.rememberedRefusals` entries. What is no more than missing is
/// forgotten within seconds: the replicas catch up.
package struct RefusalMemory: Sendable {
    /// One fingerprint.
    package struct Entry: Sendable, Hashable {
        package let refusal: StandbyRefusal
        package let expires: MonotonicInstant
    }

    private var entries: [UInt64: Entry] = [:]

    package init() {}

    /// Whether there is nothing to ask for.
    package var isEmpty: Bool { entries.isEmpty }
    /// How many fingerprints are remembered, expired ones included.
    package var count: Int { entries.count }

    /// A replica has refused a statement of this fingerprint. Does nothing where that tells nothing
    /// of the next time.
    /// - Parameter seconds: how long that counts at the most; 0: not at all.
    /// - Returns: until when, if it was not known before.
    @discardableResult
    package mutating func remember(
        _ fingerprint: UInt64, _ refusal: StandbyRefusal, seconds: Int, at now: MonotonicInstant
    ) -> MonotonicInstant? {
        let seconds = Self.seconds(of: refusal, atMost: seconds)
        guard seconds > 0, fingerprint != 0 else { return nil }
        let known = find(fingerprint, at: now)
        let expires = now.advanced(milliseconds: UInt64(seconds) * 1_000)
        if entries[fingerprint] == nil { makeRoom(at: now) }
        entries[fingerprint] = Entry(refusal: refusal, expires: expires)
        return known == nil ? expires : nil
    }

    /// What is remembered of a fingerprint; forgets what has expired.
    package mutating func find(_ fingerprint: UInt64, at now: MonotonicInstant) -> Entry? {
        guard let entry = entries[fingerprint] else { return nil }
        if now < entry.expires { return entry }
        entries[fingerprint] = nil
        return nil
    }

    /// The schema has changed: nothing of it need be so any more.
    package mutating func forgetAll() { entries = [:] }

    private static func seconds(of refusal: StandbyRefusal, atMost seconds: Int) -> Int {
        switch refusal.scope {
        case .everyStandby: seconds
        case .missingObject: min(seconds, Limits.rememberedMissingSeconds)
        case .thisReplica: 0
        }
    }

    /// What expires first goes first.
    private mutating func makeRoom(at now: MonotonicInstant) {
        guard entries.count >= Limits.rememberedRefusals else { return }
        entries = entries.filter { now < $0.value.expires }
        guard entries.count >= Limits.rememberedRefusals,
            let oldest = entries.min(by: { $0.value.expires < $1.value.expires })
        else { return }
        entries[oldest.key] = nil
    }
}
