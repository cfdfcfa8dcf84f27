import Testing
import Vocabulary

@testable import ControlPlane

/// Nodes that answer, or do not, as one line each.
private func node(
    _ name: String, _ presence: Testimony.Presence = .present, primary: Bool? = nil,
    timeline: UInt32? = nil, identifier: UInt64? = 7, askedAt: UInt64? = nil
) -> Testimony {
    var node = Testimony(name)
    node.presence = presence
    node.isInRecovery = primary.map { !$0 }
    node.timeline = timeline.map { Timeline($0) }
    node.systemIdentifier = identifier
    node.askedAt = askedAt.map(time)
    return node
}

private func time(_ milliseconds: UInt64) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: 0).advanced(milliseconds: milliseconds)
}

@Suite("Role election")
struct RoleElectionTests {
    private var election = RoleElection(at: time(0))

    private mutating func decide(_ at: UInt64, _ nodes: Testimony...) -> RoleElection.Outcome {
        election.decide(nodes, at: time(at))
    }

    private static func standby(_ name: String, _ timeline: UInt32 = 1, at: UInt64 = 1) -> Testimony
    {
        node(name, primary: false, timeline: timeline, askedAt: at)
    }

    private static func primary(_ name: String, _ timeline: UInt32 = 1, at: UInt64 = 1) -> Testimony
    {
        node(name, primary: true, timeline: timeline, askedAt: at)
    }

    @Test("a node by itself is found to be the primary at once")
    mutating func alone() {
        let outcome = decide(1, Self.primary("pg1"))
        #expect(outcome.verdicts == [.primary])
        #expect(outcome.obstacle == nil)
        #expect(election.timeline == Timeline(1))
        #expect(election.seekingSince == nil)
    }

    @Test("at the start the others are heard before anybody is the primary")
    mutating func firstRound() {
        let early = decide(1, Self.primary("pg1"), node("pg2", .unasked))
        #expect(early.verdicts == [.undecided, .undecided])
        #expect(early.obstacle != nil)
        let heard = decide(2, Self.primary("pg1"), Self.standby("pg2"))
        #expect(heard.verdicts == [.primary, .replica])
    }

    @Test("nobody is waited for without end")
    mutating func patience() {
        _ = decide(1, Self.primary("pg1"), node("pg2", .unasked))
        let late = decide(500, Self.primary("pg1"), node("pg2", .unasked))
        #expect(late.verdicts == [.primary, .undecided])
    }

    @Test("a promoted node is the primary, whatever the old one says")
    mutating func promotion() {
        _ = decide(1, Self.primary("pg1"), Self.standby("pg2"))
        let outcome = decide(2, Self.primary("pg1"), Self.primary("pg2", 2))
        #expect(
            outcome.verdicts == [
                .barred("is an old primary, of timeline 1: timeline 2 has begun"), .primary,
            ])
        #expect(election.primary == "pg2")
    }

    @Test("a promoted node is not made to wait for one that is silent")
    mutating func promotionWithSilence() {
        _ = decide(1, Self.primary("pg1"), Self.standby("pg2"), Self.standby("pg3"))
        let lost = decide(
            10, node("pg1", .silent, primary: true, timeline: 1), Self.standby("pg2"),
            node("pg3", .silent, primary: false, timeline: 1))
        #expect(lost.obstacle == "pg1, the primary of timeline 1, does not answer")
        let found = decide(
            11, node("pg1", .silent, primary: true, timeline: 1), Self.primary("pg2", 2),
            node("pg3", .silent, primary: false, timeline: 1))
        #expect(found.verdicts[1] == .primary)
    }

    @Test("an old primary that comes back alone is not taken for the primary")
    mutating func comeback() {
        _ = decide(1, Self.primary("pg1"), Self.standby("pg2"))
        _ = decide(2, node("pg1", .absent, primary: true, timeline: 1), Self.primary("pg2", 2))
        let outcome = decide(
            9_999, Self.primary("pg1"), node("pg2", .absent, primary: true, timeline: 2))
        #expect(
            outcome.verdicts[0]
                == .barred(
                    "is an old primary, of timeline 1: timeline 2 has begun"))
        #expect(outcome.obstacle == "pg1 is an old primary, of timeline 1: timeline 2 has begun")
    }

    @Test("a standby that follows a higher timeline is proof enough that it has begun")
    mutating func higherStandby() {
        let outcome = decide(
            600, Self.primary("pg1"), node("pg2", .silent), Self.standby("pg3", 2))
        #expect(
            outcome.verdicts[0]
                == .barred(
                    "is an old primary, of timeline 1: timeline 2 has begun"))
    }

    @Test("the same primary, back after a restart, waits until the others were asked")
    mutating func restart() {
        _ = decide(1, Self.primary("pg1"), Self.standby("pg2", at: 1))
        _ = decide(
            100, node("pg1", .absent, primary: true, timeline: 1), Self.standby("pg2", at: 1))
        let back = decide(110, Self.primary("pg1"), Self.standby("pg2", at: 1))
        #expect(back.verdicts[0] == .undecided)
        let asked = decide(111, Self.primary("pg1"), Self.standby("pg2", at: 111))
        #expect(asked.verdicts[0] == .primary)
    }

    @Test("two primaries of one timeline: neither, until one of them is no more")
    mutating func contest() {
        _ = decide(1, Self.primary("pg1"), Self.standby("pg2"), Self.standby("pg3"))
        let both = decide(2, Self.primary("pg1"), Self.primary("pg2"), Self.standby("pg3"))
        let text =
            "pg1 and pg2 are primaries of the same timeline, 1:"
            + " none is written to until only one is left"
        #expect(both.verdicts == [.barred(text), .barred(text), .replica])
        #expect(both.obstacle == text)
        let unheard = decide(
            9_000, Self.primary("pg1"), node("pg2", .silent, primary: true, timeline: 1),
            Self.standby("pg3"))
        #expect(unheard.obstacle?.hasSuffix("as far as is known: pg2 does not answer") ?? false)
        let stopped = decide(
            9_001, Self.primary("pg1"), node("pg2", .absent, primary: true, timeline: 1),
            Self.standby("pg3"))
        #expect(stopped.verdicts[0] == .primary)
    }

    @Test("a node of another cluster is refused, and why")
    mutating func foreign() {
        let outcome = decide(
            1, Self.primary("pg1"), Self.standby("pg2"),
            node("pg3", primary: true, timeline: 9, identifier: 8))
        #expect(
            outcome.verdicts == [
                .primary, .replica,
                .barred("belongs to another cluster: its system identifier is 8, not 7"),
            ])
        #expect(election.highest == Timeline(1))
    }

    @Test("where nothing says which cluster is meant, none is written to")
    mutating func unclear() {
        let outcome = decide(
            1, Self.primary("pg1"), node("pg2", primary: true, timeline: 1, identifier: 8))
        #expect(
            outcome.obstacle
                == "the nodes differ in their system identifiers (pg1 has 7, pg2 has 8)")
        #expect(!outcome.verdicts.contains(.primary))
    }

    @Test("servers that were all made anew are a new cluster")
    mutating func madeAnew() {
        _ = decide(1, Self.primary("pg1", 5), Self.standby("pg2", 5))
        let outcome = decide(
            2, node("pg1", primary: true, timeline: 1, identifier: 9, askedAt: 2),
            node("pg2", primary: false, timeline: 1, identifier: 9, askedAt: 2))
        #expect(outcome.verdicts == [.primary, .replica])
        #expect(election.highest == Timeline(1))
    }

    @Test("a node that may not lead never does")
    mutating func mayNotLead() {
        var standby = Self.primary("pg2", 2)
        standby.mayLead = false
        let outcome = decide(1, Self.primary("pg1"), standby)
        #expect(!outcome.verdicts.contains(.primary))
    }

    @Test("nodes that are all in recovery leave nobody to write to")
    mutating func allInRecovery() {
        let outcome = decide(1, Self.standby("pg1"), Self.standby("pg2"))
        #expect(outcome.obstacle == "every node is in recovery")
    }
}
