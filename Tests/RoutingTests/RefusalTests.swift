import Testing
import Vocabulary

@testable import Routing

@Suite("What replicas refuse")
struct RefusalTests {
    static let now = MonotonicInstant(nanoseconds: 1_000_000_000)

    @Test(
        "errors, and where the read may succeed",
        arguments: [
            ("25006", StandbyRefusal.Scope.everyStandby), ("0A000", .everyStandby),
            ("55000", .everyStandby), ("XX000", .everyStandby), ("42P01", .missingObject),
            ("42883", .missingObject), ("42703", .missingObject), ("42704", .missingObject),
            ("42P02", .missingObject), ("3F000", .missingObject), ("40001", .thisReplica),
            ("40P01", .thisReplica),
        ])
    func errors(_ state: String, _ scope: StandbyRefusal.Scope) {
        #expect(StandbyRefusal(error: state)?.scope == scope)
        #expect(StandbyRefusal(error: state)?.state == state)
    }

    @Test(
        "the client's own mistakes and wishes are not healed",
        arguments: [
            "57014", "22012", "42601", "26000", "42501", "57P01", "53300", "53200", "XX001", "",
            "25P02", "28000",
        ])
    func others(_ state: String) { #expect(StandbyRefusal(error: state) == nil) }

    @Test("of what ends a connection, only what the client has no part in is healed")
    func fatal() {
        for state in ["57P01", "57P02", "57P03", "57P05", "40001", "40P01"] {
            #expect(StandbyRefusal(fatal: state)?.scope == .thisReplica)
        }
        for state in ["57P04", "08P01", "28P01", "XX000", "25P03", "53200", ""] {
            #expect(StandbyRefusal(fatal: state) == nil)
        }
    }

    @Test("what every standby refuses only the primary heals")
    func elsewhere() {
        #expect(!Elsewhere.replica.canHeal(.everyStandby))
        #expect(Elsewhere.primary.canHeal(.everyStandby))
        #expect(Elsewhere.replica.canHeal(.missingObject))
        #expect(Elsewhere.replica.canHeal(.thisReplica))
        #expect(Elsewhere.primary.canHeal(.thisReplica))
        #expect(!Elsewhere([]).canHeal(.thisReplica))
    }

    // MARK: Where to

    private static func view(fallback: Bool) -> ClusterView { cluster(fallback: fallback) }

    @Test("a request that spares the replicas goes to the primary, if reads may go there")
    func sparing() throws {
        var router = try #require(Router(algorithm: "roundRobin", nodeCount: 3))
        var request = RouteRequest(.read)
        request.sparesReplicas = true
        let allowed = router.route(
            request, view: Self.view(fallback: true), load: [0, 0, 0], random: 0)
        #expect(allowed == .node(NodeID(0), .refusedByReplica))
        let forbidden = router.route(
            request, view: Self.view(fallback: false), load: [0, 0, 0], random: 0)
        guard case .refused = forbidden else { return #expect(Bool(false), "\(forbidden)") }
    }

    @Test("where else: other usable replicas, and the primary if reads may go there")
    func others() {
        var request = RouteRequest(.read)
        request.excluded.insert(NodeID(1))
        #expect(Self.view(fallback: true).elsewhere(for: request) == [.replica, .primary])
        #expect(Self.view(fallback: false).elsewhere(for: request) == [.replica])
        request.excluded.insert(NodeID(2))
        #expect(Self.view(fallback: true).elsewhere(for: request) == [.primary])
        #expect(Self.view(fallback: false).elsewhere(for: request) == [])
    }

    // MARK: Memory

    private static func refusal(_ state: String) throws -> StandbyRefusal {
        try #require(StandbyRefusal(error: state))
    }

    @Test("a fingerprint is remembered for its time, and known once")
    func remembered() throws {
        var memory = RefusalMemory()
        let refusal = try Self.refusal("25006")
        #expect(memory.isEmpty)
        #expect(memory.remember(7, refusal, seconds: 10, at: Self.now) != nil)
        #expect(memory.remember(7, refusal, seconds: 10, at: Self.now) == nil, "known")
        #expect(memory.find(7, at: Self.now)?.refusal == refusal)
        #expect(memory.find(8, at: Self.now) == nil)
        let later = Self.now.advanced(milliseconds: 9_999)
        #expect(memory.find(7, at: later) != nil)
        #expect(memory.find(7, at: later.advanced(milliseconds: 1)) == nil)
        #expect(memory.isEmpty, "what has expired is gone")
    }

    @Test("what is missing is remembered for seconds, a replica's own trouble not at all")
    func scopes() throws {
        var memory = RefusalMemory()
        memory.remember(1, try Self.refusal("42P01"), seconds: 600, at: Self.now)
        memory.remember(2, try Self.refusal("40001"), seconds: 600, at: Self.now)
        memory.remember(3, .connectionLost, seconds: 600, at: Self.now)
        memory.remember(0, try Self.refusal("25006"), seconds: 600, at: Self.now)
        memory.remember(4, try Self.refusal("25006"), seconds: 0, at: Self.now)
        #expect(memory.count == 1)
        let soon = Self.now.advanced(
            milliseconds: UInt64(Limits.rememberedMissingSeconds) * 1_000)
        #expect(memory.find(1, at: soon) == nil)
    }

    @Test("it is bounded: what expires first goes first, and DDL clears it")
    func bounded() throws {
        var memory = RefusalMemory()
        let lasting = try Self.refusal("0A000")
        memory.remember(1, try Self.refusal("42P01"), seconds: 600, at: Self.now)
        for fingerprint in 2...UInt64(Limits.rememberedRefusals + 50) {
            memory.remember(fingerprint, lasting, seconds: 600, at: Self.now)
        }
        #expect(memory.count == Limits.rememberedRefusals)
        #expect(memory.find(1, at: Self.now) == nil)
        #expect(memory.find(UInt64(Limits.rememberedRefusals + 50), at: Self.now) != nil)
        memory.forgetAll()
        #expect(memory.isEmpty)
    }
}
