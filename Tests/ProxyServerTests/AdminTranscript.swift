@testable import ProxyServer

/// Messages of a client, for the tests to speak in.
enum Ask {
    case query(String)
    case parse(String = "", String)
    case bind(portal: String = "", statement: String = "", formats: [Int16] = [])
    case describeStatement(String = "")
    case describePortal(String = "")
    case execute(portal: String = "", limit: Int32 = 0)
    case closeStatement(String)
    case sync
    case flush
    case terminate
    case raw(Unicode.Scalar, [UInt8])

    var message: (type: UInt8, body: [UInt8]) {
        switch self {
        case .query(let sql): (0x51, text(sql))
        case .parse(let name, let sql): (0x50, text(name) + text(sql) + [0, 0])
        case .bind(let portal, let statement, let formats):
            (
                0x42,
                text(portal) + text(statement) + [0, 0, 0, 0] + int16(Int16(formats.count))
                    + formats.flatMap(int16)
            )
        case .describeStatement(let name): (0x44, [0x53] + text(name))
        case .describePortal(let name): (0x44, [0x50] + text(name))
        case .execute(let portal, let limit):
            (0x45, text(portal) + (0..<4).map { UInt8(truncatingIfNeeded: limit >> (24 - 8 * $0)) })
        case .closeStatement(let name): (0x43, [0x53] + text(name))
        case .sync: (0x53, [])
        case .flush: (0x48, [])
        case .terminate: (0x58, [])
        case .raw(let type, let body): (UInt8(truncatingIfNeeded: type.value), body)
        }
    }

    private func text(_ value: String) -> [UInt8] { Array(value.utf8) + [0] }

    private func int16(_ value: Int16) -> [UInt8] {
        [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)]
    }
}

/// Messages of the admin database as readable lines: `T a,b`, `D 1,x`, `C SHOW`, `Z I`,
/// `E 42601 text`. Traps on a malformed stream: that is the fault a test looks for.
func lines(_ bytes: [UInt8]) -> [String] {
    var lines: [String] = []
    var rest = bytes[...]
    while !rest.isEmpty {
        let type = Character(Unicode.Scalar(rest.removeFirst()))
        let length = number(&rest, 4)
        var body = rest.prefix(length - 4)
        precondition(body.count == length - 4, "the stream ends within a message")
        rest = rest.dropFirst(length - 4)
        lines.append(line(type, &body))
        precondition(body.isEmpty, "\(type) has bytes left over")
    }
    return lines
}

private func line(_ type: Character, _ body: inout ArraySlice<UInt8>) -> String {
    switch type {
    case "T":
        let names = (0..<number(&body, 2)).map { _ in
            let name = string(&body)
            _ = number(&body, 6)
            let oid = number(&body, 4)
            _ = number(&body, 6)
            return "\(name):\(oid)" + (number(&body, 2) == 1 ? ":binary" : "")
        }
        return "T " + names.joined(separator: ",")
    case "D":
        let fields = (0..<number(&body, 2)).map { _ in
            let length = Int32(truncatingIfNeeded: number(&body, 4))
            guard length >= 0 else { return "null" }
            defer { body = body.dropFirst(Int(length)) }
            return printable(body.prefix(Int(length)))
        }
        return "D " + fields.joined(separator: ",")
    case "C": return "C " + string(&body)
    case "Z": return "Z " + String(Character(Unicode.Scalar(body.removeFirst())))
    case "E":
        var fields: [UInt8: String] = [:]
        while let code = body.popFirst(), code != 0 { fields[code] = string(&body) }
        return "E \(fields[0x53] ?? "") \(fields[0x43] ?? "") \(fields[0x4D] ?? "")"
    case "S": return "S \(string(&body))=\(string(&body))"
    case "K":
        defer { body = [] }
        return "K"
    case "t": return "t \(number(&body, 2))"
    default: return String(type)
    }
}

private func number(_ bytes: inout ArraySlice<UInt8>, _ count: Int) -> Int {
    defer { bytes = bytes.dropFirst(count) }
    return bytes.prefix(count).reduce(0) { $0 << 8 | Int($1) }
}

private func string(_ bytes: inout ArraySlice<UInt8>) -> String {
    let text = bytes.prefix { $0 != 0 }
    bytes = bytes.dropFirst(text.count + 1)
    return String(decoding: text, as: UTF8.self)
}

/// Text as it is; anything with control bytes in hexadecimal.
private func printable(_ bytes: ArraySlice<UInt8>) -> String {
    if bytes.allSatisfy({ $0 >= 0x20 }) { return String(decoding: bytes, as: UTF8.self) }
    return bytes.map { String($0, radix: 16) }.joined(separator: "-")
}

/// A session with its answers, as a test drives it.
struct Conversation {
    var session = AdminSession(user: "dba", version: "1.2.3")
    private(set) var request: AdminRequest?
    private(set) var isEnded = false

    /// What comes back for messages that arrive together.
    mutating func say(_ asks: Ask...) -> [String] {
        asks.flatMap { ask in
            let message = ask.message
            return note(session.receive(type: message.type, body: message.body))
        }
    }

    /// What comes back once the request that is out is answered.
    mutating func answer(_ answer: AdminAnswer) -> [String] {
        guard let token = request?.token else { return ["no request is out"] }
        request = nil
        return note(session.provide(answer, for: token))
    }

    /// Answers with `rows` in the columns of the command.
    mutating func answer(rows: [[AdminValue]]) -> [String] {
        answer(.table(AdminTable(columns: request?.command.columns ?? [], rows: rows)))
    }

    private mutating func note(_ reaction: AdminReaction) -> [String] {
        if let next = reaction.request { request = next }
        if reaction.isEnd { isEnded = true }
        return lines(reaction.output)
    }
}
