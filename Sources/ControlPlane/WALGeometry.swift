import Vocabulary

/// The sizes of pages and segments of a server's WAL, in bytes.
struct WALGeometry: Sendable, Hashable {
    var blockBytes: UInt64 = 8_192
    var segmentBytes: UInt64 = 16 * 1024 * 1024

    /// Where the last record before this insert position ends.
    ///
    /// At the beginning of a page `pg_current_wal_insert_lsn` counts the header of a page that
    /// holds nothing yet, and `pg_last_wal_replay_lsn` does not: a cluster at rest there (as after
    /// `pg_switch_wal`) would never be found in step. No record ends within a header, nor at the
    /// end of one (src/include/access/xlog_internal.h: SizeOfXLogShortPHD, SizeOfXLogLongPHD).
    func recordEnd(before insert: LogSequenceNumber) -> LogSequenceNumber {
        guard blockBytes > Self.longHeader, segmentBytes > 0 else { return insert }
        let offset = insert.rawValue % blockBytes
        let page = insert.rawValue - offset
        let header = page % segmentBytes == 0 ? Self.longHeader : Self.shortHeader
        return offset == header ? LogSequenceNumber(page) : insert
    }

    private static let shortHeader: UInt64 = 24
    private static let longHeader: UInt64 = 40
}
