import Vocabulary

/// How a timeline came about: where each of those before it was left (PostgreSQL documentation,
/// "Timelines").
package struct TimelineHistory: Sendable, Hashable {
    /// The timeline whose history this is.
    package let timeline: UInt32
    /// Where each earlier timeline ends, as far as this one has it.
    private var ends: [UInt32: LogSequenceNumber] = [:]

    /// - Parameter file: text of its history file; nil: it could not be read, or there is none.
    package init(of timeline: UInt32, file: String? = nil) {
        self.timeline = timeline
        for line in (file ?? "").split(whereSeparator: \.isNewline) {
            let fields = line.split(whereSeparator: \.isWhitespace)
            guard fields.count >= 2, let earlier = UInt32(fields[0]),
                let end = LogSequenceNumber(text: fields[1])
            else { continue }
            ends[earlier] = end
        }
    }

    /// What has to be replayed on this timeline by a server that is to have all that was there at a
    /// position of another; nil: this timeline does not have it, or nobody knows.
    package func position(of other: TimelinePosition) -> LogSequenceNumber? {
        if other.timeline == timeline { return other.position }
        guard let end = ends[other.timeline], other.position <= end else { return nil }
        return other.position
    }
}
