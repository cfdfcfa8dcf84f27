/// Reads the body of a message from a client of the admin database.
struct AdminReader {
    private var bytes: ArraySlice<UInt8>

    init(_ body: [UInt8]) { bytes = body[...] }

    /// Up to its zero byte; bytes that are not UTF-8 are replaced.
    mutating func string(_ what: String) throws(AdminError) -> String {
        guard let end = bytes.firstIndex(of: 0) else { throw .malformed("\(what) has no end") }
        let text = String(decoding: bytes[bytes.startIndex..<end], as: UTF8.self)
        bytes = bytes[(end + 1)...]
        return text
    }

    mutating func byte(_ what: String) throws(AdminError) -> UInt8 {
        guard let first = bytes.popFirst() else { throw .malformed("\(what) is missing") }
        return first
    }

    mutating func int16(_ what: String) throws(AdminError) -> Int16 {
        Int16(bitPattern: UInt16(truncatingIfNeeded: try unsigned(2, what)))
    }

    mutating func int32(_ what: String) throws(AdminError) -> Int32 {
        Int32(bitPattern: UInt32(truncatingIfNeeded: try unsigned(4, what)))
    }

    /// A count of things: never negative.
    mutating func count(_ what: String) throws(AdminError) -> Int {
        let value = try int16(what)
        guard value >= 0 else { throw .malformed("\(what) is negative") }
        return Int(value)
    }

    /// - Throws: when anything is left.
    func finish(_ what: String) throws(AdminError) {
        guard bytes.isEmpty else { throw .malformed("\(what) is too long") }
    }

    private mutating func unsigned(_ count: Int, _ what: String) throws(AdminError) -> UInt64 {
        guard bytes.count >= count else { throw .malformed("\(what) is cut short") }
        defer { bytes = bytes.dropFirst(count) }
        return bytes.prefix(count).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
