import Vocabulary

/// The questions of `ProofMonitor` and how to read their answers. Any user may ask them; one
/// without pg_read_all_stats learns late of the timeline that a replica follows.
enum ProofQuestion {
    /// `pg_current_wal_lsn` would be wrong: with synchronous_commit = off it lies before a commit
    /// that was acknowledged. Fails on a server that is no primary.
    static let primary = """
        SELECT pg_current_wal_insert_lsn(),
            substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8),
            current_setting('wal_block_size'),
            pg_size_bytes(current_setting('wal_segment_size'))
        """

    /// The position is read before the timeline: one that is read on a timeline that the replica
    /// has left for another since is not taken for a position there. The control file knows of a
    /// new timeline only after the next restartpoint.
    static let replica = """
        SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn(),
            coalesce((SELECT received_tli FROM pg_stat_wal_receiver),
                (SELECT greatest(r.min_recovery_end_timeline, c.timeline_id)
                    FROM pg_control_recovery() AS r, pg_control_checkpoint() AS c))
        """

    /// The history file of a timeline; superusers and pg_read_server_files may read it.
    static func history(of timeline: Timeline) -> String {
        let digits = String(timeline.rawValue, radix: 16, uppercase: true)
        let name = String(repeating: "0", count: max(0, 8 - digits.count)) + digits
        return "SELECT pg_read_file('pg_wal/\(name).history')"
    }

    /// From this version on a server can be asked to answer only when it has replayed enough.
    static let versionThatWaits = 190_000

    /// PostgreSQL 19 documentation, "WAIT FOR". It knows no timelines: the place is asked for
    /// afterwards all the same.
    static func wait(for position: LogSequenceNumber, milliseconds: Int) -> String {
        "WAIT FOR LSN '\(position)' WITH (MODE 'standby_replay', "
            + "TIMEOUT '\(milliseconds)ms', NO_THROW)"
    }

    /// Reads the answer of a primary.
    /// - Throws: `LibpqError` that says what is odd.
    static func primaryPlace(
        of result: LibpqRows
    ) throws(LibpqError) -> (place: TimelinePosition, geometry: WALGeometry) {
        guard let row = result.rows.first, row.count == 4,
            let insert = row[0].flatMap({ LogSequenceNumber(text: $0) }),
            let timeline = row[1].flatMap({ UInt32($0, radix: 16) }), timeline > 0,
            let blockBytes = row[2].flatMap({ UInt64($0) }),
            let segmentBytes = row[3].flatMap({ UInt64($0) })
        else { throw LibpqError(.query, "the primary says something else than its position") }
        let geometry = WALGeometry(blockBytes: blockBytes, segmentBytes: segmentBytes)
        let place = TimelinePosition(
            timeline: Timeline(timeline), position: geometry.recordEnd(before: insert))
        return (place, geometry)
    }

    /// Reads the answer of a replica.
    /// - Throws: `LibpqError` that says what is odd, or that it is no replica.
    static func replicaPlace(of result: LibpqRows) throws(LibpqError) -> TimelinePosition {
        guard let row = result.rows.first, row.count == 3, row[0] == "t",
            let replayed = row[1].flatMap({ LogSequenceNumber(text: $0) }),
            let timeline = row[2].flatMap({ Timeline(text: $0) })
        else { throw LibpqError(.query, "the replica does not say what it has replayed") }
        return TimelinePosition(timeline: timeline, position: replayed)
    }
}
