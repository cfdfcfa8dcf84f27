import Vocabulary

/// All that is known of one node when roles are decided: what it said last, and whether it still
/// answers.
struct Testimony: Sendable, Hashable {
    /// Whether the node answers.
    enum Presence: Sendable, Hashable {
        /// Not asked yet.
        case unasked
        case present
        /// Nobody is there: a connection to it is refused.
        case absent
        /// It does not answer, which may be the network's fault: it may still serve others.
        case silent
    }

    var name: String
    /// Whether the configuration lets it become the primary.
    var mayLead = true
    var presence = Presence.unasked
    /// Of its last answer; nil: it has given none.
    var isInRecovery: Bool?
    /// Of its last answer; nil also when it did not tell.
    var timeline: Timeline?
    /// Of its last answer: made by initdb and shared by all standbys; nil also when not told.
    var systemIdentifier: UInt64?
    /// When the latest attempt to ask it ended, whatever came of it.
    var askedAt: MonotonicInstant?

    init(_ name: String) { self.name = name }

    /// Answers, says that it takes writes, and may.
    var claimsPrimary: Bool { mayLead && presence == .present && isInRecovery == false }
}
