import Testing

@testable import Vocabulary

@Suite("MonotonicInstant")
struct MonotonicInstantTests {
    private func at(_ nanoseconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: nanoseconds)
    }

    @Test("advances in milliseconds and saturates at the end of time")
    func advances() {
        #expect(at(5).advanced(milliseconds: 2) == at(2_000_005))
        #expect(at(.max - 1).advanced(milliseconds: 1) == at(.max))
        #expect(at(0).advanced(milliseconds: .max) == at(.max))
    }

    @Test("differences never go below zero")
    func differences() {
        #expect(at(3_999_999).milliseconds(since: at(1_000_000)) == 2)
        #expect(at(1).milliseconds(since: at(2_000_000)) == 0)
        #expect(at(9).nanoseconds(since: at(4)) == 5)
        #expect(at(4).nanoseconds(since: at(9)) == 0)
        #expect(at(4) < at(9))
    }
}

@Suite("LogSequenceNumber")
struct LogSequenceNumberTests {
    @Test(
        "reads and prints as pg_lsn does",
        arguments: [
            ("0/0", 0), ("16/B374D848", 0x16_B374_D848), ("FFFFFFFF/FFFFFFFF", UInt64.max),
        ])
    func text(_ text: String, _ value: UInt64) {
        #expect(LogSequenceNumber(text: text)?.rawValue == value)
        #expect(LogSequenceNumber(value).description == text)
    }

    @Test(
        "nothing else is one",
        arguments: [
            "", "0", "/", "0/", "/0", "0/0/0", "g/0", "100000000/0", "0/100000000", "-1/0",
        ])
    func garbage(_ text: String) { #expect(LogSequenceNumber(text: text) == nil) }

    @Test("orders by both halves")
    func order() throws {
        let low = try #require(LogSequenceNumber(text: "1/FFFFFFFF"))
        let high = try #require(LogSequenceNumber(text: "2/0"))
        #expect(low < high)
    }
}

@Suite("SQLState and identifiers")
struct IdentifierTests {
    @Test("states are equal by their five characters")
    func states() {
        #expect(SQLState("08P01") == .protocolViolation)
        #expect(SQLState.adminShutdown != .cannotConnectNow)
        #expect(Set([SQLState("57P01"), .adminShutdown]).count == 1)
        #expect(SQLState.inFailedTransaction.description == "25P02")
    }

    @Test("numbers order as they were given out")
    func order() {
        #expect(SessionID(1) < SessionID(2))
        #expect(ServerID(1) < ServerID(2))
        #expect(NodeID(0) < NodeID(1))
    }

    @Test("a version that tools can compare")
    func version() {
        let parts = switchyardVersion.split(separator: ".").map { Int($0) }
        #expect(parts.count == 3 && !parts.contains(nil))
    }
}
