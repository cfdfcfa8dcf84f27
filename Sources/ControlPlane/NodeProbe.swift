import Configuration
import Vocabulary

/// What one probe learned of a node.
package struct ProbeReading: Sendable, Hashable {
    package var isInRecovery: Bool
    /// Of a primary: the end of its WAL on disk. Of a replica: up to where it has replayed. nil: a
    /// replica that has replayed nothing since it started, or the monitor may not ask.
    package var position: LogSequenceNumber?
    /// Of a replica: up to where WAL has been received by streaming; nil: nothing was streamed.
    package var received: LogSequenceNumber?
    /// Of a replica: whether it is connected to its primary now.
    package var isStreaming: Bool
    /// Of a replica: age of the last transaction it replayed, by its own clock.
    package var replayedAgeMilliseconds: UInt64?
    /// Of a primary: of the WAL it writes. Of a replica: of what it streams, or, while it does not,
    /// of its latest restart point. nil: it streams, and the monitor may not ask.
    package var timeline: Timeline?
    /// Made by initdb and shared by all nodes of a cluster; nil: the monitor may not ask.
    package var systemIdentifier: UInt64?

    package init(
        isInRecovery: Bool, position: LogSequenceNumber? = nil,
        received: LogSequenceNumber? = nil, isStreaming: Bool = false,
        replayedAgeMilliseconds: UInt64? = nil, timeline: Timeline? = nil,
        systemIdentifier: UInt64? = nil
    ) {
        self.isInRecovery = isInRecovery
        self.position = position
        self.received = received
        self.isStreaming = isStreaming
        self.replayedAgeMilliseconds = replayedAgeMilliseconds
        self.timeline = timeline
        self.systemIdentifier = systemIdentifier
    }

    /// What is wrong with a node of this role that says this of itself; nil: nothing.
    package func contradiction(to role: ProxyConfiguration.NodeRole) -> String? {
        switch (role, isInRecovery) {
        case (.primary, true): "configured as the primary but is in recovery"
        case (.replica, false): "configured as a replica but is not in recovery"
        case (.primary, false), (.replica, true), (.auto, _): nil
        }
    }
}

/// The one query of a health probe. Any user may run it, on every supported version.
package enum NodeProbe {
    /// `pg_last_wal_*` and `pg_current_wal_*` fail on the other kind of server, but a CASE
    /// evaluates volatile functions only in the branch that is taken.
    package static let query = """
        SELECT r, CASE WHEN r THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END,
            CASE WHEN r THEN pg_last_wal_receive_lsn() END,
            CASE WHEN r THEN EXISTS (SELECT FROM pg_stat_wal_receiver) ELSE false END,
            CASE WHEN r THEN floor(extract(epoch FROM
                clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000)::bigint END,
            CASE WHEN NOT r THEN
                ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::bigint
            WHEN EXISTS (SELECT FROM pg_stat_wal_receiver)
            THEN (SELECT max(received_tli) FROM pg_stat_wal_receiver)
            ELSE (SELECT greatest(c.timeline_id, m.min_recovery_end_timeline)
                FROM pg_control_checkpoint() AS c, pg_control_recovery() AS m) END
        FROM (SELECT pg_is_in_recovery() AS r) AS s
        """

    /// Asked once of each connection: the answer cannot change while the server runs.
    package static let identifierQuery = "SELECT system_identifier FROM pg_control_system()"

    /// Reads the answer to `identifierQuery`; nil: it makes no sense.
    package static func identifier(of result: LibpqRows) -> UInt64? {
        guard let text = result.rows.first?.first ?? nil else { return nil }
        return UInt64(text)
    }

    /// Reads the answer to `query`.
    /// - Throws: `LibpqError` that says what is odd, when a server answers something else.
    package static func reading(of result: LibpqRows) throws(LibpqError) -> ProbeReading {
        guard let row = result.rows.first, result.rows.count == 1, row.count == 6,
            let isInRecovery = boolean(row[0]), let isStreaming = boolean(row[3])
        else { throw LibpqError(.query, "the probe got an answer that it does not understand") }
        return ProbeReading(
            isInRecovery: isInRecovery, position: try position(row[1]),
            received: try position(row[2]), isStreaming: isStreaming,
            // The replica's clock may have been set back.
            replayedAgeMilliseconds: row[4].flatMap { Int64($0) }.map { UInt64(clamping: $0) },
            timeline: row[5].flatMap { Timeline(text: $0) })
    }

    private static func boolean(_ text: String?) -> Bool? {
        switch text {
        case "t": true
        case "f": false
        case _: nil
        }
    }

    private static func position(_ text: String?) throws(LibpqError) -> LogSequenceNumber? {
        guard let text else { return nil }
        guard let position = LogSequenceNumber(text: text) else {
            throw LibpqError(.query, "the probe got \"\(text.prefix(40))\" for a WAL position")
        }
        return position
    }
}
