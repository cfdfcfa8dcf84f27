import Vocabulary

extension AdminSession {
    /// One message in its turn (PostgreSQL documentation, "Message Flow").
    mutating func handle(_ message: AdminMessage) {
        let type = Unicode.Scalar(message.type)
        if skipsToSync, type != "S", type != "X" { return }
        do throws(AdminError) {
            switch type {
            case "Q": try query(message.body)
            case "P": try parse(message.body)
            case "B": try bind(message.body)
            case "D": try describe(message.body)
            case "E": try execute(message.body)
            case "C": try close(message.body)
            case "S": sync()
            case "H": break  // every reaction is sent at once
            case "X": isEnded = true
            case "d", "c", "f": break  // PostgreSQL drops COPY messages out of place as well
            case "F": refuseFunctionCall()
            default:
                end(
                    with: AdminError(
                        .protocolViolation, "invalid frontend message type \(message.type)"))
            }
        } catch {
            fail(error, inQuery: type == "Q")
        }
    }

    private mutating func query(_ body: [UInt8]) throws(AdminError) {
        statements[""] = nil
        portals[""] = nil
        var reader = AdminReader(body)
        let text = try reader.string("query string")
        try reader.finish("Query")
        begin(try AdminCommand.parse(text))
    }

    private mutating func parse(_ body: [UInt8]) throws(AdminError) {
        var reader = AdminReader(body)
        let name = try reader.string("statement name")
        let text = try reader.string("query string")
        for _ in 0..<(try reader.count("number of parameter types")) {
            _ = try reader.int32("parameter type")
        }
        try reader.finish("Parse")
        let commands = try AdminCommand.parse(text)
        guard commands.count <= 1 else {
            throw AdminError(
                .syntaxError, "cannot insert multiple commands into a prepared statement")
        }
        if !name.isEmpty, statements[name] != nil {
            throw AdminError(
                SQLState("42P05"), "prepared statement \"\(name)\" already exists")
        }
        try checkRoom(statements.count, for: "prepared statements")
        statements[name] = .some(commands.first)
        writer.parseComplete()
    }

    private mutating func bind(_ body: [UInt8]) throws(AdminError) {
        var reader = AdminReader(body)
        let portal = try reader.string("portal name")
        let name = try reader.string("statement name")
        guard let command = statements[name] else { throw .missing(statement: name) }
        for _ in 0..<(try reader.count("number of parameter formats")) {
            _ = try reader.int16("parameter format")
        }
        let parameters = try reader.count("number of parameters")
        guard parameters == 0 else {
            throw AdminError(
                .protocolViolation,
                "bind message supplies \(parameters) parameters, "
                    + "but prepared statement \"\(name)\" requires 0")
        }
        var codes: [Int16] = []
        for _ in 0..<(try reader.count("number of result formats")) {
            codes.append(try reader.int16("result format"))
        }
        try reader.finish("Bind")
        if !portal.isEmpty, portals[portal] != nil {
            throw AdminError(SQLState("42P03"), "cursor \"\(portal)\" already exists")
        }
        try checkRoom(portals.count, for: "portals")
        let formats = try AdminFormats(codes: codes, columns: command?.columns?.count ?? 0)
        portals[portal] = AdminPortal(command: command, formats: formats)
        writer.bindComplete()
    }

    private mutating func describe(_ body: [UInt8]) throws(AdminError) {
        var reader = AdminReader(body)
        let kind = Unicode.Scalar(try reader.byte("kind of Describe"))
        let name = try reader.string("name")
        try reader.finish("Describe")
        switch kind {
        case "S":
            guard let command = statements[name] else { throw .missing(statement: name) }
            writer.parameterDescription()
            describe(command, .text)
        case "P":
            guard let portal = portals[name] else { throw .missing(portal: name) }
            describe(portal.command, portal.formats)
        default:
            throw AdminError(.protocolViolation, "invalid DESCRIBE message subtype")
        }
    }

    private mutating func describe(_ command: AdminCommand?, _ formats: AdminFormats) {
        if let columns = command?.columns {
            writer.rowDescription(columns, formats)
        } else {
            writer.noData()
        }
    }

    private mutating func execute(_ body: [UInt8]) throws(AdminError) {
        var reader = AdminReader(body)
        let name = try reader.string("portal name")
        let limit = Int(max(0, try reader.int32("row limit")))
        try reader.finish("Execute")
        guard let portal = portals[name] else { throw .missing(portal: name) }
        guard let command = portal.command else { return writer.emptyQueryResponse() }
        if portal.pending != nil {
            send(portal: name, limit: limit)
        } else {
            execute(command, portal: name, limit: limit)
        }
    }

    private mutating func close(_ body: [UInt8]) throws(AdminError) {
        var reader = AdminReader(body)
        let kind = Unicode.Scalar(try reader.byte("kind of Close"))
        let name = try reader.string("name")
        try reader.finish("Close")
        switch kind {
        case "S": statements[name] = nil
        case "P": portals[name] = nil
        default: throw AdminError(.protocolViolation, "invalid CLOSE message subtype")
        }
        writer.closeComplete()
    }

    private mutating func sync() {
        skipsToSync = false
        if transaction == .idle { portals = [:] }
        writer.readyForQuery(transaction)
    }

    private mutating func refuseFunctionCall() {
        fail(
            AdminError(.featureNotSupported, "the admin database has no functions"), inQuery: true)
    }

    private func checkRoom(_ count: Int, for what: String) throws(AdminError) {
        guard count < Self.maxNames else {
            throw AdminError(.programLimitExceeded, "too many \(what) (\(Self.maxNames))")
        }
    }
}

extension AdminError {
    fileprivate static func missing(statement name: String) -> Self {
        Self(.invalidSQLStatementName, "prepared statement \"\(name)\" does not exist")
    }

    fileprivate static func missing(portal name: String) -> Self {
        Self(SQLState("34000"), "portal \"\(name)\" does not exist")
    }
}
