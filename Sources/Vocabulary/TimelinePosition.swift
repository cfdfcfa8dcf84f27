/// A place in the WAL of one timeline. Its text, such as `1/0/3000148`, is the token that
/// applications carry from one connection to another: timeline in decimal, then the position as
/// PostgreSQL writes it.
package struct TimelinePosition: Hashable, Sendable, CustomStringConvertible {
    package let timeline: UInt32
    package let position: LogSequenceNumber

    package init(timeline: UInt32, position: LogSequenceNumber) {
        self.timeline = timeline
        self.position = position
    }

    /// Parses a token; nil for anything else.
    package init?(text: some StringProtocol) {
        guard let slash = text.firstIndex(of: "/") else { return nil }
        let number = text[..<slash]
        guard !number.isEmpty, number.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let timeline = UInt32(number), timeline > 0,
            let position = LogSequenceNumber(text: text[text.index(after: slash)...])
        else { return nil }
        self.timeline = timeline
        self.position = position
    }

    package var description: String { "\(timeline)/\(position)" }
}
