import Configuration
import Glibc

/// Reads a configuration from the disk, with the secrets that it names elsewhere.
package enum ConfigurationFile {
    package typealias Loaded = LoadedConfiguration

    /// Why there is no configuration: the file could not be read, or what is wrong in it.
    package enum Failure: Error, Sendable, CustomStringConvertible {
        case unreadable(path: String, cause: String)
        case invalid(path: String, ConfigurationFailure)

        /// One line per problem.
        package var description: String {
            switch self {
            case .unreadable(let path, let cause): "\(path): \(cause)"
            case .invalid(let path, let failure):
                failure.problems.map { "\(path):\($0)" }.joined(separator: "\n")
            }
        }
    }

    /// Loads the file at `path`.
    package static func load(_ path: String) throws(Failure) -> LoadedConfiguration {
        let bytes: [UInt8]
        do throws(SecretUnavailable) {
            bytes = try read(path)
        } catch {
            throw .unreadable(path: path, cause: error.reason)
        }
        do throws(ConfigurationFailure) {
            return try ConfigurationLoader.load(bytes) { source throws(SecretUnavailable) in
                try secret(source)
            }
        } catch {
            throw .invalid(path: path, error)
        }
    }

    /// A secret's value; of a file without its closing line breaks.
    private static func secret(_ source: SecretSource) throws(SecretUnavailable) -> String {
        switch source {
        case .environment(let name):
            guard let value = getenv(name) else {
                throw SecretUnavailable("the environment variable \(name) is not set")
            }
            return String(cString: value)
        case .file(let path):
            var text = String(decoding: try read(path), as: UTF8.self)
            while text.last == "\n" || text.last == "\r\n" { text.removeLast() }
            return text
        }
    }

    private static func read(_ path: String) throws(SecretUnavailable) -> [UInt8] {
        guard let file = fopen(path, "r") else {
            throw SecretUnavailable(String(cString: strerror(errno)))
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        guard ferror(file) == 0 else {
            throw SecretUnavailable(String(cString: strerror(errno)))
        }
        return bytes
    }
}
