import Routing
import Vocabulary

/// Who is to be asked for proofs, and when: everybody once in a while, and often while somebody
/// waits for a proof. A value that reads no clock and opens no connection.
///
/// Invariant: at most one question to a node is under way (`isBusy`).
struct ProofDuty: Sendable {
    /// A question to one node.
    struct Question: Sendable, Hashable {
        let index: Int
        let role: Role
        /// Answers to questions of an earlier epoch are dropped.
        let epoch: Int
        /// What the replica should have replayed before it answers; nil: it answers at once.
        let awaits: LogSequenceNumber?
    }

    /// What one node has answered.
    struct Answer: Sendable, Hashable {
        let place: TimelinePosition
        /// Read from the clock before the question was sent.
        let asked: MonotonicInstant
        /// Counts the connections to the node, from 1.
        let connection: UInt64
    }

    private struct Node: Sendable {
        var role = Role.replica
        var isUsable = true
        var isBusy = false
        var connection: UInt64 = 0
        /// Not asked before.
        var pausedUntil = MonotonicInstant(nanoseconds: 0)
        /// It had not replayed enough when it was last asked.
        var isBehind = false
    }

    private(set) var book: ProofBook
    private var nodes: [Node]
    private(set) var epoch: Int
    /// That of the view.
    private var primaryEpoch: UInt64 = 0
    /// Between two rounds that nobody asks for; nil: there are none.
    private(set) var intervalMillis: UInt64?
    private var nextRound: MonotonicInstant
    private var wanted = MonotonicInstant(nanoseconds: 0)
    private var wantedPosition = LogSequenceNumber(0)
    private var renewedAt: MonotonicInstant?
    private var wantedSince = MonotonicInstant(nanoseconds: 0)

    /// How long probing stays fast after the last read that found no proof.
    static let patienceMillis: UInt64 = 1_000
    /// Pauses while a proof is wanted, in milliseconds: an eighth of what replicas are behind.
    static let shortestPause: UInt64 = 1
    static let longestPause: UInt64 = 25
    /// A node that has failed to answer is left alone for so long, in milliseconds.
    static let pauseAfterFailure: UInt64 = 1_000

    /// - Parameter epoch: another than that of any question that may still be under way.
    init(roles: [Role], intervalMillis: UInt64?, epoch: Int = 0, at now: MonotonicInstant) {
        self.epoch = epoch
        book = ProofBook(nodeCount: roles.count)
        nodes = roles.map { Node(role: $0) }
        self.intervalMillis = intervalMillis.map { max(1, $0) }
        nextRound = now
    }

    // MARK: Events

    /// The cluster's roles and states as they are now. Another primary: all proofs are void.
    mutating func show(_ view: ClusterView, at now: MonotonicInstant) {
        guard view.nodes.count == nodes.count else { return }
        let before = primary
        for (index, node) in view.nodes.enumerated() {
            if node.state.isUsable && !nodes[index].isUsable { nodes[index].pausedUntil = now }
            nodes[index].role = node.role
            nodes[index].isUsable = node.state.isUsable
        }
        defer { primaryEpoch = view.primaryEpoch }
        guard primary != before || primaryEpoch != view.primaryEpoch else { return }
        forgetAll()
        nextRound = now
    }

    /// Somebody wants a proof, or still does.
    mutating func want(
        _ instant: MonotonicInstant, _ position: LogSequenceNumber, at now: MonotonicInstant
    ) {
        if !isLive(at: now) { wantedSince = now }
        wanted = max(wanted, instant)
        wantedPosition = max(wantedPosition, position)
        renewedAt = now
    }

    /// The questions to be sent now; each node is busy until it has answered or failed.
    mutating func questions(at now: MonotonicInstant) -> [Question] {
        var isRound = false
        if let intervalMillis, nextRound <= now {
            isRound = true
            nextRound = now.advanced(milliseconds: intervalMillis)
        }
        let isLive = isLive(at: now)
        var due: [Question] = []
        for index in nodes.indices {
            let node = nodes[index]
            guard node.isUsable, !node.isBusy, index == primary || node.role == .replica,
                isRound || (isLive && node.pausedUntil <= now && isUseful(index))
            else { continue }
            nodes[index].isBusy = true
            let target = isLive && node.isBehind ? book.newest?.position : nil
            due.append(
                Question(
                    index: index, role: node.role, epoch: epoch,
                    awaits: index == primary ? nil : target))
        }
        return due
    }

    /// A node has answered.
    mutating func answered(_ question: Question, _ answer: Answer, at now: MonotonicInstant) {
        guard question.epoch == epoch else { return }
        let index = question.index
        nodes[index].isBusy = false
        nodes[index].pausedUntil = now.advanced(milliseconds: pauseMillis(at: now))
        let isNew = nodes[index].connection != answer.connection
        nodes[index].connection = answer.connection
        if index == primary {
            if isNew { book.forgetAll() }
            book.primaryStood(at: answer.place, asked: answer.asked)
            for other in nodes.indices where other != index && nodes[other].connection > 0 {
                nodes[other].pausedUntil = now
            }
        } else {
            if isNew { book.forget(index) }
            book.replicaStood(index, at: answer.place, asked: answer.asked)
            nodes[index].isBehind = isUseful(index)
        }
    }

    /// A node has not answered: of a replica it is not known any more what it holds.
    mutating func failed(_ question: Question, at now: MonotonicInstant) {
        guard question.epoch == epoch else { return }
        nodes[question.index].isBusy = false
        nodes[question.index].connection = 0
        nodes[question.index].isBehind = false
        nodes[question.index].pausedUntil = now.advanced(milliseconds: Self.pauseAfterFailure)
        // What replicas hold of a primary that is gone they hold all the same.
        if question.index != primary { book.forget(question.index) }
    }

    /// Nothing that was asked before counts, and nothing that is known.
    mutating func forgetAll() {
        epoch += 1
        book.forgetAll()
        wantedPosition = LogSequenceNumber(0)
        for index in nodes.indices {
            nodes[index].isBusy = false
            nodes[index].connection = 0
            nodes[index].isBehind = false
        }
    }

    // MARK: Questions

    /// The first node in that role.
    var primary: Int? { nodes.firstIndex { $0.role == .primary } }

    /// Proofs are wanted now and not all there.
    func isLive(at now: MonotonicInstant) -> Bool {
        guard let renewedAt, now < renewedAt.advanced(milliseconds: Self.patienceMillis) else {
            return false
        }
        return nodes.indices.contains { nodes[$0].isUsable && isUseful($0) }
    }

    /// When to look again; nil: when something happens.
    func nextLook(at now: MonotonicInstant) -> MonotonicInstant? {
        let round = intervalMillis.map { _ in nextRound }
        guard isLive(at: now) else { return round }
        let next = now.advanced(milliseconds: pauseMillis(at: now))
        return round.map { min($0, next) } ?? next
    }

    /// Asking the node may bring a proof that is wanted.
    private func isUseful(_ index: Int) -> Bool {
        if index == primary { return book.newest.map { $0.asked <= wanted } ?? true }
        guard nodes[index].role == .replica, let newest = book.newest else { return false }
        let replica = book.replicas[index]
        if let replayed = replica.replayed, replayed.position < wantedPosition { return true }
        guard let proven = replica.provenUntil, let askedAt = replica.askedAt else { return true }
        return askedAt <= wanted || (proven <= wanted && proven < newest.asked)
    }

    /// While a proof is wanted: the longer it takes, the less often it is asked for.
    private func pauseMillis(at now: MonotonicInstant) -> UInt64 {
        let proven = nodes.indices.filter { nodes[$0].isUsable && $0 != primary }
            .compactMap { book.replicas[$0].provenUntil }.max()
        let age = now.milliseconds(since: max(proven ?? wantedSince, wantedSince))
        return min(max(age / 8, Self.shortestPause), Self.longestPause)
    }
}
