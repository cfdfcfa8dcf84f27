import Vocabulary

/// What a client of the admin database is told when its command fails.
package struct AdminError: Error, Sendable, Hashable {
    package var state: SQLState
    package var message: String
    package var detail: String?
    package var hint: String?
    /// Where in the command, in characters from 1; nil: nowhere in particular.
    package var position: Int?

    package init(
        _ state: SQLState, _ message: String, detail: String? = nil, hint: String? = nil,
        position: Int? = nil
    ) {
        self.state = state
        self.message = message
        self.detail = detail
        self.hint = hint
        self.position = position
    }

    /// A command that the admin database does not have.
    static func unknownCommand(_ message: String, at position: Int?) -> Self {
        Self(.syntaxError, message, hint: AdminCommand.summary, position: position)
    }

    /// A message whose body is not what its type promises.
    static func malformed(_ what: String) -> Self {
        Self(.protocolViolation, "invalid message format: \(what)")
    }
}
