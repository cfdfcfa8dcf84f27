import Glibc

/// What standard output is.
enum Terminal {
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Only on a terminal, and only if nobody objects (https://no-color.org).
    static var hasColour: Bool {
        wantsColour(
            isTerminal: isTerminal, noColour: getenv("NO_COLOR").map { String(cString: $0) },
            term: getenv("TERM").map { String(cString: $0) })
    }

    /// The rule behind `hasColour`.
    static func wantsColour(isTerminal: Bool, noColour: String?, term: String?) -> Bool {
        isTerminal && (noColour ?? "").isEmpty && term != "dumb"
    }

    /// Empties the screen and goes to its top.
    static let clear = "\u{1B}[H\u{1B}[2J\u{1B}[3J"

    /// Writes a line at once, even into a pipe.
    static func show(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    /// Writes all of a text, as long as somebody reads it.
    static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
