/// The bodies of the messages of type `p`: PasswordMessage, SASLInitialResponse and SASLResponse
/// (PostgreSQL documentation, "Message Formats"). Which of them a body is, only the state of the
/// login tells.
enum PasswordMessage {
    /// `PG_MAX_SASL_MESSAGE_LENGTH` in src/include/libpq/sasl.h.
    static let maximumSASLBytes = 1_024

    /// The text of a PasswordMessage, without its NUL (`recv_password_packet`).
    static func password(_ body: [UInt8]) throws(AuthenticationFailure) -> [UInt8] {
        guard body.last == 0, body.firstIndex(of: 0) == body.count - 1 else {
            throw .protocolViolation("invalid password packet size")
        }
        guard body.count > 1 else {
            throw AuthenticationFailure(.invalidPassword, "empty password returned by client")
        }
        return Array(body.dropLast())
    }

    /// The mechanism of a SASLInitialResponse, and what the client says with it; nil where it
    /// waits for a first challenge.
    static func initialResponse(
        _ body: [UInt8]
    ) throws(AuthenticationFailure) -> (mechanism: [UInt8], response: [UInt8]?) {
        try checkLength(body)
        guard let end = body.firstIndex(of: 0) else {
            throw .protocolViolation("invalid string in message")
        }
        let rest = body[(end + 1)...]
        guard rest.count >= 4 else {
            throw .protocolViolation("insufficient data left in message")
        }
        let length = rest.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let data = Array(rest.dropFirst(4))
        let mechanism = Array(body[..<end])
        if length == .max, data.isEmpty { return (mechanism, nil) }
        guard length != .max, data.count <= length else {
            throw .protocolViolation("invalid message format")
        }
        guard data.count == length else {
            throw .protocolViolation("insufficient data left in message")
        }
        return (mechanism, data)
    }

    /// All of a SASLResponse is what the client says.
    static func response(_ body: [UInt8]) throws(AuthenticationFailure) -> [UInt8] {
        try checkLength(body)
        return body
    }

    private static func checkLength(_ body: [UInt8]) throws(AuthenticationFailure) {
        if body.count > maximumSASLBytes { throw .protocolViolation("invalid message length") }
    }
}
