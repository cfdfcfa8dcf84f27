import Vocabulary

/// What the session on a server connection holds that outlives a turn. It travels with the turn:
/// the connection keeps it between turns, the client's session while it is attached.
package struct ServerSession: Sendable {
    package internal(set) var statements: ServerStatements
    /// What clients have set in it since its login, or DISCARD ALL.
    package internal(set) var settings = CarriedSettings()
    /// What it has reported, as of now.
    package internal(set) var reported = ReportedSettings()

    /// Whose `nextval` it may remember; nil: nobody's.
    package internal(set) var sequencesOf: SessionID?

    /// As it is right after login.
    /// - Parameter statementLimit: how many prepared statements it may have at most.
    package init(statementLimit: Int = Limits.serverStatements) {
        statements = ServerStatements(limit: statementLimit)
    }

    /// The login is done.
    package mutating func loggedIn(with values: [ReportedSettings.Value]) {
        reported = ReportedSettings(values)
    }

    /// ParameterStatus came while no client's session had it.
    package mutating func report(_ name: String, _ value: String) {
        _ = reported.set(ReportedSettings.Value(name: name, value: value))
    }

    /// Statements are numbered by each worker for itself: what it has prepared is nothing that the
    /// next one knows by its name.
    package mutating func changesWorker() {
        let isCertain = statements.count == 0 && !statements.isUncertain
        statements.removeAll(isCertain: isCertain)
    }

    /// DISCARD ALL went through.
    package mutating func discardedAll() {
        statements.removeAll(isCertain: true)
        settings = CarriedSettings()
        sequencesOf = nil
    }
}
