import Vocabulary

/// Where the end of the primary's WAL was, and when: by it, what a replica has replayed tells how
/// old its data are at the most, whatever its clock says and however little was written meanwhile.
///
/// Invariant: instants and positions grow; there are `capacity` at the most, closer together the
/// younger they are.
struct PrimaryTrail: Sendable, Hashable {
    private struct Mark: Hashable {
        let position: LogSequenceNumber
        let instant: MonotonicInstant
    }

    static let capacity = 128

    private var marks: [Mark] = []

    /// The end of the WAL, as far as is known; nil: it never was.
    var newest: LogSequenceNumber? { marks.last?.position }

    /// The primary was here at this instant.
    mutating func add(_ position: LogSequenceNumber, at instant: MonotonicInstant) {
        if let last = marks.last {
            guard position >= last.position, instant >= last.instant else { return }
            // At rest the younger instant says all that the older one does.
            if position == last.position { marks.removeLast() }
        }
        marks.append(Mark(position: position, instant: instant))
        guard marks.count > Self.capacity else { return }
        let old = marks.prefix(Self.capacity / 2).enumerated().filter { $0.offset % 2 == 0 }
        marks = old.map(\.element) + marks.dropFirst(Self.capacity / 2)
    }

    /// Whoever has replayed up to `position` has all that was committed before this instant; nil:
    /// nothing is known that far back.
    func instant(covering position: LogSequenceNumber) -> MonotonicInstant? {
        marks.last { $0.position <= position }?.instant
    }
}
