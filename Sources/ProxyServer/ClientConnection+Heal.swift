import PostgresWire
import Routing
import SessionCore
import StatementClassifier
import Telemetry
import Vocabulary

/// What a replica has said to the batch that waits.
final class Setback {
    let refusal: StandbyRefusal
    /// The body of its ErrorResponse; empty: it said nothing.
    let message: [UInt8]
    /// No other replica is to be asked.
    let sparesReplicas: Bool

    init(refusal: StandbyRefusal, message: [UInt8], sparesReplicas: Bool) {
        self.refusal = refusal
        self.message = message
        self.sparesReplicas = sparesReplicas
    }
}

// A read that a replica has failed is run elsewhere, unseen by the client.
extension ClientConnection {
    /// Tells the session where else its batch could run.
    func weighElsewhere() {
        // What the primary says is so.
        guard let server, let cluster = tenant?.cluster, server.driver.cluster === cluster,
            session.attachment?.role == .replica
        else { return session.weigh([]) }
        var request = routeRequest
        request.excluded.insert(server.driver.node)
        var elsewhere = cluster.view.elsewhere(for: request)
        if session.waitsToRoam { elsewhere.insert(.primary) }
        session.weigh(elsewhere)
    }

    /// The session's turn on this server has come to nothing. Says what becomes of the server; the
    /// batch waits for another.
    func turnWithdrawn(on server: ServerConnection, _ kind: ReleaseKind) -> Afterwards {
        channel?.discardHeld()
        swap(&batch, &opening)
        leave(server)
        let isShared = session.isSharing
        let (contents, refusal, message) = session.withdraw()
        if !isShared { server.contents = contents }
        if refusal == .neighbor {
            tenant?.counters.reruns += 1
            goesAlone = true
            return afterwards(of: server, kind)
        }
        let wasSetBack = setback != nil
        failedNodes.insert(server.driver.node)
        let fallsBack = server.driver.cluster.view.fallbackToPrimary
        setback = Setback(
            refusal: refusal, message: message,
            sparesReplicas: refusal.scope == .everyStandby || wasSetBack && fallsBack)
        need = session.waitingNeed
        if refusal == .isolation { isolationDiffers() } else { book(refusal, server) }
        return afterwards(of: server, kind)
    }

    /// Counts the heal, and remembers the fingerprint where that helps the next one.
    private func book(_ refusal: StandbyRefusal, _ server: ServerConnection) {
        guard let tenant else { return }
        let cluster = server.driver.cluster
        tenant.counters.heals += 1
        cluster.counters[server.driver.node.index].heals += 1
        let fingerprint = session.fingerprint
        let until =
            cluster.view.fallbackToPrimary
            ? worker.learn(tenant, fingerprint, refusal) : nil
        let key = HealSnapshot.Key(
            database: tenant.database, fingerprint: fingerprint, state: refusal.state)
        worker.heals.healed(
            key, node: server.nodeName, at: worker.now, rememberedUntil: until,
            statement: text() ?? "")
        guard until != nil else { return }
        afterHeal(refusal, tenant)
        // What is only missing may be any client's mistake.
        worker.log.log(
            level: refusal.scope == .everyStandby ? .info : .debug,
            "a replica refuses a read: it goes to the primary for a while",
            metadata: [
                "database": "\(tenant.database)", "node": "\(server.nodeName)",
                "sqlstate": "\(refusal.state)",
                "fingerprint": "\(fingerprint.hexadecimal)",
            ])
    }

    /// The catalog has not told of something: it is looked at again. That alone puts nothing in
    /// doubt: a function may be declared what it is not, or what is missing the client's mistake.
    private func afterHeal(_ refusal: StandbyRefusal, _ tenant: Tenant) {
        switch refusal.scope {
        case .everyStandby, .missingObject: worker.catalogWasWrong(tenant)
        case .thisReplica: break
        }
    }

    /// The batch's first text without literals; nil: it is not known.
    private func text() -> String? {
        let text = batch.withUnsafeBytes { session.withdrawnText($0.bytes, texts: worker.texts) }
        let conforms = session.settings.standardConformingStrings
        return text?.withUnsafeBytes {
            worker.texts.classifier.normalized(
                $0.bytes, standardConformingStrings: conforms, limit: Limits.healTextBytes)?.text
        }
    }

    /// What every standby has refused runs on a node of this role: on the primary it may write.
    func noteRefused(on role: Role) {
        guard role == .primary, isRemembered || setback?.refusal.scope == .everyStandby else {
            return
        }
        session.watermark.expectWrite()
    }

    /// Looks up whether replicas refuse the batch that waits.
    func recall(_ tenant: Tenant) {
        guard tenant.cluster.view.fallbackToPrimary else { return }
        isRemembered = tenant.refusals.memory.find(session.fingerprint, at: worker.now) != nil
    }

    /// Finds another server for the batch.
    func runElsewhere() {
        guard stage == .ready, session.phase == .waiting else { return resume() }
        find()
        resume()
    }

    /// No server for the batch: where a replica has said why it would not run it, that is the
    /// better answer.
    func refuse(orTell error: ErrorReply) {
        guard let setback, !setback.message.isEmpty else { return refuse(error) }
        refuse(error, message: setback.message)
    }
}
