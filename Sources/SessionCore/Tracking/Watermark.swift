import PostgresWire
import StatementClassifier
import Vocabulary

/// When the session last had something acknowledged that its reads must see: writes, and whatever
/// else is not a plain read, such as a lock that it got. What fails counts, too: a procedure or a
/// string of several statements may have committed on the way.
///
/// The instant is not that of the event that the session was shown: the answer may have come after
/// the clock was last read, and then the commit would seem older than it is. So the tracker says
/// that an instant is due, and whoever reads the clock gives it one that was read since.
package struct Watermark: Sendable {
    /// In nanoseconds of the clock; 0: nothing was acknowledged yet.
    private var nanoseconds: UInt64 = 0
    /// Something was acknowledged now: the clock is to be read before the client can hear of it.
    package private(set) var isDue = false
    /// The open transaction block has done more than to read.
    private var blockWrote = false
    /// What runs on the primary may write, though its text does not say so.
    private var mayWriteUnseen = false

    package init() {}

    /// Reads must see all that was acknowledged up to this instant; nil: whatever there is.
    package var instant: MonotonicInstant? {
        nanoseconds == 0 ? nil : MonotonicInstant(nanoseconds: nanoseconds)
    }

    /// A segment has ended on the primary.
    /// - Parameters:
    ///   - wrote: a statement in it may have changed something.
    ///   - isRead: it held reads and nothing else.
    mutating func ended(wrote: Bool, isRead: Bool, _ status: TransactionStatus) {
        let wrote = wrote || mayWriteUnseen
        mayWriteUnseen = false
        if wrote || (!isRead && blockWrote) { isDue = true }
        blockWrote = status != .idle && (blockWrote || wrote)
    }

    /// The batch that runs now is a read by its text that replicas have refused: a function in it
    /// may write that is declared not to.
    package mutating func expectWrite() { mayWriteUnseen = true }

    /// Something else has told the client of a state that its reads must see: a notification.
    mutating func told() { isDue = true }

    /// The connection broke while something ran or was open on the primary: it may be done.
    mutating func lost() {
        isDue = true
        blockWrote = false
        mayWriteUnseen = false
    }

    /// The clock was read after the event: reads must see what was acknowledged by then.
    package mutating func stamp(_ now: MonotonicInstant) {
        isDue = false
        nanoseconds = max(nanoseconds, now.nanoseconds)
    }
}

extension StatementVerdict {
    /// It may change what others read, or wait for what others have changed. Settings and the ends
    /// of transactions do neither by themselves.
    var mayWrite: Bool {
        guard route == .primary else { return false }
        guard statementCount <= 1 else { return true }
        switch transaction {
        case .begin, .setTransaction, .commit, .rollback: return false
        case .none, .other: return reason != .changesSetting && reason != .showsSetting
        }
    }
}
