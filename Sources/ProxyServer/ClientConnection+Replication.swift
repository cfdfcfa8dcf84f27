import Authentication
import Configuration
import NetworkIO
import PostgresWire
import SessionCore
import Vocabulary

// Replication clients: each has a connection to the primary for itself, for as long as it stays.
extension ClientConnection {
    /// The client is who it says it is, and wants to replicate.
    func enterReplication(_ parameters: StartupParameters, _ kind: ReplicationKind) {
        let name = parameters.databaseOrUser
        guard let place = replicationPlace(name, kind) else { return fail(.unknownDatabase(name)) }
        guard let primary = place.cluster.view.primary else {
            return fail(.noPrimary(cluster: place.cluster.name))
        }
        let limit = place.maxWalSenders
        guard worker.shared.replications.enter(cluster: place.cluster.name, limit: limit) else {
            return fail(.tooManyWalSenders(limit))
        }
        let bounds = worker.settings.configuration.clientBounds(
            user: parameters.user, database: name)
        if let refusal = takePlace(user: parameters.user, database: name, bounds: bounds) {
            worker.shared.replications.leave(cluster: place.cluster.name)
            return fail(refusal)
        }
        let value = StartupParameters.Setting(
            name: "replication", value: parameters.replication ?? "")
        let startup = ServerLink.startup(
            user: parameters.user, database: place.database,
            settings: [value] + parameters.settings)
        let fresh = ReplicationConnection(
            for: self, database: name, to: primary.id, of: place.cluster, startup: startup,
            user: parameters.user, secret: replicationSecret(parameters.user, name),
            worker: worker)
        stage = .replicating
        replication = fresh
        fresh.open()
    }

    /// Where a replication client belongs. The write-ahead log is that of a whole server: the name
    /// of the database only tells which cluster is meant, and need not where there is but one.
    private func replicationPlace(
        _ name: String, _ kind: ReplicationKind
    ) -> (cluster: Cluster, database: String, maxWalSenders: Int)? {
        let configuration = worker.settings.configuration
        let entry = configuration.database(named: name)
        let only = configuration.clusters.count == 1 ? configuration.clusters[0].name : nil
        guard let wanted = entry?.cluster ?? (kind == .physical ? only : nil),
            let cluster = worker.clusters[wanted],
            let settings = configuration.cluster(named: wanted)
        else { return nil }
        return (cluster, entry?.serverName ?? name, settings.maxWalSenders)
    }

    /// What the client has proven, or others of its user, or what the configuration has of it.
    private func replicationSecret(_ user: String, _ database: String) -> ServerSecret {
        let proven = login?.secret ?? .none
        guard proven == .none else { return proven }
        let key = TenantKey(user: user, database: database)
        return worker.shared.proven.find(key)
            ?? ServerSecret(worker.settings.users.account(of: user)?.secret)
    }

    /// The server has let the client in.
    func replicationBegins(_ reported: [SettingsTracker.Reported]) {
        let secret = registerForCancel()
        login?.authentication = nil
        login?.secret = .none
        for parameter in reported {
            worker.reply.parameterStatus(parameter.name, parameter.value)
        }
        worker.reply.backendKeyData(processID: processID, secret: secret)
        worker.reply.readyForQuery(.idle)
        sendReply()
        resume()
    }

    /// Hands bytes of the client through.
    func takeReplication(_ input: UnsafeRawBufferPointer, from start: Int) -> Int {
        guard let replication, replication.state == .relaying else { return stall(at: start) }
        guard start < input.count else { return start }
        let isTaken = replication.send(UnsafeRawBufferPointer(rebasing: input[start...]))
        if !isTaken { channel?.setReading(false) }
        return input.count
    }

    /// May be ended without losing anything that the client could not ask for again.
    var isReplicationAtRest: Bool { replication?.watch.mayEnd ?? true }

    /// Something has ended that the process, or the configuration, was waiting for.
    func leaveIfDue() {
        if leavesAtRest && isAtRest { fail(.shuttingDown) }
    }
}
