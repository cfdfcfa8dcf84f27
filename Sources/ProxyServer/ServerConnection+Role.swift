import PostgresWire
import SessionCore
import Vocabulary

// What servers tell in passing of their role (PostgreSQL documentation, "Asynchronous Operations":
// `in_hot_standby`, since version 14). It does not come to an idle connection, but with the answer
// to the next query after a promotion: reads on a standby are the quickest witnesses of it.
extension ServerConnection {
    /// A setting has changed while no client's session has this connection.
    func noteReport(_ frame: RawSpan) {
        noteReport(body: frame.extracting(FrameScanner.headerBytes..<frame.byteCount))
    }

    /// The same of the message's body.
    func noteReport(body: RawSpan) {
        var reader = BodyReader(body)
        guard let name = reader.string(), let value = reader.string() else { return }
        contents.report(body.text(name), body.text(value))
        noteRecovery(body)
    }

    /// A ParameterStatus has come, on whatever business.
    func noteRecovery(_ body: RawSpan) {
        let cluster = driver.cluster
        guard cluster.view.findsRoles, !driver.isRetired else { return }
        var reader = BodyReader(body)
        guard let name = reader.string(), let value = reader.string(),
            body.text(name) == Self.recovery
        else { return }
        tellMonitor(body.text(value) == "on")
    }

    /// After a login to what is believed to be the primary: why nothing is to be written there;
    /// nil: nothing speaks against it. Tells the monitor what is news to it.
    var refusalOfRole: String? {
        guard driver.cluster.view.findsRoles, !driver.isRetired,
            let value = reported.first(where: { $0.name == Self.recovery })?.value
        else { return nil }
        tellMonitor(value == "on")
        guard value == "on", driver.cluster.role(driver.node) == .primary else { return nil }
        return "it is in recovery"
    }

    /// A statement has failed on the primary because that takes no writes (25006): it may be in
    /// recovery, and too old to say so by itself; or the session has asked for no writes.
    func noteRefusedWrite(_ body: RawSpan, _ client: ClientConnection) {
        guard driver.cluster.view.findsRoles, client.session.attachment?.role == .primary else {
            return
        }
        var reader = BodyReader(body)
        while let code = reader.byte(), code != 0, let value = reader.string() {
            guard code == UInt8(ascii: "C") else { continue }
            if body.text(value) == "25006" { tellMonitor(true) }
            return
        }
    }

    private func tellMonitor(_ isInRecovery: Bool) {
        let isPrimary = driver.cluster.role(driver.node) == .primary
        guard isPrimary == isInRecovery else { return }
        worker.shared.report(
            cluster: driver.name.cluster, node: driver.node, isInRecovery: isInRecovery)
    }

    private static let recovery = "in_hot_standby"
}

extension ClientConnection {
    /// Whether a connection that it keeps in session mode is to a replica by now.
    func holdsReplica(_ server: ServerConnection) -> Bool {
        server.driver.cluster.role(server.driver.node) == .replica
    }
}
