import PostgresWire

/// A prepared statement as server connections know it: a text of the `StatementCatalog` in one of
/// its versions. Its name there is made of both numbers, so that no name ever comes to mean
/// something else.
package struct SharedStatement: Sendable, Hashable {
    private let bits: UInt64

    /// - Parameters:
    ///   - number: of the catalog's entry.
    ///   - version: counts how often the entry was renewed.
    init(number: Int, version: UInt32) {
        bits = UInt64(truncatingIfNeeded: number) << 32 | UInt64(version)
    }

    private init(bits: UInt64) { self.bits = bits }

    /// Stands for no statement at all.
    static let none = SharedStatement(bits: .max)

    var number: Int { Int(bits >> 32) }
    private var version: UInt32 { UInt32(truncatingIfNeeded: bits) }

    /// What the proxy's names on servers begin with. No statement has this name alone.
    static let prefix: StaticString = "_switchyard"

    /// Its name on servers, for messages that are seldom written.
    var name: String { "\(Self.prefix)_\(number)_\(version)" }

    /// Writes its name on servers, with the closing zero byte.
    func write(to writer: inout MessageWriter) {
        Self.writePrefix(to: &writer)
        Self.write(number, to: &writer)
        Self.write(Int(version), to: &writer)
        writer.byte(0)
    }

    /// Writes the name that no statement has, with the closing zero byte.
    static func writeVacantName(to writer: inout MessageWriter) {
        writePrefix(to: &writer)
        writer.byte(0)
    }

    private static func writePrefix(to writer: inout MessageWriter) {
        for index in 0..<prefix.utf8CodeUnitCount { writer.byte(prefix.utf8Start[index]) }
    }

    /// An underscore and the decimal digits.
    private static func write(_ value: Int, to writer: inout MessageWriter) {
        writer.byte(UInt8(ascii: "_"))
        var power = 1
        while value / power > 9 { power *= 10 }
        while power > 0 {
            writer.byte(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / power % 10))
            power /= 10
        }
    }

    /// Whether a client's own name could be taken for one of these.
    static func isReserved(_ name: RawSpan) -> Bool {
        let count = prefix.utf8CodeUnitCount
        guard name.byteCount >= count else { return false }
        for index in 0..<count {
            let byte = name.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            if byte != prefix.utf8Start[index] { return false }
        }
        return true
    }

    /// Looks for the name of such a statement in a text.
    static func find(in text: RawSpan) -> (statement: SharedStatement, range: Range<Int>)? {
        var start = 0
        while start < text.byteCount {
            if isReserved(text.extracting(start..<text.byteCount)) {
                var end = start + prefix.utf8CodeUnitCount
                if let number = digits(in: text, &end), let version = digits(in: text, &end) {
                    let statement = SharedStatement(
                        number: number, version: UInt32(truncatingIfNeeded: version))
                    return (statement, start..<end)
                }
            }
            start += 1
        }
        return nil
    }

    /// An underscore and digits at an offset, which moves behind them.
    private static func digits(in text: RawSpan, _ offset: inout Int) -> Int? {
        func byte(_ at: Int) -> UInt8 {
            at < text.byteCount ? text.unsafeLoad(fromByteOffset: at, as: UInt8.self) : 0
        }
        guard byte(offset) == UInt8(ascii: "_") else { return nil }
        var at = offset + 1
        var value = 0
        while case let digit = byte(at), digit >= 0x30, digit <= 0x39, value < 1 << 32 {
            value = value * 10 + Int(digit - 0x30)
            at += 1
        }
        guard at > offset + 1 else { return nil }
        offset = at
        return value
    }
}
