import Testing
import Vocabulary

@testable import ControlPlane

/// Random histories of nodes that are promoted, demoted, crash, hang, come back as they were and
/// are rebuilt, seen through probes that are late.
@Suite("Random histories of roles")
struct RoleHistoryTests {
    /// A server as it really is.
    private struct Server {
        var isPrimary = false
        var timeline: UInt32 = 1
        var presence = Testimony.Presence.present
    }

    @Test("never two primaries, never one of a lower timeline than was seen", arguments: 0..<400)
    func history(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let count = Int.random(in: 1...4, using: &random)
        var servers = (0..<count).map { _ in Server() }
        servers[0].isPrimary = true
        var seen = (0..<count).map { Testimony("pg\($0 + 1)") }
        var election = RoleElection(at: MonotonicInstant(nanoseconds: 0))
        var highest: UInt32 = 0
        var now: UInt64 = 0
        for _ in 0..<300 {
            now += UInt64.random(in: 1...150, using: &random)
            if Int.random(in: 0..<3, using: &random) == 0 { change(&servers, &random) }
            let probed = Int.random(in: 0..<count, using: &random)
            probe(servers[probed], &seen[probed], at: now)
            let outcome = election.decide(
                seen, at: MonotonicInstant(nanoseconds: now * 1_000_000))
            highest = max(highest, seen[probed].timeline?.rawValue ?? 0)
            check(outcome, seen, highest, election)
        }
    }

    private func check(
        _ outcome: RoleElection.Outcome, _ seen: [Testimony], _ highest: UInt32,
        _ election: RoleElection
    ) {
        let winners = outcome.verdicts.indices.filter { outcome.verdicts[$0] == .primary }
        #expect(winners.count <= 1)
        #expect((outcome.obstacle == nil) == (winners.count == 1))
        #expect(winners.first.map { seen[$0].name } == election.primary)
        for winner in winners {
            #expect(seen[winner].presence == .present)
            #expect(seen[winner].isInRecovery == false)
            #expect(seen[winner].timeline?.rawValue == highest)
            let doubles = seen.filter {
                $0.name != seen[winner].name && $0.claimsPrimary && $0.timeline?.rawValue == highest
            }
            #expect(doubles.isEmpty)
        }
    }

    private func change(_ servers: inout [Server], _ random: inout SeededRandom) {
        let index = Int.random(in: servers.indices, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: servers[index].presence = .absent
        case 1: servers[index].presence = .silent
        case 2, 3: servers[index].presence = .present
        case 4, 5:
            guard !servers[index].isPrimary, servers[index].presence == .present else { return }
            servers[index].isPrimary = true
            servers[index].timeline += 1
        case 6:
            // Rebuilt as a standby of the furthest.
            servers[index].isPrimary = false
            servers[index].timeline = servers.map(\.timeline).max() ?? 1
        case _:
            // A copy of a primary, started by mistake.
            guard let original = servers.first(where: \.isPrimary) else { return }
            servers[index].isPrimary = true
            servers[index].timeline = original.timeline
        }
    }

    private func probe(_ server: Server, _ seen: inout Testimony, at now: UInt64) {
        seen.presence = server.presence
        seen.askedAt = MonotonicInstant(nanoseconds: now * 1_000_000)
        guard server.presence == .present else { return }
        seen.isInRecovery = !server.isPrimary
        seen.timeline = Timeline(server.timeline)
        seen.systemIdentifier = 7
    }

    /// With nobody but a fit primary and its standbys around, one is found.
    @Test("what is in order is found to be", arguments: 0..<100)
    func settles(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var seen = (0..<3).map { Testimony("pg\($0 + 1)") }
        var servers = (0..<3).map { _ in Server() }
        var election = RoleElection(at: MonotonicInstant(nanoseconds: 0))
        for step in 0..<60 {
            change(&servers, &random)
            for index in servers.indices { probe(servers[index], &seen[index], at: UInt64(step)) }
            _ = election.decide(seen, at: MonotonicInstant(nanoseconds: UInt64(step) * 1_000_000))
        }
        let winner = Int.random(in: 0..<3, using: &random)
        let timeline = (election.highest?.rawValue ?? 0) + 1
        for index in servers.indices {
            servers[index] = Server(isPrimary: index == winner, timeline: timeline)
            probe(servers[index], &seen[index], at: 1_000)
        }
        let outcome = election.decide(seen, at: MonotonicInstant(nanoseconds: 1_000_000_000))
        #expect(outcome.verdicts[winner] == .primary)
        #expect(outcome.verdicts.filter { $0 == .replica }.count == 2)
    }
}

/// A small generator of random numbers that gives the same ones for the same seed.
private struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
