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
        if check {
            for warning in loaded.warnings { complain("\(config):\(warning)") }
            print("\(config): valid")
            return
        }
        let proxy = Proxy(loaded, path: config)
        do throws(Listener.Failure) {
            // Without exit handlers: OpenSSL's would pull the ground from under a probe that runs.
            try proxy.start { _exit(0) }
        } catch {
            complain(error.text)
            throw ExitCode(1)
        }
        dispatchMain()
    }

    private func complain(_ text: String) {
        var line = text + "\n"
        line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

Switchyard.main()
