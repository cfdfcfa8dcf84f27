import Vocabulary

/// Why a login was refused: what the client is told, in PostgreSQL's own words, and what only the
/// log may know. Holds no secret.
package struct AuthenticationFailure: Error, Hashable, Sendable {
    /// The severity is always FATAL, and the connection ends.
    package let state: SQLState
    package let message: String
    /// The DETAIL field of the error; nil: none.
    package let detail: String?
    /// For the log alone: it would tell the client which users exist.
    package let logDetail: String?

    package init(
        _ state: SQLState, _ message: String, detail: String? = nil, logDetail: String? = nil
    ) {
        self.state = state
        self.message = message
        self.detail = detail
        self.logDetail = logDetail
    }

    /// The client has proven the wrong thing, or nothing; not so where it was never asked to.
    package var isDisproof: Bool { state == .invalidPassword || logDetail != nil }

    /// The one answer to every wrong password, whatever the method and whether or not the user
    /// exists (`auth_failed` in src/backend/libpq/auth.c).
    static func wrongPassword(_ user: String, log: String?) -> Self {
        Self(
            .invalidPassword, "password authentication failed for user \"\(user)\"",
            logDetail: log)
    }

    static func protocolViolation(_ message: String, detail: String? = nil) -> Self {
        Self(.protocolViolation, message, detail: detail)
    }

    static func malformedScram(_ detail: String) -> Self {
        protocolViolation("malformed SCRAM message", detail: detail)
    }
}
