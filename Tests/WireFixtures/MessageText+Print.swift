import PostgresWire

extension MessageText {
    /// All messages in a stretch of bytes of a client, one line each.
    package static func frontend(_ bytes: [UInt8]) -> [String] {
        split(bytes).map { line(of: $0) }
    }

    /// All messages in a stretch of bytes of a server, one line each.
    package static func backend(_ bytes: [UInt8]) -> [String] {
        split(bytes).map { reply(of: $0) }
    }

    /// Whole messages, one after the other; what is left over is shown as one of its own.
    package static func split(_ bytes: [UInt8]) -> [WireMessage] {
        var rest = bytes[...]
        var messages: [WireMessage] = []
        while rest.count >= 5 {
            let length = rest.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) }
            messages.append(WireMessage(bytes: Array(rest.prefix(length + 1))))
            rest = rest.dropFirst(length + 1)
        }
        if !rest.isEmpty { messages.append(WireMessage(bytes: Array(rest))) }
        return messages
    }

    /// The zero-terminated strings that a body begins with.
    package static func strings(_ body: [UInt8]) -> [String] {
        body.split(separator: 0, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    private static func quoted(_ text: String) -> String { "\"\(text)\"" }
    private static func name(_ text: String) -> String { text.isEmpty ? "\"\"" : text }

    private static func line(of message: WireMessage) -> String {
        guard let type = FrontendMessageType(rawValue: message.type) else {
            return "unknown \(message.bytes)"
        }
        let texts = strings(message.body)
        let kind = String(decoding: message.body.prefix(1), as: UTF8.self)
        let target = strings(Array(message.body.dropFirst())).first ?? ""
        switch type {
        case .query: return "Query \(quoted(texts[0]))"
        case .parse: return "Parse \(name(texts[0])) \(quoted(texts[1]))"
        case .bind: return "Bind \(name(texts[0])) \(name(texts[1]))"
        case .describe: return "Describe \(kind) \(name(target))"
        case .close: return "Close \(kind) \(name(target))"
        case .execute: return "Execute \(name(texts[0]))"
        case .sync: return "Sync"
        case .flush: return "Flush"
        case .terminate: return "Terminate"
        case .functionCall:
            return "FunctionCall \(message.body.prefix(4).reduce(0) { $0 << 8 | Int($1) })"
        case .copyData: return "CopyData \(quoted(texts[0]))"
        case .copyDone: return "CopyDone"
        case .copyFail: return "CopyFail \(quoted(texts[0]))"
        case .password: return "Password \(quoted(texts[0]))"
        }
    }

    private static func reply(of message: WireMessage) -> String {
        guard let type = BackendMessageType(rawValue: message.type) else {
            return "unknown \(message.bytes)"
        }
        if let bare = bareNames[type] { return bare }
        let texts = strings(message.body)
        switch type {
        case .commandComplete: return "CommandComplete \(quoted(texts[0]))"
        case .readyForQuery: return "ReadyForQuery \(texts[0])"
        case .errorResponse, .noticeResponse:
            let fields = Dictionary(
                texts.map { ($0.prefix(1), String($0.dropFirst())) }, uniquingKeysWith: { $1 })
            let isFatal = fields["S"] == "FATAL" ? "FATAL " : ""
            let kind = type == .errorResponse ? "ErrorResponse" : "NoticeResponse"
            return "\(kind) \(isFatal)\(fields["C"] ?? "") \(quoted(fields["M"] ?? ""))"
        case .parameterStatus: return "ParameterStatus \(texts[0]) \(quoted(texts[1]))"
        case .dataRow:
            return "DataRow \(quoted(String(decoding: message.body.dropFirst(6), as: UTF8.self)))"
        case .copyData: return "CopyDataOut \(quoted(texts[0]))"
        case .notificationResponse: return "NotificationResponse"
        case .rowDescription, .authentication, .backendKeyData, .negotiateProtocolVersion:
            return "\(type)"
        case .parseComplete, .bindComplete, .closeComplete, .noData, .portalSuspended,
            .emptyQueryResponse, .parameterDescription, .copyInResponse, .copyOutResponse,
            .copyBothResponse, .copyDone, .functionCallResponse:
            return "\(type)"
        }
    }

    private static let bareNames: [BackendMessageType: String] = [
        .parseComplete: "ParseComplete", .bindComplete: "BindComplete",
        .closeComplete: "CloseComplete", .noData: "NoData", .portalSuspended: "PortalSuspended",
        .emptyQueryResponse: "EmptyQueryResponse", .rowDescription: "RowDescription",
        .parameterDescription: "ParameterDescription", .copyInResponse: "CopyInResponse",
        .copyOutResponse: "CopyOutResponse", .copyBothResponse: "CopyBothResponse",
        .copyDone: "CopyDoneOut", .functionCallResponse: "FunctionCallResponse",
    ]
}
