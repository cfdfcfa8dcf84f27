/// Reads IPv4 and IPv6 addresses as people write them (RFC 4291, section 2.2). Strict: no octal
/// (`010`), no shortened IPv4 (`10.1`), no zone (`%eth0`).
enum AddressText {
    /// 4 or 16 bytes in network order; nil if `text` is no address.
    static func bytes(_ text: String) -> [UInt8]? {
        text.utf8.contains(UInt8(ascii: ":")) ? version6(text) : version4(text)
    }

    /// Decimal digits without a leading zero.
    static func decimal(_ text: some StringProtocol, atMost maximum: Int) -> Int? {
        guard 1...3 ~= text.utf8.count, text.utf8.allSatisfy(\.isDigit),
            text.utf8.count == 1 || text.utf8.first != UInt8(ascii: "0"),
            let value = Int(text), value <= maximum
        else { return nil }
        return value
    }

    private static func version4(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let octets = parts.compactMap { decimal($0, atMost: 255).map(UInt8.init) }
        return parts.count == 4 && octets.count == 4 ? octets : nil
    }

    private static func version6(_ text: String) -> [UInt8]? {
        // At most one `::` stands for as many zeros as are missing.
        guard let gap = firstGap(in: text) else {
            return groups(text[...]).flatMap { $0.count == 16 ? $0 : nil }
        }
        let head = text[..<gap]
        let tail = text[gap...].dropFirst(2)
        guard let first = head.isEmpty ? [] : groups(head),
            let last = tail.isEmpty ? [] : groups(tail), first.count + last.count <= 14,
            !head.contains(".")
        else { return nil }
        return first + [UInt8](repeating: 0, count: 16 - first.count - last.count) + last
    }

    private static func firstGap(in text: String) -> String.Index? {
        zip(text.indices, text.indices.dropFirst()).first { first, second in
            text[first] == ":" && text[second] == ":"
        }?.0
    }

    /// Groups of up to four hexadecimal digits between colons; the last may be an IPv4 address.
    private static func groups(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 8 else { return nil }
        var bytes: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains(".") {
                guard let octets = version4(part) else { return nil }
                bytes += octets
            } else {
                guard 1...4 ~= part.utf8.count, part.allSatisfy(\.isHexDigit),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
            }
        }
        return bytes
    }
}
