import ArgumentParser
import ControlPlane
import Dispatch
import Glibc
import NetworkIO
import ProxyServer
import Vocabulary

/// The daemon's command line.
struct Switchyard: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switchyard",
        abstract: "A PostgreSQL proxy that sends reads to replicas and writes to the primary.",
        version: switchyardVersion)

    @Option(name: .shortAndLong, help: "The configuration file (JSON).")
    var config: String

    @Flag(help: "Validate the configuration and exit: 0 if it can be used, 1 if not.")
    var check = false

    func run() throws {
        let loaded: ConfigurationFile.Loaded
        do throws(ConfigurationFile.Failure) {
            loaded = try ConfigurationFile.load(config)
        } catch {
            complain(error.description)
            throw ExitCode(1)
        }
        if check { return try validate(loaded) }
        let proxy: Proxy
        do throws(TLSFailure) {
            proxy = try Proxy(loaded, path: config)
        } catch {
            complain("\(config): \(error.text)")
            throw ExitCode(1)
        }
        do throws(Listener.Failure) {
            // Without exit handlers: OpenSSL's would pull the ground from under a probe that runs.
            try proxy.start { _exit(0) }
        } catch {
            complain(error.text)
            throw ExitCode(1)
        }
        dispatchMain()
    }

    /// All there is to say of a file that could be read, and of the files that it names.
    private func validate(_ loaded: ConfigurationFile.Loaded) throws {
        do throws(TLSFailure) {
            let tls = try TLSContexts(loaded.configuration)
            for warning in tls.warnings { complain("\(config): \(warning)") }
        } catch {
            complain("\(config): \(error.text)")
            throw ExitCode(1)
        }
        for warning in loaded.warnings { complain("\(config):\(warning)") }
        print("\(config): valid")
    }

    private func complain(_ text: String) {
        var line = text + "\n"
        line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

Switchyard.main()
