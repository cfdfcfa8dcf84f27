import PostgresWire
import SessionCore
import Vocabulary

/// Something to be run on a connection of shadow mode: messages, step by step, each step sent when
/// the one before has been answered.
final class ShadowErrand {
    /// As whom.
    let tenant: Tenant
    /// What its connection must be opened with; the errand refers to it until it is over.
    let lane: ProfileID
    /// What must be set on it.
    let settings: CarriedSettings
    /// Each is answered by one ReadyForQuery.
    let steps: [[UInt8]]
    let since: MonotonicInstant
    /// Called once; nil: it could not be run to its end.
    let done: ([ShadowReply]?) -> Void

    init(
        _ sample: ShadowSample, steps: [[UInt8]], at now: MonotonicInstant,
        done: @escaping ([ShadowReply]?) -> Void
    ) {
        tenant = sample.tenant
        lane = sample.lane
        settings = sample.batch.settings
        self.steps = steps
        since = now
        self.done = done
    }

    /// How far a replica has replayed.
    static let askReplayed = query("SELECT pg_catalog.pg_last_wal_replay_lsn()")
    /// Where the primary's log ends.
    static let askWritten = query("SELECT pg_catalog.pg_current_wal_insert_lsn()")

    /// How much of it is on disk, which is all that a replica can get.
    static let askFlushed = query("SELECT pg_catalog.pg_current_wal_flush_lsn()")

    static func query(_ text: String) -> [UInt8] {
        var writer = MessageWriter()
        writer.query(text)
        return writer.bytes
    }
}

/// The answer to one step.
struct ShadowReply {
    let digest: ReplyDigest
    /// First column of the first row.
    let value: String?
    let nanoseconds: UInt64

    var position: LogSequenceNumber? { value.flatMap { LogSequenceNumber(text: $0) } }
}
