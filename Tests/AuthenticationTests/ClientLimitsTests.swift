import Testing
import Vocabulary

@testable import Authentication

struct ClientCountsTests {
    private static let here = PeerAddress.network([10, 0, 0, 1])

    @Test func bounds() {
        var counts = ClientCounts()
        let bounds = ClientCounts.Bounds(all: 4, ofUser: 2, ofDatabase: 3)
        #expect(counts.enter("a", "x", bounds: bounds) == nil)
        #expect(counts.enter("a", "y", bounds: bounds) == nil)
        #expect(counts.enter("a", "z", bounds: bounds) == .user)
        #expect(counts.enter("b", "x", bounds: bounds) == nil)
        #expect(counts.enter("c", "x", bounds: bounds) == nil)
        // PostgreSQL counts all before it looks whose they are.
        #expect(counts.enter("a", "x", bounds: bounds) == .all)
        counts.leave("a", "y")
        #expect(counts.enter("d", "x", bounds: bounds) == .database)
        #expect(counts.enter("d", "y", bounds: bounds) == nil)
        #expect(counts.clients == 4)
    }

    @Test func noBounds() {
        var counts = ClientCounts()
        for _ in 0..<100 {
            #expect(counts.enter("a", "x", bounds: .init(all: 1_000)) == nil)
        }
    }

    /// Whoever is refused leaves no trace, and whoever leaves makes room.
    @Test func figuresComeBack() {
        var counts = ClientCounts()
        let bounds = ClientCounts.Bounds(all: 10, ofUser: 1, ofDatabase: 1)
        for _ in 0..<5 {
            counts.connected(Self.here)
            #expect(counts.enter("a", "x", bounds: bounds) == nil)
            counts.isStrangerNoMore()
            counts.connected(Self.here)
            #expect(counts.enter("a", "x", bounds: bounds) == .user)
            #expect(counts.enter("b", "x", bounds: bounds) == .database)
            #expect(counts.strangers == 1 && counts.connections(from: Self.here) == 2)
            counts.isStrangerNoMore()
            counts.disconnected(Self.here)
            counts.leave("a", "x")
            counts.disconnected(Self.here)
            #expect(counts.strangers == 0 && counts.clients == 0)
            #expect(counts.connections(from: Self.here) == 0)
        }
    }

    @Test func oneAddressInTwoForms() {
        var counts = ClientCounts()
        let mapped = PeerAddress.network(
            [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF, 10, 0, 0, 1])
        counts.connected(mapped)
        counts.connected(Self.here)
        counts.connected(.unixSocket)
        #expect(counts.connections(from: mapped) == 2)
        #expect(counts.connections(from: .unixSocket) == 1)
    }
}

struct LoginPenaltiesTests {
    private func at(_ milliseconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 1).advanced(milliseconds: milliseconds)
    }

    private func address(_ number: Int) -> PeerAddress {
        .network([10, UInt8(number >> 16 & 0xFF), UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF)])
    }

    @Test func growAndEnd() {
        var penalties = LoginPenalties()
        let delays = (0..<8).map { penalties.failed(address(1), first: 100, at: at(UInt64($0))) }
        #expect(delays == [100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000])
        #expect(penalties.failed(address(2), first: 100, at: at(10)) == 100)
        // A minute after the last one, not the first.
        #expect(penalties.failed(address(1), first: 100, at: at(60_000)) == 2_000)
        #expect(penalties.failed(address(1), first: 100, at: at(120_000)) == 100)
    }

    @Test func none() {
        var penalties = LoginPenalties()
        for _ in 0..<10 { #expect(penalties.failed(address(1), first: 0, at: at(0)) == 0) }
        #expect(penalties.count == 0)
    }

    @Test func manyFailuresDoNotOverflow() {
        var penalties = LoginPenalties()
        for step in 0..<1_000 {
            let delay = penalties.failed(address(1), first: 60_000, at: at(UInt64(step)))
            #expect(delay <= 60_000 * LoginPenalties.greatestFactor)
        }
    }

    @Test func addressesAreBounded() {
        var penalties = LoginPenalties(capacity: 100)
        for number in 0..<10_000 {
            _ = penalties.failed(address(number), first: 1, at: at(UInt64(number)))
            #expect(penalties.count <= 100)
        }
        #expect(penalties.failed(address(9_999), first: 1, at: at(10_000)) == 2)
    }

    /// Of IPv6, everybody can have as many addresses as they like in one network.
    @Test func sites() {
        var penalties = LoginPenalties()
        func six(_ network: UInt8, _ host: UInt8) -> PeerAddress {
            .network([0x20, 1, 0, 0, 0, 0, 0, network, 0, 0, 0, 0, 0, 0, 0, host])
        }
        #expect(penalties.failed(six(1, 1), first: 1, at: at(0)) == 1)
        #expect(penalties.failed(six(1, 2), first: 1, at: at(0)) == 2)
        #expect(penalties.failed(six(2, 2), first: 1, at: at(0)) == 1)
    }
}
