import Vocabulary

/// What the session answers by itself.
extension AdminSession {
    /// The version of PostgreSQL that drivers shall take this for: old enough that none of them
    /// tries what only newer servers know, new enough that none of them refuses.
    private static let postgresVersion = "14.0"

    /// Names of the parameters that SHOW knows, in lower case.
    static let reportedParameters: Set<String> = Set(
        parameters(user: "", version: "").map { $0.name.lowercased() }
            + ["transaction_isolation", "default_transaction_isolation"])

    /// ParameterStatus, BackendKeyData and ReadyForQuery: what follows AuthenticationOk.
    package mutating func greeting(processID: Int32, secret: [UInt8]) -> [UInt8] {
        for (name, value) in Self.parameters(user: user, version: version) {
            writer.parameterStatus(name, value)
        }
        writer.backendKeyData(processID: processID, secret: secret)
        writer.readyForQuery(transaction)
        return writer.take()
    }

    private static func parameters(
        user: String, version: String
    ) -> [(name: String, value: String)] {
        [
            ("server_version", "\(postgresVersion) (Switchyard \(version))"),
            ("server_encoding", "UTF8"), ("client_encoding", "UTF8"),
            ("application_name", ""), ("DateStyle", "ISO, MDY"), ("IntervalStyle", "postgres"),
            ("TimeZone", "UTC"), ("integer_datetimes", "on"),
            ("standard_conforming_strings", "on"), ("is_superuser", "off"),
            ("session_authorization", user), ("default_transaction_read_only", "off"),
            ("in_hot_standby", "off"),
        ]
    }

    /// The answer to a driver's own statement.
    func answer(to courtesy: AdminCourtesy) -> AdminAnswer {
        guard let columns = courtesy.columns else { return .done }
        return .table(AdminTable(columns: columns, rows: [[value(of: courtesy)]]))
    }

    private func value(of courtesy: AdminCourtesy) -> AdminValue {
        switch courtesy {
        case .accepted, .begin, .commit, .rollback: .null
        case .integer(let value): .integer(value)
        case .text(let value): .text(value)
        case .function(let function): value(of: function)
        case .parameter(let name): value(ofParameter: name)
        }
    }

    private func value(of function: AdminFunction) -> AdminValue {
        switch function {
        case .version: .text("PostgreSQL \(Self.postgresVersion) (Switchyard \(version))")
        case .currentDatabase: .text("switchyard")
        case .currentSchema: .text("public")
        case .currentUser, .sessionUser: .text(user)
        case .backendProcess: .integer(0)
        case .unlockAll: .text("")
        case .isInRecovery: .bool(false)
        }
    }

    private func value(ofParameter name: String) -> AdminValue {
        if name.hasSuffix("transaction_isolation") { return .text("read committed") }
        let parameters = Self.parameters(user: user, version: version)
        return .optional(parameters.first { $0.name.lowercased() == name }?.value)
    }

    /// Sends rows of a portal that has been run, and says whether there are more.
    mutating func send(portal name: String, limit: Int) {
        guard var portal = portals[name], let command = portal.command else { return }
        let (rows, isSuspended) = portal.fetch(limit: limit)
        portals[name] = portal
        let table = AdminTable(columns: command.columns ?? [], rows: Array(rows))
        writer.rows(table, portal.formats, describe: false)
        if isSuspended {
            writer.portalSuspended()
        } else {
            writer.commandComplete(tag(of: command, rows: portal.fetched))
        }
    }

    /// The command tag; COMMIT of a failed transaction rolls it back, and says so.
    func tag(of command: AdminCommand, rows: Int) -> String {
        if command == .courtesy(.commit), transaction == .failed { return "ROLLBACK" }
        return command.tag(rows: rows)
    }

    /// What a completed command does to the transaction.
    mutating func settle(_ command: AdminCommand) {
        guard case .courtesy(let courtesy) = command else { return }
        switch courtesy {
        case .begin: transaction = .open
        case .commit, .rollback:
            transaction = .idle
            portals = [:]
        case .accepted, .integer, .text, .function, .parameter: break
        }
    }
}

extension AdminCommand {
    /// Whether it is one of the few that a failed transaction admits.
    var endsTransaction: Bool {
        switch self {
        case .courtesy(.commit), .courtesy(.rollback): true
        case .courtesy, .show, .reload, .explainRoute: false
        }
    }
}
