import Configuration
import Routing
import SessionCore
import StatementClassifier
import Telemetry
import Vocabulary

/// Shadow mode of one database on one worker: what is known of its statements, and the connections
/// on which samples of its reads are run once more.
final class ShadowDesk {
    /// As clients name it.
    let database: String
    let worker: Worker
    private(set) var configuration: ProxyConfiguration.Shadow
    private(set) var table: ShadowTable
    private let since: MonotonicInstant
    private var cluster: Cluster
    private var lines: [NodeID: ShadowLine] = [:]
    private var inquiries: [ShadowInquiry] = []
    private var waitingInquiries: [ShadowInquiry] = []

    init(
        _ database: String, _ configuration: ProxyConfiguration.Shadow, cluster: Cluster,
        worker: Worker
    ) {
        self.database = database
        self.configuration = configuration
        self.cluster = cluster
        self.worker = worker
        since = worker.now
        table = ShadowTable(limit: configuration.maxStatements)
    }

    // MARK: What is known

    /// A statement is met; its text is asked for where it is new.
    /// - Parameter text: nil: not known, or its literals cannot be told.
    /// - Parameter standardConformingStrings: the session's setting.
    func meet(
        _ fingerprint: UInt64, standardConformingStrings: Bool, text: () -> [UInt8]?
    ) {
        guard !table.knows(fingerprint) else { return }
        let normalized = text().flatMap { bytes in
            bytes.withUnsafeBytes {
                worker.texts.classifier.normalized(
                    $0.bytes, standardConformingStrings: standardConformingStrings,
                    limit: Limits.shadowStatementBytes)
            }
        }
        table.learn(
            fingerprint,
            ShadowStatement(text: normalized?.text, isOrdered: normalized?.isOrdered ?? true))
    }

    /// A call of a statement.
    /// - Parameter cause: why it would not have run on a replica; nil: it would.
    func call(_ fingerprint: UInt64, keptBy cause: String?) {
        table.change(fingerprint) {
            $0.calls += 1
            if let cause { $0.cause = cause } else { $0.reads += 1 }
        }
    }

    func count(_ outcome: ShadowOutcome, of fingerprint: UInt64) {
        table.change(fingerprint) { $0.count(outcome) }
    }

    /// How long both have taken.
    func note(_ sample: ShadowSample, primary: ShadowReply, replica: ShadowReply) {
        table.change(sample.fingerprint) {
            $0.primaryTimes.add(nanoseconds: primary.nanoseconds)
            $0.replicaTimes.add(nanoseconds: replica.nanoseconds)
        }
    }

    func isOrdered(_ fingerprint: UInt64) -> Bool {
        table.statements[fingerprint]?.isOrdered ?? true
    }

    /// Whether this call is to be compared: the first few are, and then a share.
    func wants(_ fingerprint: UInt64) -> Bool {
        guard configuration.sampleRate > 0, let known = table.statements[fingerprint] else {
            return false
        }
        // The same statement will be as large the next time, most likely.
        if known.tooLarge > 2 && known.compared == 0 { return false }
        if known.compared < Limits.shadowFirstComparisons { return true }
        return Double(worker.random.next() >> 11) * 0x1p-53 < configuration.sampleRate
    }

    var snapshot: ShadowSnapshot {
        ShadowSnapshot(
            sampleRate: configuration.sampleRate,
            sinceMilliseconds: worker.now.milliseconds(since: since),
            statements: table.statements, forgotten: table.forgotten)
    }

    // MARK: What is run

    var primary: NodeID? { cluster.view.primary?.id }

    /// Where a batch would run now.
    func route(_ request: RouteRequest) -> Route {
        cluster.route(request, random: worker.random.next())
    }

    func isReplica(_ node: NodeID) -> Bool { cluster.role(node) == .replica }

    /// Runs an errand on the connection to a node, or drops it where too many wait.
    func run(_ errand: ShadowErrand, on node: NodeID) {
        guard errand.tenant.cluster === cluster else { return errand.done(nil) }
        let line = lines[node] ?? open(node)
        let waiting = lines.values.reduce(0) { $0 + $1.waitingBytes }
        guard !line.isFull, waiting < Limits.shadowQueueBytes else { return errand.done(nil) }
        line.run(errand)
    }

    private func open(_ node: NodeID) -> ShadowLine {
        let fresh = ShadowLine(
            node, worker: worker, timeoutMilliseconds: UInt64(configuration.timeoutMillis))
        lines[node] = fresh
        return fresh
    }

    /// Finds out more of a difference: at once, or when one of those under way is done. Of one
    /// statement few may wait, so that there is room for others.
    func inquire(_ sample: ShadowSample, _ evidence: ShadowEvidence) {
        let fingerprint = sample.fingerprint
        guard waitingInquiries.count < Limits.shadowQueue,
            waitingInquiries.count(where: { $0.fingerprint == fingerprint })
                < Limits.shadowInquiries
        else { return count(.dropped, of: fingerprint) }
        waitingInquiries.append(ShadowInquiry(sample, evidence, desk: self))
        beginInquiry()
    }

    private func beginInquiry() {
        guard inquiries.count < Limits.shadowInquiries, !waitingInquiries.isEmpty else { return }
        let next = waitingInquiries.removeFirst()
        inquiries.append(next)
        next.begin()
    }

    /// Nothing more can be found out of it.
    func ended(_ inquiry: ShadowInquiry, _ outcome: ShadowOutcome) {
        inquiries.removeAll { $0 === inquiry }
        count(outcome, of: inquiry.fingerprint)
        beginInquiry()
    }

    func tick() {
        for inquiry in inquiries { inquiry.tick() }
        for line in lines.values { line.tick() }
    }

    // MARK: Changes

    /// After a reload.
    func update(_ fresh: ProxyConfiguration.Shadow, cluster: Cluster) {
        table.update(limit: fresh.maxStatements)
        let isElsewhere =
            cluster !== self.cluster || fresh.timeoutMillis != configuration.timeoutMillis
        configuration = fresh
        self.cluster = cluster
        if isElsewhere { endLines() }
    }

    /// Shadow mode is over, or everything is.
    func endLines() {
        // Nothing is to be begun by what ends now.
        inquiries = []
        waitingInquiries = []
        let ending = lines.values
        lines = [:]
        for line in ending { line.end() }
    }
}
