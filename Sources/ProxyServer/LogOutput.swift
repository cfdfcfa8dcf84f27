import Configuration
import Glibc
import Logging
import Synchronization

/// Writes log records to standard error, one line each, as text or as JSON.
package struct LogOutput: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level
    private let format: ProxyConfiguration.LogFormat

    package init(level: ProxyConfiguration.LogLevel, format: ProxyConfiguration.LogFormat) {
        self.format = format
        logLevel =
            switch level {
            case .trace: .trace
            case .debug: .debug
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
            .filter { !"\($0.value)".isEmpty }
            .sorted { $0.key < $1.key }
        let line =
            switch format {
            case .text: text(event, all)
            case .json: json(event, all)
            }
        // One write, so that lines of several threads do not mix.
        var bytes = line
        bytes.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private func text(
        _ event: LogEvent, _ metadata: [(key: String, value: Logger.MetadataValue)]
    ) -> String {
        var line = "\(Self.timestamp()) \(event.level.rawValue.uppercased()) \(event.message)"
        for (key, value) in metadata {
            let word = "\(value)"
            let isPlain = word.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 }
            line += isPlain ? " \(key)=\(word)" : " \(key)=\(Self.quoted(word))"
        }
        return line + "\n"
    }

    private func json(
        _ event: LogEvent, _ metadata: [(key: String, value: Logger.MetadataValue)]
    ) -> String {
        var fields = [
            ("time", Self.timestamp()), ("level", event.level.rawValue),
            ("message", "\(event.message)"),
        ]
        fields += metadata.map { ($0.key, "\($0.value)") }
        let body = fields.map { "\(Self.quoted($0.0)):\(Self.quoted($0.1))" }
        return "{\(body.joined(separator: ","))}\n"
    }

    /// A JSON string (RFC 8259, section 7).
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            case _: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// UTC with milliseconds, as RFC 3339 has it.
    private static func timestamp() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        gmtime_r(&now.tv_sec, &parts)
        var buffer = [CChar](repeating: 0, count: 32)
        strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%S", &parts)
        let seconds = String(
            decoding: buffer.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        let millis = String(now.tv_nsec / 1_000_000)
        return "\(seconds).\(String(repeating: "0", count: 3 - millis.count))\(millis)Z"
    }
}
