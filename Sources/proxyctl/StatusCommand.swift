import ArgumentParser
import Glibc

/// `proxyctl status`
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows every node, and the pools that keep clients waiting.",
        discussion: "Exit codes: 0 healthy, 1 degraded, 2 unreachable.")

    @ParentCommand var parent: Proxyctl
    @OptionGroup var place: ConfigurationOption

    @Flag(help: "Print a JSON object.")
    var json = false

    @Flag(help: "Show it anew every two seconds, until Ctrl-C.")
    var watch = false

    private static let pauseSeconds: UInt32 = 2

    func run() throws {
        let target = try place.or(parent.place).target()
        var source = StatusSource(target: target)
        guard watch else {
            let report = source.read()
            Terminal.show(text(report))
            return try exit(report)
        }
        while true {
            let report = source.read()
            let clear = Terminal.isTerminal && !json ? Terminal.clear : ""
            Terminal.show(clear + text(report) + (clear.isEmpty && !json ? "\n" : ""))
            sleep(Self.pauseSeconds)
        }
    }

    private func text(_ report: StatusReport) -> String {
        if json { return report.json.written() }
        return StatusText(report: report, colour: Terminal.hasColour)
            .lines.joined(separator: "\n")
    }

    private func exit(_ report: StatusReport) throws {
        switch report.verdict {
        case .healthy: return
        case .degraded: throw Outcome.degraded
        case .unreachable: throw Outcome.unreachable
        }
    }
}

/// Reads status reports over one connection, which is made anew after it broke.
struct StatusSource {
    let target: AdminTarget
    private var connection: AdminConnection?

    init(target: AdminTarget) { self.target = target }

    /// Never fails: a proxy that does not answer is a report as well.
    mutating func read() -> StatusReport {
        do throws(AdminFailure) {
            let connection = try opened()
            return StatusReport(
                health: try connection.run("SHOW HEALTH"),
                version: try connection.run("SHOW VERSION"),
                status: try connection.run("SHOW STATUS"), pools: try connection.run("SHOW POOLS"))
        } catch {
            connection = nil
            return StatusReport(unreachable: error.message)
        }
    }

    private mutating func opened() throws(AdminFailure) -> AdminConnection {
        if let connection { return connection }
        let fresh = try AdminConnection(target)
        connection = fresh
        return fresh
    }
}
