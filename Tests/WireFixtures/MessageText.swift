import PostgresWire

/// Messages as one line of text, as the transcripts under `Tests/Fixtures` have them:
/// `Parse s1 "select 1"`, `ErrorResponse 42P01 "no such table"`, `ReadyForQuery I`.
package enum MessageText {
    /// The message of a client that the line names; nil if it names none.
    package static func frontend(_ line: String) -> WireMessage? {
        let words = self.words(of: line)
        func word(_ index: Int) -> String { index < words.count ? words[index] : "" }
        switch word(0) {
        case "Query": return query(word(1))
        case "Parse": return parse(word(1), word(2))
        case "Bind": return bind(word(2), portal: word(1))
        case "Describe":
            return word(1) == "S" ? describe(statement: word(2)) : describe(portal: word(2))
        case "Execute": return execute(word(1))
        case "Close": return word(1) == "S" ? close(statement: word(2)) : close(portal: word(2))
        case "Sync": return sync()
        case "Flush": return flush()
        case "Terminate": return terminate()
        case "FunctionCall": return functionCall(Int32(word(1)) ?? 0)
        case "CopyData": return copyData(word(1))
        case "CopyDone": return copyDone()
        case "CopyFail": return copyFail(word(1))
        case "Password": return password(word(1))
        case _: return nil
        }
    }

    /// The message of a server that the line names; nil if it names none.
    package static func backend(_ line: String) -> WireMessage? {
        let words = self.words(of: line)
        func word(_ index: Int) -> String { index < words.count ? words[index] : "" }
        if let bare = bareBackend[word(0)] { return bare }
        switch word(0) {
        case "RowDescription": return rowDescription(word(1))
        case "DataRow": return dataRow(word(1))
        case "CommandComplete": return commandComplete(word(1))
        case "ReadyForQuery":
            guard let byte = word(1).utf8.first, let status = TransactionStatus(rawValue: byte)
            else { return nil }
            return readyForQuery(status)
        case "ErrorResponse":
            return word(1) == "FATAL"
                ? error(word(2), word(3), severity: "FATAL") : error(word(1), word(2))
        case "NoticeResponse": return notice(word(1))
        case "NotificationResponse": return notification(word(1))
        case "ParameterStatus": return parameterStatus(word(1), word(2))
        case "CopyDataOut": return copyOutData(word(1))
        case _: return nil
        }
    }

    private static let bareBackend: [String: WireMessage] = [
        "ParseComplete": parseComplete(), "BindComplete": bindComplete(),
        "CloseComplete": closeComplete(), "NoData": noData(),
        "PortalSuspended": portalSuspended(), "EmptyQueryResponse": emptyQueryResponse(),
        "ParameterDescription": parameterDescription(), "CopyInResponse": copyInResponse(),
        "CopyOutResponse": copyOutResponse(), "CopyBothResponse": copyBothResponse(),
        "CopyDoneOut": copyOutDone(), "FunctionCallResponse": functionCallResponse(),
    ]

    /// Words, and "texts in double quotes", of a line.
    package static func words(of line: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        var isOpen = false
        for character in line {
            if character == "\"" {
                isQuoted.toggle()
                isOpen = true
            } else if character == " " && !isQuoted {
                if isOpen || !word.isEmpty { words.append(word) }
                word = ""
                isOpen = false
            } else {
                word.append(character)
            }
        }
        if isOpen || !word.isEmpty { words.append(word) }
        return words
    }
}
