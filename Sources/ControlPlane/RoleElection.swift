import Vocabulary

/// Decides from what nodes say of themselves which of them is the primary. A value without a clock.
///
/// What holds, whatever the nodes say and in whatever order:
/// - at most one node is the primary;
/// - it answers, says that it is not in recovery, and is of the highest timeline that was seen on
///   any node: a promotion begins a new timeline, so a primary of a lower one is an old one;
/// - no other node that was a primary of the same timeline may still be one.
struct RoleElection: Sendable {
    /// What was decided of one node.
    enum Verdict: Sendable, Hashable {
        case primary
        case replica
        /// It gives nothing to decide by, or not yet.
        case undecided
        /// It answers and must not be used; why, as the rest of a sentence that begins with its
        /// name.
        case barred(String)
    }

    struct Outcome: Sendable, Hashable {
        /// By node, in the order given.
        var verdicts: [Verdict]
        /// Why there is no primary, as a sentence without its full stop; nil: there is one.
        var obstacle: String?
    }

    /// The highest timeline that was seen on any node of the cluster.
    private(set) var highest: Timeline?
    /// Names of the nodes that were seen as primaries of it, and as nothing else since.
    private(set) var claimants: Set<String> = []
    /// Of the cluster, once it has had a primary.
    private(set) var systemIdentifier: UInt64?
    /// Name of the primary.
    private(set) var primary: String?
    /// Name of the latest primary, be it gone or not.
    private(set) var latest: String?
    /// Its timeline.
    private(set) var timeline: Timeline?
    /// Since when there is no primary; nil: there is one.
    private(set) var seekingSince: MonotonicInstant?

    /// Before a node gets the part that brings no new timeline with it, all others are heard, so
    /// that a promotion among them is not missed; but not for longer than this.
    static let patienceMilliseconds: UInt64 = 500

    init(at now: MonotonicInstant) { seekingSince = now }

    /// Something was learnt of a node, or time has passed.
    mutating func decide(_ nodes: [Testimony], at now: MonotonicInstant) -> Outcome {
        var outcome = Outcome(verdicts: nodes.map(Self.firstSight))
        let members: [Int]
        switch membership(of: nodes) {
        case .agreed(let identifier):
            members = bar(othersThan: identifier, nodes, &outcome)
            note(members.map { nodes[$0] })
            outcome.obstacle = elect(among: members, of: nodes, &outcome, at: now)
            if primary != nil { systemIdentifier = identifier ?? systemIdentifier }
        case .unclear(let obstacle):
            for index in nodes.indices where nodes[index].presence == .present {
                outcome.verdicts[index] = .barred("may be of another cluster: " + obstacle)
            }
            outcome.obstacle = obstacle
            lose(at: now)
        }
        return outcome
    }

    /// Of a node by itself.
    private static func firstSight(_ node: Testimony) -> Verdict {
        node.isInRecovery == true ? .replica : .undecided
    }

    /// The servers are others now.
    mutating func forget() {
        (highest, timeline, systemIdentifier, latest) = (nil, nil, nil, nil)
        claimants = []
    }

    // MARK: Timelines

    private mutating func note(_ nodes: [Testimony]) {
        if let newest = nodes.compactMap(\.timeline).max(), newest > highest ?? Timeline(0) {
            highest = newest
            claimants = []
        }
        for node in nodes where node.presence == .present {
            if node.claimsPrimary, node.timeline == highest {
                claimants.insert(node.name)
            } else {
                claimants.remove(node.name)
            }
        }
        // A reload may have taken it away.
        let names = Set(nodes.map(\.name))
        claimants.formIntersection(names)
    }

    // MARK: The choice

    /// Returns why there is no primary; nil: there is one.
    private mutating func elect(
        among members: [Int], of nodes: [Testimony], _ outcome: inout Outcome,
        at now: MonotonicInstant
    ) -> String? {
        let claiming = members.filter { nodes[$0].claimsPrimary }
        for index in claiming where nodes[index].timeline != highest {
            outcome.verdicts[index] = .barred(oldPrimaryText(nodes[index]))
        }
        let candidates = claiming.filter { nodes[$0].timeline == highest }
        guard let candidate = candidates.first else {
            let text = absenceText(nodes, claiming.map { nodes[$0] })
            lose(at: now)
            return text
        }
        let rivals = rivals(of: candidates, members.map { nodes[$0] })
        if candidates.count > 1 || !rivals.isEmpty {
            let names = candidates.map { nodes[$0].name } + rivals
            let text = contestText(names, silent: candidates.count > 1 ? [] : rivals)
            for index in candidates { outcome.verdicts[index] = .barred(text) }
            lose(at: now)
            return text
        }
        guard mayTakeOver(nodes[candidate], members.map { nodes[$0] }, at: now) else {
            lose(at: now)
            return "the other nodes are asked first whether one of them was promoted"
        }
        primary = nodes[candidate].name
        latest = primary
        timeline = highest
        seekingSince = nil
        outcome.verdicts[candidate] = .primary
        return nil
    }

    private mutating func lose(at now: MonotonicInstant) {
        primary = nil
        if seekingSince == nil { seekingSince = now }
    }

    /// Nodes that were primaries of this timeline too and may still be, unheard.
    private func rivals(of candidates: [Int], _ members: [Testimony]) -> [String] {
        guard candidates.count == 1 else { return [] }
        return members.filter { node in
            claimants.contains(node.name)
                && (node.presence == .silent || node.presence == .unasked)
        }.map(\.name)
    }

    private func mayTakeOver(
        _ candidate: Testimony, _ members: [Testimony], at now: MonotonicInstant
    ) -> Bool {
        guard candidate.name != primary, let seekingSince else { return true }
        // A promotion since there was a primary; nobody can be ahead of it unseen.
        if let timeline, let own = candidate.timeline, own > timeline { return true }
        if now.milliseconds(since: seekingSince) >= Self.patienceMilliseconds { return true }
        return members.allSatisfy { node in
            node.name == candidate.name || node.askedAt.map { $0 >= seekingSince } ?? false
        }
    }

    // MARK: Words

    private func oldPrimaryText(_ node: Testimony) -> String {
        let own = node.timeline.map { "of timeline \($0)" } ?? "of an unknown timeline"
        return "is an old primary, \(own): timeline \(highest ?? Timeline(0)) has begun"
    }

    private func contestText(_ names: [String], silent: [String]) -> String {
        let both = names.sorted().joined(separator: " and ")
        let text = "\(both) are primaries of the same timeline, \(highest ?? Timeline(0))"
        guard silent.isEmpty else {
            return text + ", as far as is known: "
                + silent.joined(separator: ", ") + " does not answer"
        }
        return text + ": none is written to until only one is left"
    }

    private func absenceText(_ nodes: [Testimony], _ old: [Testimony]) -> String {
        if let one = old.first { return "\(one.name) " + oldPrimaryText(one) }
        let answering = nodes.filter { $0.presence == .present }
        if let latest, let timeline, !answering.contains(where: { $0.name == latest }) {
            return "\(latest), the primary of timeline \(timeline), does not answer"
        }
        if answering.isEmpty { return "no node answers" }
        return answering.count == nodes.count
            ? "every node is in recovery" : "every node that answers is in recovery"
    }
}
