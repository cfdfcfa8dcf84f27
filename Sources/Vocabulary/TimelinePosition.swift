/// A place in the WAL of one timeline. Its text, such as `1/0/3000148`, is the token that
/// applications carry from one connection to another: timeline in decimal, then the position as
/// PostgreSQL writes it.
package struct TimelinePosition: Hashable, Sendable, CustomStringConvertible {
    package let timeline: Timeline
    package let position: LogSequenceNumber

    package init(timeline: Timeline, position: LogSequenceNumber) {
        self.timeline = timeline
        self.position = position
    }

    /// Parses a token; nil for anything else.
    package init?(text: some StringProtocol) {
        // Numbers in Swift may have a sign.
        guard let slash = text.firstIndex(of: "/"), !text.contains("+"), !text.contains("-"),
            let timeline = Timeline(text: text[..<slash]),
            let position = LogSequenceNumber(text: text[text.index(after: slash)...])
        else { return nil }
        self.timeline = timeline
        self.position = position
    }

    /// The same of bytes.
    package init?(token: [UInt8]) {
        // Longer than any: 10 digits, and twice 8 with a slash before each.
        guard token.count <= 28 else { return nil }
        self.init(text: String(decoding: token, as: UTF8.self))
    }

    package var description: String { "\(timeline)/\(position)" }
}
