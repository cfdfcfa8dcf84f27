/// Every bound of the proxy, with its unit and its reason. Nothing grows without one.
package enum Limits {
    /// PostgreSQL's own bound for a startup packet (`MAX_STARTUP_PACKET_LENGTH` in
    /// src/include/libpq/pqcomm.h, which leaves out the length word), in bytes with the length
    /// word.
    package static let startupPacketBytes = 10_004

    /// The longest key of a CancelRequest (PostgreSQL documentation, "Message Formats").
    package static let cancelKeyBytes = 256

    /// CancelRequests that one worker sends to servers at once; others wait in line. A server
    /// starts a process for each.
    package static let cancelsAtOnce = 32

    /// A CancelRequest that could not be sent by then is dropped, as is one that a server has not
    /// dealt with by then. PgBouncer's `cancel_wait_timeout` is as long.
    package static let cancelWaitMilliseconds: UInt64 = 10_000

    /// Clients of one worker that wait for their CancelRequest to be dealt with. What comes beyond
    /// is dropped.
    package static let cancelsHeld = 4_096

    /// A message before authentication ends: PostgreSQL's bound for a password or SASL message
    /// (`PQ_LARGE_MESSAGE_LIMIT` is for later ones; auth uses 65,535).
    package static let authenticationMessageBytes = 65_535

    /// PostgreSQL's names are no longer (`NAMEDATALEN` - 1), in bytes.
    package static let roleNameBytes = 63

    /// The longest message PostgreSQL accepts from a client (`PQ_LARGE_MESSAGE_LIMIT`: 1 GiB - 1).
    package static let messageBytes = 0x3FFF_FFFF

    /// The longest message of those that hold no data of the client's (`PQ_SMALL_MESSAGE_LIMIT` in
    /// src/include/libpq/libpq.h).
    package static let smallMessageBytes = 10_000

    /// Parameters that a server may report at login. PostgreSQL 18 reports 15.
    package static let reportedParameters = 1_000

    /// Bytes read from a socket at once; one such buffer serves a whole worker.
    package static let receiveBytes = 64 * 1024

    /// A peer that has this much unsent output waiting is not written to any more: whoever feeds
    /// it is not read from until it drains.
    package static let sendHighWaterBytes = 256 * 1024

    /// Reading resumes once the unsent output has drained to this.
    package static let sendLowWaterBytes = 64 * 1024

    /// The longest text of a statement that is classified; longer: primary and pinned.
    package static let classifiedTextBytes = 4 * 1024 * 1024

    /// What a client may send of a batch before it is routed; past it the batch goes to the
    /// primary as far as it is known.
    package static let heldBatchBytes = 256 * 1024

    /// Bytes that wait in the proxy for a client whose turn has not come.
    package static let stashedInputBytes = 256 * 1024

    /// Bodies of control messages (errors, parameters, tags) that a machine reads whole.
    package static let inspectedBodyBytes = 256 * 1024

    /// Named prepared statements of a session, in bytes of names and texts; past it they are
    /// prepared under their own names and pin the session.
    package static let rememberedStatementBytes = 4 * 1024 * 1024

    /// Notifications that wait for a client that is in a transaction or does not read, in bytes.
    /// PostgreSQL keeps them on disk; past this the client is told and closed.
    package static let heldNotificationBytes = 1024 * 1024
    /// Channels that one session may listen on over a shared connection; past it the session gets a
    /// server connection of its own.
    package static let sharedChannels = 10_000

    /// Texts that a worker keeps though no session has them prepared now, in bytes and in number.
    package static let idleStatementBytes = 8 * 1024 * 1024
    package static let idleStatements = 8_192

    /// Statements prepared on one server connection: the default of `maxPreparedStatements`
    /// (PgBouncer's `max_prepared_statements`).
    package static let serverStatements = 200

    /// The texts of those, in bytes: the server's memory for them is a multiple of it.
    package static let serverStatementBytes = 8 * 1024 * 1024

    /// A setting that a session takes along, in bytes of its statement, and all of them together;
    /// past it they pin the session.
    package static let carriedSettingBytes = 2 * 1024
    package static let carriedSettingsBytes = 8 * 1024

    /// What a transaction block begins with before its first statement needs a server, in bytes:
    /// BEGIN, SET TRANSACTION and the proxy's own settings.
    package static let preludeBytes = 4 * 1024

    /// A batch that is kept in case it has to be run again, in bytes. As much is gathered before a
    /// server is chosen.
    package static let rerunBytes = heldBatchBytes

    /// The frames of a batch that shares a server connection, in bytes: the batches behind it wait
    /// until the server has read them.
    package static let sharedTurnBytes = 8 * 1024

    /// The typical answer of a statement that shares a connection, in bytes: so much of each turn
    /// that is under way may have to be kept for a client that does not read.
    package static let sharedReplyBytes = 8 * 1024

    /// How long a statement that shares a connection typically runs, in nanoseconds, seen from
    /// here. Those behind it wait as long.
    package static let sharedTurnNanoseconds: UInt64 = 4_000_000

    /// How often a statement must have run alone before it is known well enough to share.
    package static let sharedTurnTrials = 3

    /// The turns that one connection is given before it has answered the first of them.
    package static let sharedTurnDepth = 64

    /// What a turn may have to wait for those before it before another connection is worth its
    /// cost, in nanoseconds: about what a wake-up of an idle server process costs all in all. Up
    /// to eight times as much where many turns come at a time.
    package static let sharedWaitNanoseconds: UInt64 = 250_000

    /// How many connections of a pool run turns before several share one.
    package static let sharedLines = 2

    /// How long a turn may take at the least, in nanoseconds, before those behind it are run
    /// elsewhere. On a busy machine a server process may not run for as long as this.
    package static let stuckTurnNanoseconds: UInt64 = 25_000_000

    /// After so many turns a shared connection goes back to its pool, which may want it for others
    /// or find it too old.
    package static let sharedLineTurns: UInt64 = 10_000

    /// The answer of a replica that is kept from its client in case the replica fails, in bytes:
    /// the default of `healing.holdBytes`.
    package static let heldReplyBytes = 64 * 1024

    /// How long the first bytes of an answer are kept from the client, in milliseconds: the default
    /// of `healing.holdMillis`. PostgreSQL itself sends nothing before it has 8 KiB or the whole
    /// answer, so only large answers wait, and a person does not notice a tenth of a second.
    package static let heldReplyMilliseconds = 100

    /// Fingerprints of one database and user that are remembered because replicas refuse them, on
    /// each worker.
    package static let rememberedRefusals = 1_024

    /// How long one is remembered that speaks of what is not there, in seconds: replicas catch up,
    /// and a client may be wrong again and again.
    package static let rememberedMissingSeconds = 5

    /// Fingerprints that `SHOW HEALS` tells of, on each worker, and the length of their texts, in
    /// bytes.
    package static let healRecords = 512
    package static let healTextBytes = 240

    /// PostgreSQL's bound on a name, in bytes (`NAMEDATALEN` - 1): of longer ones only these count.
    package static let nameBytes = 63

    /// Rows of a database's catalogs that facts are made of; of a larger one none are. About 100
    /// bytes each.
    package static let catalogRows = 1_000_000

    /// Values of `search_path` that one worker keeps apart, of one user in one database.
    package static let catalogScopes = 1_024

    /// Verdicts kept in one worker's cache.
    package static let cachedVerdicts = 16_384

    /// A reply larger than this is not compared in shadow mode, in bytes.
    package static let shadowReplyBytes = 1024 * 1024

    /// The frames of a batch that is run on a replica as well, and of all that wait for that in one
    /// worker and database, in bytes.
    package static let shadowBatchBytes = 64 * 1024
    package static let shadowQueueBytes = 1024 * 1024

    /// Comparisons that wait for one connection, in number. What comes beyond is dropped.
    package static let shadowQueue = 64

    /// A comparison that waited longer would not tell what the client would have got.
    package static let shadowWaitMilliseconds: UInt64 = 1_000

    /// Differences of one worker and database that are looked into at once, and of one statement
    /// those that wait for that; others are dropped.
    package static let shadowInquiries = 4

    /// How long a replica is given to catch up, before a difference counts as staleness without
    /// an end.
    package static let shadowCatchUpMilliseconds: UInt64 = 10_000

    /// An unused connection of shadow mode is closed after this.
    package static let shadowIdleMilliseconds: UInt64 = 30_000

    /// Texts of the statements of one worker and database in shadow mode, in bytes, and of one.
    package static let shadowTextBytes = 1024 * 1024
    package static let shadowStatementBytes = 1_000

    /// The first comparisons of a statement are made whatever the sample rate.
    package static let shadowFirstComparisons: UInt64 = 5
}
