/// What a statement does to the settings of its session, for whoever makes another server session
/// alike. All of them speak of the statement's success, and those without `isLocal` of the commit
/// of its transaction: a rollback takes them back.
///
/// Names are in lower case, as PostgreSQL compares them, and one for all spellings: `timezone`,
/// `client_encoding`, `search_path`, `xmloption`, `role` and `session_authorization` stand for SET
/// TIME ZONE, SET NAMES, SET SCHEMA, SET XML OPTION, SET ROLE and SET SESSION AUTHORIZATION.
package enum SettingChange: Sendable, Hashable {
    /// A new value.
    /// - `statement` sets it again: from the statement's first byte to its last, without the
    ///   semicolon, in the client's encoding of that moment. No comment or quote is left open.
    /// - `isLocal`: until the end of the transaction only.
    ///
    /// `session_authorization` also ends a SET ROLE that went before it.
    case set(name: String, statement: [UInt8], isLocal: Bool)
    /// As `set`, but the text names only a part of the value and leaves the rest as it was:
    /// `SET datestyle TO iso` keeps the order of day and month. It means the same only after all
    /// that changed the setting before it.
    case amend(name: String, statement: [UInt8], isLocal: Bool)
    /// `SELECT set_config(name, value, is_local)`; the value's bytes are in the client's encoding.
    case setConfig(name: String, value: [UInt8], isLocal: Bool)
    /// RESET, or SET to DEFAULT: what the session began with.
    case reset(name: String)
    /// SET LOCAL to DEFAULT: the same until the end of the transaction only.
    case resetLocal(name: String)
    /// RESET SESSION AUTHORIZATION or SET SESSION AUTHORIZATION DEFAULT; ends a SET ROLE as well.
    case resetSessionAuthorization
    /// RESET ALL: everything but `role` and `session_authorization`.
    case resetAll
    /// DISCARD ALL: everything, `role` and `session_authorization` too.
    case discardAll
}
