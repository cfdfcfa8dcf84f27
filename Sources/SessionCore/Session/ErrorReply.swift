import PostgresWire
import Vocabulary

/// Every error that the proxy itself originates: what a client sees, with SQLSTATE, text and hint.
package struct ErrorReply: Sendable, Hashable {
    /// ERROR leaves the connection usable, FATAL closes it.
    package enum Severity: String, Sendable, Hashable { case error = "ERROR", fatal = "FATAL" }

    package var severity: Severity
    package var state: SQLState
    package var message: String
    package var detail: String?
    package var hint: String?

    package init(
        _ severity: Severity, _ state: SQLState, _ message: String, detail: String? = nil,
        hint: String? = nil
    ) {
        self.severity = severity
        self.state = state
        self.message = message
        self.detail = detail
        self.hint = hint
    }

    /// Writes the ErrorResponse (PostgreSQL documentation, "Error and Notice Message Fields").
    package func write(to writer: inout MessageWriter) {
        writer.message(BackendMessageType.errorResponse.rawValue) { body in
            func field(_ code: Character, _ value: String) {
                body.byte(code.asciiValue ?? 0)
                body.string(value)
            }
            field("S", severity.rawValue)
            field("V", severity.rawValue)
            field("C", state.description)
            field("M", message)
            if let detail { field("D", detail) }
            if let hint { field("H", hint) }
            body.byte(0)
        }
    }

    /// A server's error in its own words, as the last word of a connection.
    static func writeAsFatal(_ body: RawSpan, to writer: inout MessageWriter) {
        var reader = BodyReader(body)
        writer.message(BackendMessageType.errorResponse.rawValue) {
            while let code = reader.byte(), code != 0, let value = reader.string() {
                let isSeverity = code == UInt8(ascii: "S") || code == UInt8(ascii: "V")
                $0.byte(code)
                $0.data(isSeverity ? Array("FATAL".utf8) : body.copy(value))
                $0.byte(0)
            }
            $0.byte(0)
        }
    }

    // In the order of a connection's life.

    /// A StartupMessage of a protocol that is not 3.
    package static func unsupportedProtocol(major: UInt16, minor: UInt16) -> Self {
        Self(
            .fatal, .featureNotSupported,
            "unsupported frontend protocol \(major).\(minor): server supports 3.0 to 3.2")
    }

    /// A first packet that does not have its shape.
    package static func startup(_ text: String) -> Self { Self(.fatal, .protocolViolation, text) }

    /// Bytes behind an SSLRequest that did not wait for its answer.
    package static let unencryptedDataAfterRequest = Self(
        .fatal, .protocolViolation, "received unencrypted data after SSL request",
        detail: "This could be either a client-software bug or evidence of an attempted"
            + " man-in-the-middle attack.")

    /// A StartupMessage in clear where TLS is a must.
    package static let encryptionRequired = Self(
        .fatal, .invalidAuthorization, "connection requires SSL encryption",
        hint: "Connect with sslmode=require or stronger.")

    /// No certificate where one is a must.
    package static let certificateRequired = Self(
        .fatal, .invalidAuthorization, "connection requires a valid client certificate")

    /// A good certificate, but somebody else's.
    package static func certificateMismatch(user: String) -> Self {
        Self(
            .fatal, .invalidAuthorization,
            "certificate authentication failed for user \"\(user)\"")
    }

    package static let noUser = Self(
        .fatal, .invalidAuthorization, "no PostgreSQL user name specified in startup packet")

    /// PostgreSQL's words, with the name of the setting here.
    package static func tooManyWalSenders(_ limit: Int) -> Self {
        Self(
            .fatal, .tooManyConnections,
            "number of requested standby connections exceeds \"maxWalSenders\" (currently \(limit))"
        )
    }

    /// The startup parameter `replication` has no value that PostgreSQL takes.
    package static func invalidReplication(_ value: String) -> Self {
        Self(
            .fatal, .invalidParameterValue,
            "invalid value for parameter \"replication\": \"\(value)\"",
            hint: "Valid values are: \"false\", 0, \"true\", 1, \"database\".")
    }

    /// A value that one of the proxy's own settings cannot have; PostgreSQL's words.
    static func invalidSetting(_ name: String, _ value: String, hint: String) -> Self {
        Self(
            .error, .invalidParameterValue,
            "invalid value for parameter \"\(name)\": \"\(value)\"", hint: hint)
    }

    /// The proxy has no setting of this name.
    static func unknownSetting(_ name: String) -> Self {
        Self(.error, .undefinedObject, "unrecognized configuration parameter \"\(name)\"")
    }

    /// One of the proxy's own settings is given a list, or something that is not plain to see.
    static func oneArgument(_ name: String) -> Self {
        Self(.error, .invalidParameterValue, "SET \(name) takes only one argument")
    }

    /// One of the proxy's own settings that can only be shown.
    static func fixedSetting(_ name: String) -> Self {
        Self(.error, .cantChangeRuntimeParam, "parameter \"\(name)\" cannot be changed")
    }

    package static let tooManyClients = Self(
        .fatal, .tooManyConnections, "sorry, too many clients already")

    /// `maxClients` of a user is reached.
    package static func tooManyConnections(ofRole role: String) -> Self {
        Self(.fatal, .tooManyConnections, "too many connections for role \"\(role)\"")
    }

    /// `maxClients` of a database is reached.
    package static func tooManyConnections(ofDatabase database: String) -> Self {
        Self(.fatal, .tooManyConnections, "too many connections for database \"\(database)\"")
    }

    /// `maxClientsPerAddress` is reached.
    package static func tooManyConnections(fromAddress address: String) -> Self {
        Self(.fatal, .tooManyConnections, "too many connections from address \"\(address)\"")
    }

    package static let shuttingDown = Self(
        .fatal, .adminShutdown, "terminating connection due to administrator command")

    package static let startingUp = Self(
        .fatal, .cannotConnectNow, "the database system is shutting down")

    /// The configuration has no such database, and no `*`.
    package static func unknownDatabase(_ name: String) -> Self {
        Self(.fatal, .invalidCatalogName, "database \"\(name)\" does not exist")
    }

    /// The admin database is for its users alone.
    package static func notAdmin(_ user: String) -> Self {
        Self(
            .fatal, .insufficientPrivilege,
            "user \"\(user)\" may not open the admin database \"switchyard\"",
            hint: "Name the user under \"admin\", \"users\" in the configuration.")
    }

    /// The servers could not be asked for the user's secret. Says no more: who reads it is a
    /// stranger still.
    package static let lookupFailed = Self(
        .fatal, .connectionFailure, "the user cannot be looked up at the moment",
        hint: "The log of the proxy says why.")

    package static let loginTimeout = Self(
        .fatal, .queryCanceled, "canceling authentication due to timeout")

    /// The client broke the protocol.
    package static func clientProtocol(_ error: WireError) -> Self {
        Self(.fatal, .protocolViolation, error.text)
    }

    /// A server broke the protocol while it ran the client's turn.
    package static func serverProtocol(node: String) -> Self {
        Self(
            .fatal, .protocolViolation,
            "node \"\(node)\" sent a message that does not belong to the protocol")
    }

    /// No server connection within the pool's `maxWaitMillis`.
    package static func poolExhausted(
        pool: String, size: Int, waitedMilliseconds: UInt64, lastFailure: String?
    ) -> Self {
        Self(
            .error, .tooManyConnections,
            "no server connection became free in pool \(pool) within \(waitedMilliseconds) ms",
            detail: lastFailure.map { "The last attempt to open one failed: \($0)" }
                ?? "All \(size) connections of the pool are in use.",
            hint: "Raise \"size\" or \"maxWaitMillis\" under \"pooling\", or shorten transactions.")
    }

    /// A read, no usable replica, and no fallback; the text names each and why.
    package static func noUsableReplica(_ text: String) -> Self {
        Self(
            .error, .connectionFailure, text,
            hint: "Set \"fallbackToPrimary\" to let the primary serve reads.")
    }

    /// A write in a cluster that has no primary.
    /// - Parameters:
    ///   - because: why, as a sentence without its full stop.
    ///   - waitedMilliseconds: for one to be found; nil: that was not worth a wait.
    package static func noPrimary(
        cluster: String, because: String? = nil, waitedMilliseconds: UInt64? = nil
    ) -> Self {
        let reason = because.map { ": \($0)" } ?? ""
        let wait = waitedMilliseconds.map { "None was found within \($0) ms." }
        return Self(
            .error, .cannotConnectNow, "cluster \"\(cluster)\" has no primary\(reason)",
            detail: wait)
    }

    /// Why a connection to a node ended that is not the primary any more, as a part of a message.
    package static func deposed(by successor: String?) -> String {
        "it is not the primary any more" + (successor.map { ": \"\($0)\" is" } ?? "")
    }

    /// A node cannot be reached or does not let the proxy in.
    package static func serverUnavailable(node: String, _ reason: String) -> Self {
        Self(.error, .connectionFailure, "cannot connect to node \"\(node)\": \(reason)")
    }

    /// The connection that was running the client's statement broke.
    package static func serverLost(node: String, cause: String, closing: Bool) -> Self {
        Self(
            closing ? .fatal : .error, .connectionFailure,
            "connection to node \"\(node)\" was lost while it ran a statement: \(cause)")
    }

    /// A message that a server would refuse before it looks at anything else.
    package static let invalidMessage = Self(
        .error, .protocolViolation, "invalid message format")

    /// A block has read on a replica that kept one snapshot for it, which nobody knew in time.
    package static let blockCannotMove = Self(
        .error, .serializationFailure,
        "could not move the transaction to the primary: its isolation level has changed",
        hint: "Run the transaction again.")

    package static let failedTransaction = Self(
        .error, .inFailedTransaction,
        "current transaction is aborted, commands ignored until end of transaction block")

    /// The connection on which sessions listen together is gone: notifications may have been lost.
    package static func listeningLost(node: String, cause: String) -> Self {
        Self(
            .fatal, .adminShutdown, "terminating connection due to administrator command",
            detail: "The connection to node \"\(node)\" that this session listened on is gone: "
                + cause,
            hint: "Connect again, repeat LISTEN, and look for what was notified meanwhile.")
    }

    /// More notifications wait for the client than are kept.
    package static func tooManyNotifications(bytes: Int) -> Self {
        Self(
            .fatal, .programLimitExceeded, "too many notifications wait for this client",
            detail: "They are held while a client is in a transaction or does not read, up to "
                + "\(bytes) bytes.",
            hint: "Listen on a connection that is read from and holds no transaction open.")
    }

    /// A notification whose bytes mean something else in the client's encoding of now.
    package static let notificationEncoding = Self(
        .fatal, .untranslatableCharacter,
        "cannot convert a notification to the client encoding",
        hint: "Set client_encoding before LISTEN and leave it.")

    package static let canceled = Self(
        .error, .queryCanceled, "canceling statement due to user request")

    package static let internalFault = Self(
        .fatal, .internalError, "the proxy lost track of this session and closed it")
}
