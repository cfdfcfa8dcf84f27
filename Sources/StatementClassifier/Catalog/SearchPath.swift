/// A value of `search_path`: names of schemas, in the order in which they are searched.
package struct SearchPath: Sendable, Equatable {
    /// One name; `"$user"` is the schema that is called as the current user is.
    package enum Element: Sendable, Equatable { case schema(String), user }

    package var elements: [Element] = []

    /// Reads a value as `SHOW search_path` gives it, or as SET takes it, where each name may also
    /// be a string. nil: it is not understood.
    package init?(_ text: String) {
        var bytes = Array(text.utf8)[...]
        Self.skipBlanks(&bytes)
        if bytes.isEmpty { return }
        while true {
            guard let name = Self.name(&bytes) else { return nil }
            elements.append(name == "$user" ? .user : .schema(name))
            Self.skipBlanks(&bytes)
            guard let comma = bytes.first else { return }
            guard comma == UInt8(ascii: ",") else { return nil }
            bytes = bytes.dropFirst()
            Self.skipBlanks(&bytes)
        }
    }

    private static func skipBlanks(_ bytes: inout ArraySlice<UInt8>) {
        bytes = bytes.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
    }

    /// A name: quoted, folded, or in single quotes as it is.
    private static func name(_ bytes: inout ArraySlice<UInt8>) -> String? {
        guard let mark = bytes.first else { return nil }
        if mark == UInt8(ascii: "\"") || mark == UInt8(ascii: "'") {
            return quoted(&bytes, mark)
        }
        let end = bytes.firstIndex {
            $0 == UInt8(ascii: ",") || $0 == 0x20 || (0x09...0x0D).contains($0)
        }
        let word = bytes[..<(end ?? bytes.endIndex)]
        bytes = bytes[(end ?? bytes.endIndex)...]
        guard !word.isEmpty, word.allSatisfy(isPlain) else { return nil }
        return String(decoding: word.map(RawSpan.lowercased), as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x80 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$")
            || byte &- 0x30 < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 26
    }

    private static func quoted(_ bytes: inout ArraySlice<UInt8>, _ mark: UInt8) -> String? {
        var name: [UInt8] = []
        bytes = bytes.dropFirst()
        while let byte = bytes.popFirst() {
            if byte != mark {
                name.append(byte)
            } else if bytes.first == mark {
                name.append(mark)
                bytes = bytes.dropFirst()
            } else {
                return String(decoding: name, as: UTF8.self)
            }
        }
        return nil
    }
}
