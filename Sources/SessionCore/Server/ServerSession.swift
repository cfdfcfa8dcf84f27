import Vocabulary

/// What the session on a server connection holds that outlives a turn. It travels with the turn:
/// the connection keeps it between turns, the client's session while it is attached.
package struct ServerSession: Sendable {
    package internal(set) var statements: ServerStatements

    /// As it is right after login.
    /// - Parameter statementLimit: how many prepared statements it may have at most.
    package init(statementLimit: Int = Limits.serverStatements) {
        statements = ServerStatements(limit: statementLimit)
    }

    /// DISCARD ALL went through.
    package mutating func discardedAll() { statements.removeAll(isCertain: true) }
}
