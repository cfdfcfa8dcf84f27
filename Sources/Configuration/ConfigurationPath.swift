/// The way to a value from the root of the file: `clusters.main.nodes[1].port`. Names that would
/// be hard to read so are quoted: `databases["my.shop"]`.
package struct ConfigurationPath: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init() { description = "" }

    private init(_ description: String) { self.description = description }

    /// The path of a member of the object at this path.
    package func key(_ name: String) -> Self {
        let plain = !name.isEmpty && name.utf8.allSatisfy(Self.isPlain)
        guard plain else { return Self("\(description)[\(Self.quoted(name))]") }
        return Self(description.isEmpty ? name : "\(description).\(name)")
    }

    /// The path of an element of the array at this path, counted from 0.
    package func index(_ index: Int) -> Self { Self("\(description)[\(index)]") }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte.isWordByte || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "$")
            || byte == UInt8(ascii: "*")
    }

    /// In double quotes, on one line, and not longer than a line has room for.
    static func quoted(_ text: String) -> String {
        var shown = "\""
        for scalar in text.unicodeScalars.prefix(64) {
            let isControl = scalar.value < 0x20 || 0x7F...0x9F ~= scalar.value
            shown.unicodeScalars.append(isControl ? "?" : scalar)
        }
        return shown + (text.unicodeScalars.count > 64 ? "...\"" : "\"")
    }
}
