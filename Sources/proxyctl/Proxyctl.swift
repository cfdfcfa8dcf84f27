import ArgumentParser
import Glibc
import Vocabulary

/// The operator's tool: asks a running proxy over its admin database.
@main
struct Proxyctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxyctl",
        abstract: "Shows and steers a running switchyard.",
        discussion: """
            The address and the admin user are taken from switchyard's own configuration file: \
            the one named by --config, else by the environment variable SWITCHYARD_CONFIG, else \
            config/switchyard.json, else /etc/switchyard/switchyard.json. A password that the file \
            does not hold in plain text is taken from PGPASSWORD or ~/.pgpass.

            Exit codes: 0 healthy or done, 1 degraded or refused, 2 unreachable, 64 wrong usage.
            """,
        version: switchyardVersion,
        subcommands: [
            StatusCommand.self, ClientsCommand.self, CheckCommand.self, ReloadCommand.self,
            ExplainCommand.self, ShadowCommand.self, VersionCommand.self,
        ])

    /// May stand before the subcommand as well as behind it.
    @OptionGroup var place: ConfigurationOption
}

/// What the exit code tells a script.
enum Outcome {
    static let degraded = ExitCode(1)
    static let unreachable = ExitCode(2)
}

/// Writes a line to standard error.
func complain(_ text: String) { Terminal.write(text + "\n", to: STDERR_FILENO) }
