import Vocabulary

/// Which replica holds what, proven: pairs of an instant and a position that the primary was at
/// after that instant, held against what replicas have replayed.
///
/// Every commit that was acknowledged before the instant lies at or before the position, so a
/// replica of the same timeline that has replayed up to there holds it. A replica's claim stands
/// until its connection ends: only a server that has started anew can have gone back.
///
/// Invariant: pairs ascend strictly in both parts; all are of `timeline`.
package struct ProofBook: Sendable, Hashable {
    /// The primary was at `position` when it was asked, at `asked` or later.
    package struct Pair: Sendable, Hashable {
        package let asked: MonotonicInstant
        package let position: LogSequenceNumber
    }

    /// What is known of a node as a replica.
    package struct Replica: Sendable, Hashable {
        /// It holds all that was acknowledged before this; nil: nothing is proven.
        package fileprivate(set) var provenUntil: MonotonicInstant?
        /// What it has replayed, when it was last asked.
        package fileprivate(set) var replayed: TimelinePosition?
        /// When it was last asked.
        package fileprivate(set) var askedAt: MonotonicInstant?
    }

    /// Pairs kept at the most; beyond it every second one is dropped.
    static let capacity = 256

    /// That of the primary; nil: not known.
    package private(set) var timeline: Timeline?
    private(set) var pairs: [Pair] = []
    package private(set) var replicas: [Replica]

    package init(nodeCount: Int) {
        replicas = Array(repeating: Replica(), count: nodeCount)
    }

    /// The newest pair.
    package var newest: Pair? { pairs.last }

    /// The primary has answered.
    /// - Parameter asked: read from the clock before the question was sent.
    package mutating func primaryStood(at place: TimelinePosition, asked: MonotonicInstant) {
        if timeline != place.timeline {
            forgetAll()
            timeline = place.timeline
        }
        if let newest, newest.asked >= asked { return }
        // One that was further before it crashed: the later instant counts for less WAL.
        while let last = pairs.last, last.position >= place.position { pairs.removeLast() }
        if pairs.count >= Self.capacity { thin() }
        pairs.append(Pair(asked: asked, position: place.position))
        for index in replicas.indices { prove(index) }
    }

    /// A replica has answered.
    package mutating func replicaStood(
        _ index: Int, at place: TimelinePosition, asked: MonotonicInstant
    ) {
        if place.timeline != replicas[index].replayed?.timeline { forget(index) }
        replicas[index].replayed = place
        replicas[index].askedAt = asked
        prove(index)
        prune()
    }

    /// It may be another server, or one that has started anew.
    package mutating func forget(_ index: Int) { replicas[index] = Replica() }

    /// Another server is the primary now, or may be.
    package mutating func forgetAll() {
        timeline = nil
        pairs = []
        for index in replicas.indices { forget(index) }
    }

    private mutating func prove(_ index: Int) {
        guard let replayed = replicas[index].replayed else { return }
        guard replayed.timeline == timeline else {
            replicas[index].provenUntil = nil
            return
        }
        guard let pair = pairs.last(where: { $0.position <= replayed.position }) else { return }
        replicas[index].provenUntil = max(replicas[index].provenUntil ?? pair.asked, pair.asked)
    }

    /// Of what every replica has replayed, only the newest pair can still prove something.
    private mutating func prune() {
        let slowest = replicas.compactMap { $0.replayed?.position }.min()
        guard let slowest, let reached = pairs.lastIndex(where: { $0.position <= slowest }),
            reached > 0
        else { return }
        pairs.removeSubrange(0..<reached)
    }

    /// The older, the sparser: a replica that is far behind is proven in larger steps.
    private mutating func thin() {
        var isKept = false
        pairs.removeAll { _ in
            isKept.toggle()
            return !isKept
        }
    }
}
