import ArgumentParser

/// `proxyctl clients`
struct ClientsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clients",
        abstract: "Lists the clients: what they do, and why one keeps a server connection.")

    @ParentCommand var parent: Proxyctl
    @OptionGroup var place: ConfigurationOption

    @Flag(help: "Only those that are pinned to a server connection, the longest first.")
    var pinned = false

    func run() throws {
        let rows = try place.or(parent.place).ask("SHOW CLIENTS")
        let table = ClientsText.table(rows.records, pinnedOnly: pinned)
        for line in table.lines(width: 80, colour: Terminal.hasColour) {
            Terminal.show(line)
        }
    }
}

/// The clients as a table for people.
enum ClientsText {
    /// - Parameters:
    ///   - records: the rows of SHOW CLIENTS.
    ///   - pinnedOnly: only those with a pin, the one pinned longest first.
    static func table(_ records: [AdminRows.Record], pinnedOnly: Bool) -> TextTable {
        var table = TextTable(columns: [
            .init(title: "CLIENT", isNumber: true), .init(title: "USER", isFlexible: true),
            .init(title: "DATABASE", isFlexible: true), .init(title: "ADDRESS", isFlexible: true),
            .init(title: "STATE"), .init(title: "NODE", isFlexible: true),
            .init(title: "PINNED", isNumber: true), .init(title: "BECAUSE", isFlexible: true),
        ])
        var shown = records
        if pinnedOnly {
            shown = shown.filter { $0.text("pins") != nil }
                .sorted { $0.count("pinned_ms") > $1.count("pinned_ms") }
        }
        table.rows = shown.map(row)
        return table
    }

    private static func row(_ client: AdminRows.Record) -> [StyledText] {
        func text(_ column: String) -> StyledText { StyledText(client.text(column) ?? "-") }
        let since = client.number("pinned_ms").map { Units.seconds($0 / 1_000) } ?? "-"
        return [
            text("client_id"), text("user"), text("database"), text("client_addr"), text("state"),
            text("node"), StyledText(since), text("pins"),
        ]
    }
}
