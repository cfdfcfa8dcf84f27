import ArgumentParser
import Vocabulary

/// `proxyctl check`
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Validates the configuration file, and lists every problem.",
        discussion: "Exit codes: 0 it can be used, 1 it cannot.")

    @ParentCommand var parent: Proxyctl
    @OptionGroup var place: ConfigurationOption

    func run() throws {
        let loaded = try place.or(parent.place).load()
        for warning in loaded.warnings { complain("\(place.or(parent.place).path):\(warning)") }
        Terminal.show("\(place.or(parent.place).path): valid")
    }
}

/// `proxyctl reload`
struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Has the proxy read its configuration again, keeping every client.",
        discussion: "Exit codes: 0 reloaded, 1 refused and nothing changed, 2 unreachable.")

    @ParentCommand var parent: Proxyctl
    @OptionGroup var place: ConfigurationOption

    func run() throws {
        _ = try place.ask("RELOAD")
        Terminal.show("reloaded")
    }
}

/// `proxyctl explain`
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Says where a statement would run, and why. The statement is not run.",
        discussion: """
            Every rule that was asked is shown in the order of deciding: what it found, what \
            followed (->), and what would change that.

            Exit codes: 0 explained, 1 refused (no such database or user), 2 unreachable.
            """)

    @ParentCommand var parent: Proxyctl
    @OptionGroup var place: ConfigurationOption

    @Argument(help: "The statement.")
    var sql: String

    @Option(name: .shortAndLong, help: "The database, as clients name it.")
    var database: String?

    @Option(name: .shortAndLong, help: "The user who would run it.")
    var user: String?

    func run() throws {
        let rows = try place.or(parent.place).ask(
            ExplainRequest.command(sql, database: database, user: user))
        for line in ExplainText(rows: rows, colour: Terminal.hasColour).lines {
            Terminal.show(line)
        }
    }
}

/// `proxyctl version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Shows the versions of proxyctl and of the proxy.")

    @ParentCommand var parent: Proxyctl
    @OptionGroup var place: ConfigurationOption

    func run() throws {
        Terminal.show("proxyctl   \(switchyardVersion)")
        let process = try place.ask("SHOW VERSION").records.first
        Terminal.show("switchyard \(process?.text("version") ?? "unknown")")
    }
}

extension ConfigurationOption {
    /// Runs one command on the proxy; why it failed goes to standard error.
    /// - Throws: the exit code.
    func ask(_ command: String) throws -> AdminRows {
        let target = try target()
        do throws(AdminFailure) {
            return try AdminConnection(target).run(command)
        } catch {
            switch error {
            case .unreachable(let reason):
                complain("unreachable: \(reason)")
                throw Outcome.unreachable
            case .refused(let message, let detail, let hint):
                for text in [message, detail, hint] { text.map(complain) }
                throw Outcome.degraded
            }
        }
    }
}
