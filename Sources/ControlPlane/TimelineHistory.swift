import Vocabulary

/// How a timeline came about: where each of those before it was left (PostgreSQL documentation,
/// "Timelines").
package struct TimelineHistory: Sendable, Hashable {
    /// The timeline whose history this is.
    package let timeline: Timeline
    /// Where each earlier timeline ends, as far as this one has it.
    private var ends: [Timeline: LogSequenceNumber] = [:]
    /// Of the server that writes it.
    private let geometry: WALGeometry

    /// - Parameter file: text of its history file; nil: it could not be read, or there is none.
    init(of timeline: Timeline, file: String? = nil, geometry: WALGeometry = WALGeometry()) {
        self.timeline = timeline
        self.geometry = geometry
        for line in (file ?? "").split(whereSeparator: \.isNewline) {
            let fields = line.split(whereSeparator: \.isWhitespace)
            guard fields.count >= 2, let earlier = Timeline(text: fields[0]),
                let end = LogSequenceNumber(text: fields[1])
            else { continue }
            ends[earlier] = end
        }
    }

    /// What has to be replayed on this timeline by a server that is to have all that was there at a
    /// position of another; nil: this timeline does not have it, or nobody knows.
    package func position(of other: TimelinePosition) -> LogSequenceNumber? {
        let position = geometry.recordEnd(before: other.position)
        if other.timeline == timeline { return position }
        guard let end = ends[other.timeline], position <= end else { return nil }
        return position
    }
}
