/// Numbers as people read them: three digits that count, and a unit.
enum Units {
    /// A number of things: `7`, `12.3K`, `1.2M`.
    static func count(_ value: Int64) -> String {
        scaled(value, step: 1_000, units: ["", "K", "M", "G", "T", "P", "E"])
    }

    /// Bytes: `128 B`, `3.4 GB`.
    static func bytes(_ value: Int64) -> String {
        scaled(value, step: 1_024, units: [" B", " kB", " MB", " GB", " TB", " PB", " EB"])
    }

    /// A span: `7 ms`, `3.2 s`, `5 m`, `2 h`, `40 d`.
    static func milliseconds(_ value: Int64) -> String {
        if value < 1_000 { return "\(max(0, value)) ms" }
        if value < 60_000 { return "\(value / 1_000).\(value % 1_000 / 100) s" }
        return seconds(value / 1_000)
    }

    /// A span: `70 us`, `1.2 ms`, `7 ms`, `3.2 s`.
    static func microseconds(_ value: Int64) -> String {
        if value < 1_000 { return "\(max(0, value)) us" }
        if value < 10_000 { return "\(value / 1_000).\(value % 1_000 / 100) ms" }
        return milliseconds(value / 1_000)
    }

    /// A span: `40 s`, `5 m`, `2 h`, `40 d`.
    static func seconds(_ value: Int64) -> String {
        if value < 60 { return "\(max(0, value)) s" }
        if value < 3_600 { return "\(value / 60) m" }
        if value < 172_800 { return "\(value / 3_600) h" }
        return "\(value / 86_400) d"
    }

    /// Cut off, never rounded up: 999,999 is `999K`, not `1000K`.
    private static func scaled(_ value: Int64, step: Int64, units: [String]) -> String {
        var whole = max(0, value)
        var rest: Int64 = 0
        var unit = 0
        while whole >= step, unit < units.count - 1 {
            rest = whole % step
            whole /= step
            unit += 1
        }
        let tenths = rest * 10 / step
        return whole >= 100 || unit == 0
            ? "\(whole)\(units[unit])" : "\(whole).\(tenths)\(units[unit])"
    }
}
