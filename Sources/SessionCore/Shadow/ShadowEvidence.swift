import Vocabulary

/// What is known of a read that has been run on the primary, for its client, and on a replica.
///
/// A difference alone says little: the replica may have been behind, the data may have changed in
/// between, or the statement may never say the same twice. So both are run again, the replica once
/// it has caught up, and the positions in the write-ahead log tell the cases apart.
package struct ShadowEvidence: Sendable {
    package let isOrdered: Bool
    /// What the client got.
    package let primary: ReplyDigest
    /// What it would have got.
    package let replica: ReplyDigest
    /// Up to where the replica had replayed just before; nil: not known.
    package let replayed: LogSequenceNumber?

    package init(
        isOrdered: Bool, primary: ReplyDigest, replica: ReplyDigest, replayed: LogSequenceNumber?
    ) {
        self.isOrdered = isOrdered
        self.primary = primary
        self.replica = replica
        self.replayed = replayed
    }

    /// The outcome, where nothing more has to be found out.
    package var outcome: ShadowOutcome? {
        if primary.bytes > Limits.shadowReplyBytes || replica.bytes > Limits.shadowReplyBytes {
            return .tooLarge
        }
        // Cancelled, by a client or a timeout: no answer that could be compared.
        if primary.state == "57014" { return .moved }
        if replica.says(primary, isOrdered: isOrdered) { return .same }
        guard let state = replica.state else { return nil }
        if state == "57014" { return .tooSlow }
        if Self.isOfNode(state) { return .unavailable }
        return Self.isRefusal(state) ? .failed(state: state) : nil
    }

    /// The node, not the statement, is the matter: no connections, no resources, shutting down.
    private static func isOfNode(_ state: String) -> Bool {
        state.hasPrefix("08") || state.hasPrefix("53") || state.hasPrefix("57")
    }

    /// What only a standby says, or only to what it cannot run: waiting would not mend it
    /// (read_only_sql_transaction, feature_not_supported, object_not_in_prerequisite_state,
    /// serialization_failure with recovery, internal_error during recovery).
    private static func isRefusal(_ state: String) -> Bool {
        state == "25006" || state == "0A000" || state == "55000" || state.hasPrefix("40")
            || state == "XX000"
    }

    /// What was found when both were run again.
    package struct Second: Sendable {
        /// The end of the primary's log before its second run, and after it.
        package var before: LogSequenceNumber?
        package var after: LogSequenceNumber?
        package var primary: ReplyDigest
        /// How long the replica took to replay up to `after`; nil: longer than was waited for.
        package var caughtUpMilliseconds: UInt64?
        /// The replica's answer then.
        package var replica: ReplyDigest?
        /// A third run on the primary.
        package var third: ReplyDigest?

        package init(
            before: LogSequenceNumber?, after: LogSequenceNumber?, primary: ReplyDigest
        ) {
            self.before = before
            self.after = after
            self.primary = primary
        }
    }

    /// The outcome, with all that could be found out.
    package func outcome(_ second: Second) -> ShadowOutcome {
        guard let settled = second.replica, let third = second.third else {
            // What the primary itself does not say twice cannot be called stale.
            let isStale =
                isBehind(second) && agree(primary, second.primary)
                && !agree(replica, second.primary)
            return isStale ? .stale(milliseconds: nil) : .moved
        }
        if let state = settled.state, second.primary.state == nil {
            if state == "57014" { return .tooSlow }
            return Self.isOfNode(state) ? .unavailable : .failed(state: state)
        }
        if agree(settled, second.primary) || agree(settled, third) {
            // What the replica said at first may be what the primary says now.
            if agree(replica, second.primary) || !isBehind(second) { return .moved }
            return .stale(milliseconds: second.caughtUpMilliseconds)
        }
        return agree(second.primary, third) ? .differs : .unsteady
    }

    /// The replica had not replayed all that the primary had written.
    private func isBehind(_ second: Second) -> Bool {
        guard let replayed, let end = second.before else { return true }
        return replayed < end.endOfRecord
    }

    private func agree(_ one: ReplyDigest, _ other: ReplyDigest) -> Bool {
        one.says(other, isOrdered: isOrdered)
    }
}

extension LogSequenceNumber {
    /// `pg_current_wal_insert_lsn()` is where the next record will begin: at the beginning of a
    /// page, behind its header (`SizeOfXLogShortPHD`, 24 bytes, or `SizeOfXLogLongPHD`, 40, in
    /// src/include/access/xlog_internal.h). What has been replayed ends before that header.
    package var endOfRecord: Self {
        let pageBytes: UInt64 = 8_192
        let offset = rawValue % pageBytes
        return offset == 24 || offset == 40 ? Self(rawValue - offset) : self
    }
}
