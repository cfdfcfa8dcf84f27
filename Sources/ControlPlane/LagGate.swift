import Configuration
import Vocabulary

/// Whether a replica is too far behind to be read. It comes to be so beyond the bounds, and stays
/// so until it has caught up well below them, so that reads do not flutter to and fro.
struct LagGate: Sendable, Hashable {
    /// Why it takes no reads, as the rest of a sentence that begins with its name; nil: it does.
    private(set) var obstacle: String?

    /// The replica was probed. Where its lag is not known, all stays as it was.
    mutating func judge(_ lag: ReplicaLag, _ bounds: ProxyConfiguration.Lag) {
        if !bounds.isBounded { return obstacle = nil }
        let texts = [
            text(lag.bytes, bounds.maxBytes, bounds.resumeBytes, LagText.bytes),
            text(lag.milliseconds, bounds.maxMillis, bounds.resumeMillis, LagText.milliseconds),
        ].compactMap { $0 }
        let isKnown =
            (bounds.maxBytes != nil && lag.bytes != nil)
            || (bounds.maxMillis != nil && lag.milliseconds != nil)
        if isKnown { obstacle = texts.first.map { "is " + $0 } }
    }

    /// - Returns: nil when this measure does not keep the replica from reads.
    private func text(
        _ value: UInt64?, _ limit: Int?, _ resume: Int?, _ words: (UInt64) -> String
    ) -> String? {
        guard let value, let limit = limit.map({ UInt64(clamping: $0) }) else { return nil }
        let calm = resume.map { UInt64(clamping: $0) } ?? limit / 2
        guard value > (obstacle == nil ? limit : min(calm, limit)) else { return nil }
        let rest = value > limit ? "limit" : "back at \(words(min(calm, limit))), limit"
        return "\(words(value)) behind (\(rest) \(words(limit)))"
    }
}

/// Amounts of lag in words.
enum LagText {
    /// With two digits or three, as `12 MB`.
    static func bytes(_ value: UInt64) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var (amount, unit) = (Double(value), 0)
        while amount >= 1_000, unit < units.count - 1 {
            amount /= 1_000
            unit += 1
        }
        return "\(short(amount, whole: unit == 0)) \(units[unit])"
    }

    static func milliseconds(_ value: UInt64) -> String {
        value < 1_000 ? "\(value) ms" : "\(short(Double(value) / 1_000, whole: false)) s"
    }

    private static func short(_ amount: Double, whole: Bool) -> String {
        if whole || amount >= 10 { return String(Int(min(amount, 1e12).rounded())) }
        let tenths = Int((amount * 10).rounded())
        return tenths % 10 == 0 ? String(tenths / 10) : "\(tenths / 10).\(tenths % 10)"
    }
}
