import SessionCore
import Vocabulary

/// Finds out why a replica said something else than the primary: runs the statement on the primary
/// again, on the replica once that has caught up, and on the primary for a third time.
final class ShadowInquiry {
    private let sample: ShadowSample
    private let evidence: ShadowEvidence
    private unowned let desk: ShadowDesk
    private var since: MonotonicInstant
    private var second: ShadowEvidence.Second?
    /// When to ask the replica again how far it is.
    private(set) var askAt: MonotonicInstant?
    private var pauseMilliseconds = firstPauseMilliseconds
    private var knowsFlushed = false

    private static let firstPauseMilliseconds: UInt64 = 10
    private static let longestPauseMilliseconds: UInt64 = 200
    /// By now every commit is on disk, asynchronous ones too (three times the default of
    /// `wal_writer_delay`, and more). What is not may stay in memory for long on a primary at rest,
    /// and tells of nothing that a query sees.
    private static let flushedMilliseconds: UInt64 = 2_000

    init(_ sample: ShadowSample, _ evidence: ShadowEvidence, desk: ShadowDesk) {
        self.sample = sample
        self.evidence = evidence
        self.desk = desk
        since = desk.worker.now
    }

    /// Of the statement that it is about.
    var fingerprint: UInt64 { sample.fingerprint }

    func begin() {
        let asks = [ShadowErrand.askWritten]
        run(asks + sample.steps + asks, on: desk.primary) { replies in
            guard let replies, replies.count == self.sample.steps.count + 2 else {
                return self.end(.unavailable)
            }
            self.second = .init(
                before: replies.first?.position, after: replies.last?.position,
                primary: replies[1].digest)
            self.askReplica()
        }
    }

    /// Asks when the time has come.
    func tick() {
        guard let askAt, askAt <= desk.worker.now else { return }
        self.askAt = nil
        askReplica()
    }

    private func askReplica() {
        run([ShadowErrand.askReplayed], on: sample.node) { replies in
            guard let replies, let end = self.second?.after else { return self.end(.unavailable) }
            let waited = self.desk.worker.now.milliseconds(since: self.since)
            if let position = replies.first?.position, position >= end.endOfRecord {
                self.second?.caughtUpMilliseconds = waited
                return self.runOnReplica()
            }
            guard waited < Limits.shadowCatchUpMilliseconds else { return self.judge() }
            if waited >= Self.flushedMilliseconds, !self.knowsFlushed {
                return self.askFlushed()
            }
            let next = self.desk.worker.now.advanced(milliseconds: self.pauseMilliseconds)
            self.pauseMilliseconds = min(
                self.pauseMilliseconds * 2, Self.longestPauseMilliseconds)
            self.askAt = next
            self.desk.worker.loop.wake(at: next)
        }
    }

    private func askFlushed() {
        knowsFlushed = true
        run([ShadowErrand.askFlushed], on: desk.primary) { replies in
            if let flushed = replies?.first?.position, let end = self.second?.after {
                self.second?.after = min(end, flushed)
            }
            self.askReplica()
        }
    }

    private func runOnReplica() {
        run(sample.steps, on: sample.node) { replies in
            guard let replies, let reply = replies.first else { return self.end(.unavailable) }
            self.second?.replica = reply.digest
            self.runOnPrimary()
        }
    }

    private func runOnPrimary() {
        run(sample.steps, on: desk.primary) { replies in
            guard let replies, let reply = replies.first else { return self.end(.unavailable) }
            self.second?.third = reply.digest
            self.judge()
        }
    }

    private func judge() {
        guard let second else { return end(.unavailable) }
        end(evidence.outcome(second))
    }

    private func end(_ outcome: ShadowOutcome) { desk.ended(self, outcome) }

    private func run(
        _ steps: [[UInt8]], on node: NodeID?, _ done: @escaping ([ShadowReply]?) -> Void
    ) {
        guard let node else { return done(nil) }
        desk.run(ShadowErrand(sample, steps: steps, at: desk.worker.now, done: done), on: node)
    }
}
