import Configuration
import Glibc

/// Why a configuration file could not be used; one line per problem.
struct ConfigurationProblems: Error, CustomStringConvertible {
    let description: String
}

/// The configuration as an operator's shell can see it: the proxy's secrets may lie in variables
/// and files of another user, and the proxy can be asked all the same.
enum OperatorConfiguration {
    /// Stands for a secret that cannot be read from here.
    static let absentSecret = "(a secret that cannot be read from here)"

    static func load(_ path: String) throws(ConfigurationProblems) -> ProxyConfiguration {
        guard let bytes = read(path) else {
            throw ConfigurationProblems(description: "\(path): \(String(cString: strerror(errno)))")
        }
        do throws(ConfigurationFailure) {
            return try ConfigurationLoader.load(bytes) { secret($0) }.configuration
        } catch {
            throw ConfigurationProblems(
                description: error.errors.map { "\(path):\($0)" }.joined(separator: "\n"))
        }
    }

    private static func secret(_ source: SecretSource) -> String {
        let text: String?
        switch source {
        case .environment(let name): text = getenv(name).map { String(cString: $0) }
        case .file(let path): text = read(path).map { String(decoding: $0, as: UTF8.self) }
        }
        guard let line = text?.split(whereSeparator: \.isNewline).first else { return absentSecret }
        return String(line)
    }

    /// nil: it cannot be read, and `errno` says why.
    private static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return ferror(file) == 0 ? bytes : nil }
            bytes += chunk[..<count]
        }
    }
}
