/// A strict parser of RFC 8259 that keeps the place of every key and value.
///
/// What people most often get wrong (comments, a comma too many, a key given twice) is reported
/// and stepped over, so that one run shows the other problems too; anything else that is not JSON
/// ends the parse. Never traps, whatever the bytes; time and memory are linear in their number.
package struct JSONParser {
    /// Arrays and objects within one another, at the most: the parser recurses.
    package static let maximumDepth = 64
    /// The longest text that is read, in bytes.
    package static let maximumBytes = 4 * 1024 * 1024

    /// Ends the parse; what is wrong has been reported.
    struct Abandoned: Error {}

    let bytes: [UInt8]
    var offset = 0
    var position = TextPosition.start
    /// Of the value that is being read.
    var path = ConfigurationPath()
    var problems: [ConfigurationProblem] = []

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// - Returns: the tree, nil when there is none to speak of; and every problem, all errors. The
    ///   text was JSON if there are none.
    package static func parse(
        _ bytes: [UInt8]
    ) -> (root: JSONNode?, problems: [ConfigurationProblem]) {
        var parser = JSONParser(bytes)
        let root = try? parser.document()
        return (root, parser.problems)
    }

    // MARK: - Grammar

    private mutating func document() throws(Abandoned) -> JSONNode {
        guard bytes.count <= Self.maximumBytes else {
            throw fail("\(bytes.count) bytes is too long", "at most \(Self.maximumBytes) bytes")
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw fail("the file begins with a byte order mark", "UTF-8 without one")
        }
        try skipSpace()
        guard offset < bytes.count else { throw fail("the file is empty", "a JSON object") }
        let root = try value(depth: 0)
        try skipSpace()
        if offset < bytes.count { throw fail("\(shown) after the end", "nothing more") }
        return root
    }

    private mutating func value(depth: Int) throws(Abandoned) -> JSONNode {
        let start = position
        switch current {
        case UInt8(ascii: "{"): return JSONNode(try object(depth: depth), at: start)
        case UInt8(ascii: "["): return JSONNode(try array(depth: depth), at: start)
        case UInt8(ascii: "\""): return JSONNode(.string(try string()), at: start)
        case .some(let byte) where byte.isDigit || byte == UInt8(ascii: "-"):
            return JSONNode(.number(try number()), at: start)
        default: return JSONNode(try word(), at: start)
        }
    }

    private mutating func object(depth: Int) throws(Abandoned) -> JSONNode.Value {
        try checkDepth(depth)
        advance()
        let outer = path
        var members: [JSONNode.Member] = []
        var seen: [String: TextPosition] = [:]
        try skipSpace()
        while current != UInt8(ascii: "}") {
            let start = position
            guard current == UInt8(ascii: "\"") else {
                throw fail("\(shown) where a key should be", "a string in double quotes, or `}`")
            }
            let key = try string()
            path = outer.key(key)
            try skipSpace()
            try take(UInt8(ascii: ":"), "`:` after the key")
            try skipSpace()
            let value = try value(depth: depth + 1)
            if let first = seen.updateValue(seen[key] ?? start, forKey: key) {
                report(start, "this key is given twice (first at \(first))", "it once")
            } else {
                members.append(JSONNode.Member(key: key, position: start, value: value))
            }
            path = outer
            try separator(before: UInt8(ascii: "}"))
        }
        advance()
        return .object(members)
    }

    private mutating func array(depth: Int) throws(Abandoned) -> JSONNode.Value {
        try checkDepth(depth)
        advance()
        let outer = path
        var elements: [JSONNode] = []
        try skipSpace()
        while current != UInt8(ascii: "]") {
            path = outer.index(elements.count)
            elements.append(try value(depth: depth + 1))
            path = outer
            try separator(before: UInt8(ascii: "]"))
        }
        advance()
        return .array(elements)
    }

    /// A comma with something after it, or the closing bracket (which is not taken).
    private mutating func separator(before close: UInt8) throws(Abandoned) {
        let name = "`\(Character(UnicodeScalar(close)))`"
        try skipSpace()
        if current == close { return }
        let comma = position
        try take(UInt8(ascii: ","), "`,` or \(name)")
        try skipSpace()
        if current == close {
            report(comma, "a comma before \(name)", "no comma after the last one")
        }
    }

    private mutating func word() throws(Abandoned) -> JSONNode.Value {
        let start = offset
        while let byte = current, byte.isWordByte { advance() }
        switch String(decoding: bytes[start..<offset], as: UTF8.self) {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "null": return .null
        case "": throw fail("\(shown) where a value should be", "a value")
        case let other:
            throw fail(
                "`\(other.prefix(32))` is not a value", "a value; strings go in double quotes")
        }
    }

    private mutating func checkDepth(_ depth: Int) throws(Abandoned) {
        guard depth >= Self.maximumDepth else { return }
        throw fail("too deeply nested", "at most \(Self.maximumDepth) levels")
    }
}

extension UInt8 {
    var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }

    var isWordByte: Bool {
        isDigit || UInt8(ascii: "a")...UInt8(ascii: "z") ~= self
            || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self || self == UInt8(ascii: "_")
    }
}
