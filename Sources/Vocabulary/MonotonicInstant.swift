/// A point on the monotonic clock, in nanoseconds since an unspecified start. The only notion of
/// time below the purity line: whoever reads the clock passes the instant in.
package struct MonotonicInstant: Hashable, Comparable, Sendable {
    package let nanoseconds: UInt64

    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    package static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }

    /// The instant `milliseconds` after this one; saturates rather than overflows.
    package func advanced(milliseconds: UInt64) -> Self {
        let (product, overflowed) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, carried) = nanoseconds.addingReportingOverflow(overflowed ? .max : product)
        return Self(nanoseconds: carried ? .max : sum)
    }

    /// The instant `milliseconds` before this one; the first of the clock where there is none.
    package func preceding(milliseconds: UInt64) -> Self {
        let (product, overflowed) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        return Self(
            nanoseconds: overflowed || product > nanoseconds ? 0 : nanoseconds - product)
    }

    /// Whole milliseconds from `earlier` to this instant; 0 when `earlier` is not earlier.
    package func milliseconds(since earlier: Self) -> UInt64 {
        nanoseconds > earlier.nanoseconds ? (nanoseconds - earlier.nanoseconds) / 1_000_000 : 0
    }

    /// Nanoseconds from `earlier` to this instant; 0 when `earlier` is not earlier.
    package func nanoseconds(since earlier: Self) -> UInt64 {
        nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0
    }
}
