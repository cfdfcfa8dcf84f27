import Vocabulary

// Whether a replica holds what a read must see.
extension NodeView {
    /// It is proven to hold all that the request must see.
    package func isProven(for request: RouteRequest) -> Bool {
        if let needed = request.provenAfter {
            guard let provenUntil, provenUntil > needed else { return false }
        }
        if let needed = request.readAfter {
            guard let replayedUntil, replayedUntil >= needed else { return false }
        }
        return true
    }
}

extension ClusterView {
    /// What a replica is not proven to hold, as the rest of a sentence that begins with its name.
    func lackOfProof(
        _ node: NodeView, _ request: RouteRequest, at now: MonotonicInstant?
    ) -> String {
        if let needed = request.provenAfter, node.provenUntil.map({ $0 <= needed }) ?? true {
            guard let now else { return "is not proven to hold what this read must see" }
            return "is not proven to hold what was acknowledged \(age(of: needed, now)) ago"
                + (node.provenUntil.map { " (proven up to \(age(of: $0, now)) ago)" }
                    ?? " (nothing is proven of it)")
        }
        guard let needed = request.readAfter, needed.rawValue < .max else {
            return "is not known to be on the timeline of the position that this read must see"
        }
        return "is not known to have replayed up to \(needed)"
            + (node.replayedUntil.map { " (it has up to \($0))" } ?? "")
    }

    private func age(of instant: MonotonicInstant, _ now: MonotonicInstant) -> String {
        let milliseconds = now.milliseconds(since: instant)
        return milliseconds < 10_000 ? "\(milliseconds) ms" : "\(milliseconds / 1_000) s"
    }
}
